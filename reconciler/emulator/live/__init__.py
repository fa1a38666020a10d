"""The page at ``/``: the emulator's objects, and the requests as they arrive, for people who watch an apply.

It needs no account, since it shows nothing secret: names, counts and states, never a value. A page of another origin
cannot read it: the server listens on loopback, sends no CORS permission, and answers only requests with its own Host
header, so that a foreign name that resolves to this machine is refused.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from starlette.types import ASGIApp, Receive, Scope, Send

from reconciler.emulator.answers import Answer
from reconciler.emulator.app import Platform, to_response
from reconciler.emulator.live.view import view

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
)
_ASSETS: Mapping[str, tuple[str, str, str]] = {
    "/": ("reconciler.emulator.live", "live.html", "text/html; charset=utf-8"),
    "/live.css": ("reconciler.emulator.live", "live.css", "text/css; charset=utf-8"),
    "/live.js": ("reconciler.emulator.live", "live.js", "text/javascript; charset=utf-8"),
    "/look.css": ("reconciler.render.page", "templates/look.css", "text/css; charset=utf-8"),
}
_FEED = "/live.json"


def is_of_page(method: str, path: str) -> bool:
    """Whether a request is for the page, not for the API."""
    return method == "GET" and (path in _ASSETS or path == _FEED)


def build_live(platform: Platform) -> ASGIApp:
    """The page and the data that it reads, as an ASGI application."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_own_host(scope):
            answer = Answer(
                403, b"This page answers to its own address alone.\n", "text/plain; charset=utf-8"
            )
        elif scope["path"] == _FEED:
            feed = json.dumps(view(platform), ensure_ascii=False, separators=(",", ":"))
            answer = Answer(200, feed.encode(errors="replace"))
        else:
            answer = Answer(200, _asset(scope["path"]), _ASSETS[scope["path"]][2])
        answer = Answer(answer.status, answer.body, answer.content_type, _HEADERS)
        await to_response(answer)(scope, receive, send)

    return app


@cache
def _asset(path: str) -> bytes:
    package, name, _ = _ASSETS[path]
    return files(package).joinpath(name).read_bytes()


def _is_own_host(scope: Scope) -> bool:
    port = scope["server"][1]
    given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    return len(given) == 1 and given[0] in {f"127.0.0.1:{port}", f"localhost:{port}"}
