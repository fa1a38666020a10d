"""``/_emulator``: what tests ask of the emulator itself, and the real platform does not have.

GET    /_emulator/requests?after=SEQ   the journal       DELETE  forget it
POST   /_emulator/faults               set faults        GET  list   DELETE  remove
POST   /_emulator/release              let go on what the faults that are set hold, and hold nothing more
POST   /_emulator/reset                back to a fresh state, journal and faults too
POST   /_emulator/check-secret         {"cluster", "name" or "id", "value"} → {"equal": bool}
POST   /_emulator/push                 {"image"}: its tag now has another digest
POST   /_emulator/clock                {"offset"}: the platform's clock is so many seconds ahead of this machine's
GET    /_emulator/state                all that the platform holds   PUT  hold this instead; forgets the journal
"""

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from reconciler.emulator import blobs, images
from reconciler.emulator.answers import Answer, Refusal, answer_json, envelope, invalid, not_found
from reconciler.emulator.app import Platform, to_response
from reconciler.emulator.faults import parse_faults
from reconciler.emulator.seed import seed

PREFIX = "/_emulator"

Action = Callable[[Platform, Any], Answer]


def build_control(platform: Platform) -> ASGIApp:
    """The endpoints below ``/_emulator``. Authentication is not done here."""
    actions: Mapping[tuple[str, str], Action] = {
        ("GET", "/requests"): _requests,
        ("DELETE", "/requests"): _forget_requests,
        ("GET", "/faults"): _list_faults,
        ("POST", "/faults"): _set_faults,
        ("DELETE", "/faults"): _remove_faults,
        ("POST", "/release"): _release,
        ("POST", "/reset"): _reset,
        ("POST", "/check-secret"): _check_secret,
        ("POST", "/push"): _push,
        ("POST", "/clock"): _set_clock,
        ("GET", "/state"): _get_state,
        ("PUT", "/state"): _put_state,
    }
    routes = [
        Route(PREFIX + path, _endpoint(platform, action), methods=[method])
        for (method, path), action in actions.items()
    ]
    return Starlette(routes=routes)


def _endpoint(platform: Platform, action: Action) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        try:
            if request.method == "GET":
                return to_response(action(platform, dict(request.query_params)))
            raw = await request.body()
            return to_response(action(platform, json.loads(raw) if raw else {}))
        except ValueError:
            return to_response(envelope(invalid("body", "must be JSON"), keyed=False))
        except Refusal as refusal:
            return to_response(envelope(refusal, keyed=False))

    return respond


def _requests(platform: Platform, query: Mapping[str, str]) -> Answer:
    return answer_json(200, {"requests": platform.journal.after(int(query.get("after", 0)))})


def _forget_requests(platform: Platform, _: Any) -> Answer:
    platform.journal.clear()
    return Answer(204)


def _list_faults(platform: Platform, _: Any) -> Answer:
    shown = [{"kind": fault.kind, "seen": fault.seen} for fault in platform.faults]
    return answer_json(200, {"faults": shown})


def _set_faults(platform: Platform, body: Any) -> Answer:
    platform.faults[:] = parse_faults(body)
    return Answer(204)


def _remove_faults(platform: Platform, _: Any) -> Answer:
    platform.faults.clear()
    return Answer(204)


def _release(platform: Platform, _: Any) -> Answer:
    for fault in platform.faults:
        fault.released.set()
    return Answer(204)


def _reset(platform: Platform, _: Any) -> Answer:
    with platform.state.writing():
        platform.state.clear()
    seed(platform.state, labels=platform.labels, node_sizes=platform.node_sizes, now=time.time())
    platform.faults.clear()
    platform.journal.clear()
    platform.offset = 0.0
    return Answer(204)


def _check_secret(platform: Platform, body: Any) -> Answer:
    if not isinstance(body, Mapping) or not {"cluster", "value"} <= body.keys():
        raise invalid("body", "must hold cluster, value, and name or id")
    clusters = platform.state.all("", "cluster").values()
    matching = [cluster["id"] for cluster in clusters if body["cluster"] in (cluster["id"], cluster["label"])]
    for cluster in matching:
        found = platform.state.find(cluster, "secret", str(body.get("id", "")))
        found = found or platform.state.named(cluster, "secret", str(body.get("name", "")))
        if found is not None:
            return answer_json(200, {"equal": blobs.holds(found, str(body["value"]))})
    raise not_found("secret")


def _push(platform: Platform, body: Any) -> Answer:
    image = images.parse(str(body.get("image", "")) if isinstance(body, Mapping) else "")
    if image is None:
        raise invalid("image", "invalid reference format")
    with platform.state.writing():
        former = platform.state.find("", "push", image.tagged)
        count = (former["count"] if former else 0) + 1
        platform.state.save("", "push", {"id": image.tagged, "count": count})
    return answer_json(200, {"image": images.pinned(image, pushes=count)})


def _set_clock(platform: Platform, body: Any) -> Answer:
    offset = body.get("offset") if isinstance(body, Mapping) else None
    if isinstance(offset, bool) or not isinstance(offset, int | float):
        raise invalid("offset", "must be a number of seconds")
    platform.offset = float(offset)
    return Answer(204)


def _get_state(platform: Platform, _: Any) -> Answer:
    return answer_json(200, {"objects": platform.state.dump()})


def _put_state(platform: Platform, body: Any) -> Answer:
    """Restore the result of ``_get_state``: a test may use the same state a thousand times."""
    if not isinstance(body, Mapping) or not isinstance(body.get("objects"), list):
        raise invalid("objects", "must be what GET gives")
    with platform.state.writing():
        platform.state.clear()
        for cluster, kind, record in body["objects"]:
            platform.state.save(cluster, kind, record)
    platform.journal.clear()
    return Answer(204)
