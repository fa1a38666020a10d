"""What an answer means: its body checked for shape, or an error that people can act on. Pure.

Nothing of an answer is shown but a short excerpt, and in that nothing of what the request held in confidence.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from http.client import responses
from typing import Any, TypeVar
from urllib.parse import urlsplit

from reconciler.api.operations import OPERATIONS
from reconciler.api.redact import excerpt
from reconciler.errors import ApiError, BadAnswer, NotFound, RateLimited, Rejected, ServerFault, Unauthorized
from reconciler.model import Body
from reconciler.transport import Request, Response
from reconciler.transport.server import EXAMPLE

T = TypeVar("T")
Shape = Callable[[Any], T]
"""Takes parsed JSON, gives it back checked; raises ``ValueError`` that says what is wrong, without values."""


def thing(value: Any) -> Body:
    """One object with an id."""
    if not isinstance(value, dict):
        raise ValueError(f"{_called(value)} instead of an object")
    if not isinstance(value.get("id"), str) or not value["id"]:
        raise ValueError("an object without an id")
    return value


def things(value: Any) -> tuple[Body, ...]:
    """The objects of a list envelope (API: ``{"object", "data": []}``), which has no pages."""
    if not isinstance(value, dict) or not isinstance(value.get("data"), list):
        raise ValueError(f"{_called(value)} instead of a list in an object's data")
    if value.get("has_more") or value.get("next"):
        raise ValueError("a list of several pages, which the API's version 1 does not have")
    return tuple(thing(item) for item in value["data"])


def anything(value: Any) -> None:
    """Whatever came is not needed: no body, or an object."""
    if value is not None and not isinstance(value, dict):
        raise ValueError(f"{_called(value)} instead of an object or nothing")


def succeed(shape: Shape[T], request: Request, response: Response, hidden: Iterable[str]) -> T:
    """The body of a success. Raises ``BadAnswer`` where it is not JSON or not of the shape."""
    try:
        return shape(json.loads(response.body) if response.body else None)
    except (ValueError, RecursionError) as error:
        said = str(error) if _is_json(response.body) else _not_json(response, hidden)
        raise BadAnswer(
            f"{request.method} {request.path}: {response.status}, and {said}{_wrong_server(request)}",
            status=response.status,
            method=request.method,
            path=request.path,
        ) from None


def fail(request: Request, response: Response, hidden: Iterable[str]) -> ApiError:
    """The error that an answer other than 2xx stands for."""
    status = response.status
    text = f"{request.method} {request.path}: {status} {responses.get(status, '')}".rstrip()
    if said := _said(response, hidden):
        text += f": {said}"
    if 300 <= status < 400:
        text += _elsewhere(response)
    if status == 401:
        text += " (are MEDSTACK_TOKEN_KEY and MEDSTACK_TOKEN_VALUE a token of this company?)"
    if status == 404:
        text += _wrong_server(request)
    return _class(status)(text, status=status, method=request.method, path=request.path)


def _wrong_server(request: Request) -> str:
    """What to look at where even the first request of all is not understood."""
    first = request.path == OPERATIONS["company"].path
    return f" (is the API's URL right? It looks like {EXAMPLE})" if first else ""


def _class(status: int) -> type[ApiError]:
    match status:
        case 401 | 403:
            return Unauthorized
        case 404:
            return NotFound
        case 429:
            return RateLimited
        case _ if status >= 500:
            return ServerFault
        case _:
            return Rejected


def _said(response: Response, hidden: Iterable[str]) -> str:
    """The message; where it is null, the text under the name that ``param`` gives (as webhooks and nodes do)."""
    try:
        body = json.loads(response.body)
    except (ValueError, RecursionError):
        return "" if not response.body else _not_json(response, hidden)
    if not isinstance(body, dict):
        return excerpt(json.dumps(body, ensure_ascii=False), hidden)
    param = body.get("param")
    said = body.get("message")
    if not said and isinstance(param, str):
        said = body.get(param)
    if not said:
        return excerpt(_text({k: v for k, v in body.items() if k != "code" and v}), hidden)
    return excerpt(f"{param}: {_text(said)}" if isinstance(param, str) and param else _text(said), hidden)


def _text(said: Any) -> str:
    return said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)


def _not_json(response: Response, hidden: Iterable[str]) -> str:
    """What came instead of JSON, and how it begins."""
    if not response.body:
        return "no body at all"
    text = response.body[:4096].decode("utf-8", "replace")
    if title := re.search(r"<title[^<>]*>([^<]*)", text, re.IGNORECASE):
        return f"HTML instead of JSON, titled '{excerpt(title[1], hidden)}'"
    if text.lstrip().startswith("<"):
        return "HTML or XML instead of JSON"
    if text.lstrip().startswith(("{", "[")):
        return "JSON that is cut short or damaged"
    return f"text instead of JSON: '{excerpt(text, hidden)}'"


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def _elsewhere(response: Response) -> str:
    """Where a redirect points: scheme and host only, since the rest may hold anything."""
    try:
        there = urlsplit(response.headers.get("location", ""))
        host = there.hostname or "another path"
    except ValueError:
        host = "somewhere"
    return (
        f" (a redirect to {excerpt(host)}, not followed: credentials go to the API's own URL only; is that URL "
        "right?)"
    )


def _called(value: Any) -> str:
    names: Mapping[type, str] = {
        dict: "an object", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"
    }  # fmt: skip
    return names.get(type(value), "nothing")
