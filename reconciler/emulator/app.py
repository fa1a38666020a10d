"""The API as an ASGI application: routes and bodies are from the OpenAPI document, answers from ``HANDLERS``.

It opens no socket.
"""

import base64
import hmac
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from reconciler.emulator import blobs, companies, nodes, services, volumes, webhooks
from reconciler.emulator.answers import Answer, Refusal, envelope, not_found
from reconciler.emulator.cache import Cache
from reconciler.emulator.call import Call
from reconciler.emulator.contract import ContractOperation, load_document, operations, read_body
from reconciler.emulator.faults import Fault
from reconciler.emulator.handlers import Handler, handlers
from reconciler.emulator.journal import Journal
from reconciler.emulator.seed import NODE_SIZES, SeedSize, seed
from reconciler.emulator.sqlite import State

PREFIX = "/v1"

HANDLERS = handlers(
    {
        "companies": companies,
        "webhooks": webhooks,
        "sizes": nodes,
        "nodes": nodes,
        "services": services,
        "secrets": blobs,
        "configs": blobs,
        "volumes": volumes,
    }
)
"""The simulation."""


class Platform(Struct):
    """The parts of one emulator. ``delay`` is the seconds for which every answer is held; ``offset`` is how many
    seconds its clock is ahead of this machine's."""

    state: State
    key: str
    value: str
    labels: tuple[str, ...]
    node_sizes: tuple[SeedSize, ...]
    pace: float
    delay: float
    handlers: Mapping[str, Handler] = field(default_factory=lambda: HANDLERS)
    cache: Cache = field(default_factory=Cache)
    faults: list[Fault] = field(default_factory=list)
    journal: Journal = field(default_factory=Journal)
    offset: float = 0.0

    def now(self) -> float:
        """The emulator's time, in seconds since 1970."""
        return time.time() + self.offset

    @property
    def authorization(self) -> bytes:
        """The only Authorization header that is accepted."""
        return b"Basic " + base64.b64encode(f"{self.key}:{self.value}".encode())


def open_platform(
    *,
    state: Path | None = None,
    key: str | None = None,
    value: str | None = None,
    clusters: Sequence[str] = ("production", "staging"),
    node_sizes: Sequence[SeedSize] = NODE_SIZES,
    pace: float = 1.0,
    delay: float = 0.0,
    handlers: Mapping[str, Handler] = HANDLERS,
) -> Platform:
    """A platform with its clusters; ``key`` and ``value`` are random unless given.

    Raises: UsageError: the state file is not one of the emulator.
    """
    platform = Platform(
        state=State(state),
        key=key or f"emulator_{secrets.token_hex(8)}",
        value=value or secrets.token_urlsafe(24),
        labels=tuple(clusters),
        node_sizes=tuple(node_sizes),
        pace=pace,
        delay=delay,
        handlers=handlers,
    )
    seed(platform.state, labels=platform.labels, node_sizes=platform.node_sizes, now=time.time())
    return platform


def build_api(platform: Platform) -> ASGIApp:
    """The 34 operations below ``/v1``. Authentication is in ``server``."""
    routes = [
        Route(PREFIX + operation.path, _endpoint(platform, operation), methods=[operation.method])
        for operation in operations(load_document())
    ]
    api = Starlette(
        routes=_merged(routes), exception_handlers={404: _no_path, 405: _wrong_method, 500: _failed}
    )
    api.router.redirect_slashes = False
    return api


def is_authorized(headers: Sequence[tuple[bytes, bytes]], expected: bytes) -> bool:
    """Whether the raw ASGI headers have the accepted token."""
    given = [value for name, value in headers if name == b"authorization"]
    return len(given) == 1 and hmac.compare_digest(given[0], expected)


def _merged(routes: Sequence[Route]) -> list[Route]:
    """One route per path, so that a method that it does not have gets a 405 with the methods that it has."""
    by_path: dict[str, list[Route]] = {}
    for route in routes:
        by_path.setdefault(route.path, []).append(route)
    return [_one_route(path, same) for path, same in by_path.items()]


def _one_route(path: str, routes: Sequence[Route]) -> Route:
    endpoints = {method: route.endpoint for route in routes for method in route.methods or ()}

    async def dispatch(request: Request) -> Response:
        response: Response = await endpoints[request.method](request)
        return response

    return Route(path, dispatch, methods=list(endpoints))


def _endpoint(platform: Platform, operation: ContractOperation) -> Callable[[Request], Awaitable[Response]]:
    handler = platform.handlers[operation.id]

    async def respond(request: Request) -> Response:
        raw = await request.body() if operation.schema is not None else b""
        return to_response(perform(platform, operation, handler, request.path_params, raw))

    return respond


def to_response(answer: Answer) -> Response:
    """The answer as Starlette sends it; without a body it has no content type."""
    media_type = answer.content_type if answer.body else None
    return Response(answer.body, answer.status, headers=dict(answer.headers), media_type=media_type)


def perform(
    platform: Platform, operation: ContractOperation, handler: Handler, params: Mapping[str, str], raw: bytes
) -> Answer:
    """Carry out one call. Its changes are committed before it returns."""
    try:
        body = {} if operation.schema is None else read_body(operation, raw)
        if operation.method == "GET":
            platform.state.refresh()
            return handler(_call(platform, params, body))
        with platform.state.writing():
            return handler(_call(platform, params, body))
    except Refusal as refusal:
        return envelope(refusal, keyed=operation.keyed)


def _call(platform: Platform, params: Mapping[str, str], body: Mapping[str, object]) -> Call:
    if "company_id" in params and params["company_id"] != companies.COMPANY["id"]:
        raise not_found("company")
    cluster = params.get("cluster_id", "")
    if cluster and platform.state.find("", "cluster", cluster) is None:
        raise not_found("cluster")
    return Call(
        state=platform.state,
        cache=platform.cache,
        params=params,
        cluster=cluster,
        body=body,
        now=platform.now(),
        pace=platform.pace,
    )


async def _no_path(_: Request, __: Exception) -> Response:
    return to_response(envelope(not_found("Path"), keyed=False))


async def _wrong_method(request: Request, error: Exception) -> Response:
    allow = (getattr(error, "headers", None) or {}).get("Allow", "")
    answer = envelope(Refusal(405, f"{request.method} is not a method of this path"), keyed=False)
    return to_response(Answer(405, answer.body, headers=(("allow", allow),)))


async def _failed(_: Request, __: Exception) -> Response:
    return to_response(envelope(Refusal(500, "An error occured"), keyed=False))
