"""Decodes an answer: its body, validated, or an error for people. Pure.

Only a short excerpt of an answer is shown, without the confidential values of the request.
"""

import json
import re
from collections.abc import Callable, Iterable
from http.client import responses
from math import isfinite
from typing import Any, TypeVar
from urllib.parse import urlsplit

from reconciler.api.operations import OPERATIONS
from reconciler.api.redact import excerpt
from reconciler.api.shapes import Partial, as_text, called, fit
from reconciler.credentials.known import KnownValues
from reconciler.endpoint import EXAMPLE
from reconciler.errors import ApiError, BadAnswer, NotFound, RateLimited, Rejected, ServerFault, Unauthorized
from reconciler.model import Body
from reconciler.transport import Request, Response

T = TypeVar("T")
MOST_VALUES = 5_000_000
"""Values in an answer, counted roughly: about 400 MB in memory; 50,000 services have fewer."""
REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})
"""Statuses that name another place (RFC 9110, 15.4)."""
Hidden = Iterable[str | KnownValues]
"""What a message must not repeat (see ``redact.excerpt``)."""
Shape = Callable[[Any], T]
"""Validates parsed JSON and returns it; raises ``ValueError`` with the reason, without values."""


def parse_object(value: Any) -> Body:
    """An object with an id; a whole number is taken for its text, as everywhere in answers. Raises ``ValueError``."""
    if not isinstance(value, dict):
        raise ValueError(f"{called(value)} instead of an object")
    found = value.get("id")
    if found is None or found == "":
        raise ValueError("an object without an id")
    text = as_text(found)
    if not isinstance(text, str) or not text.isprintable():
        raise ValueError("an object whose id is not a printable text")
    return value if text is found else {**value, "id": text}


def about(field: str, expected: object, shape: Shape[Body] = parse_object) -> Shape[Body]:
    """An object whose ``field``, if the answer has it, is as expected: else the answer is about another object."""

    def read(value: Any) -> Body:
        body = shape(value)
        if as_text(body.get(field)) not in (None, expected):
            raise ValueError(f"another object: its {field} is not the one in the request")
        return body

    return read


def whole(kind: str) -> Shape[Body]:
    """An object of a kind whose fields are all valid (see ``shapes.fit``)."""

    def read(value: Any) -> Body:
        body = fit(kind, parse_object(value))
        if isinstance(body, Partial):
            raise ValueError(f"the {kind} does not have the documented form: {body.misfits[0]}")
        return body

    return read


def part(kind: str) -> Shape[Body]:
    """An object of a kind, without its invalid fields."""
    return lambda value: fit(kind, parse_object(value))


def parse_list(kind: str) -> Shape[tuple[Body, ...]]:
    """The objects of a list envelope (API: ``{"object", "data": []}``), which has no pages.

    Invalid fields are left out, and named in the ``shapes.Partial`` that is then returned.
    """

    def read(value: Any) -> tuple[Body, ...]:
        if not isinstance(value, dict) or not isinstance(value.get("data"), list):
            raise ValueError(f"{called(value)} instead of a list in an object's data")
        if value.get("has_more") or value.get("next"):
            raise ValueError("a list of several pages, which the API's version 1 does not have")
        bodies = tuple(fit(kind, parse_object(item)) for item in value["data"])
        if len({body["id"] for body in bodies}) < len(bodies):
            raise ValueError("a list with two objects of one id")
        return bodies

    return read


def parse_empty(value: Any) -> None:
    """Accept an empty body or any object, which is not used. Raises ``ValueError`` for anything else."""
    if value is not None and not isinstance(value, dict):
        raise ValueError(f"{called(value)} instead of an object or nothing")


def parsed(body: bytes) -> Any:
    """The JSON value of a body (RFC 8259), None for an empty one. Raises ``ValueError`` or ``RecursionError``.

    NaN and Infinity are not JSON, and a body that would take hundreds of megabytes in memory is refused.
    """
    if _values(body) > MOST_VALUES:
        raise ValueError(f"more than {MOST_VALUES:,} values")
    return json.loads(body.decode(), parse_constant=_no_number, parse_float=_number) if body else None


def _values(body: bytes) -> int:
    """An upper bound for the number of values in a body; separators within texts count too."""
    return sum(body.count(separator) for separator in (b",", b"[", b"{"))


def _no_number(name: str) -> None:
    raise ValueError(f"{name} instead of a number")


def _number(text: str) -> int | float:
    """An int if the number is whole, however it is written."""
    value = float(text)
    if not isfinite(value):
        raise ValueError("a number that is too large")
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def decode(shape: Shape[T], request: Request, response: Response, hidden: Hidden) -> T:
    """The body of a success. Raises ``BadAnswer`` if it is not JSON or does not match the shape."""
    try:
        value = parsed(response.body)
    except (ValueError, RecursionError):
        raise _bad(request, response, _not_json(response, hidden)) from None
    try:
        return shape(value)
    except ValueError as error:
        why = str(error) if response.body else _not_json(response, hidden)
        raise _bad(request, response, why) from None


def _bad(request: Request, response: Response, why: str) -> BadAnswer:
    return BadAnswer(
        f"{request.method} {request.path}: {response.status}, and {why}{_wrong_server(request)}",
        status=response.status,
        method=request.method,
        path=request.path,
    )


def to_error(request: Request, response: Response, hidden: Hidden) -> ApiError:
    """The error for an answer other than 2xx."""
    status = response.status
    text = f"{request.method} {request.path}: {status} {responses.get(status, '')}".rstrip()
    if message := _message(response, hidden):
        text += f": {message}"
    if status in REDIRECTS:
        text += _redirect(response)
    if status == 401:
        text += " (are MEDSTACK_TOKEN_KEY and MEDSTACK_TOKEN_VALUE a token of this company?)"
    if status == 404:
        text += _wrong_server(request)
    return _class(status)(text, status=status, method=request.method, path=request.path)


def _wrong_server(request: Request) -> str:
    """A hint about the API's URL, if the first request of a run fails."""
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


def _message(response: Response, hidden: Hidden) -> str:
    """The error message; if it is null, the text in the field that ``param`` names (webhooks and nodes do so)."""
    try:
        body = parsed(response.body)
    except (ValueError, RecursionError):
        return "" if not response.body else _not_json(response, hidden)
    if not isinstance(body, dict):
        return "" if body is None else excerpt(json.dumps(body, ensure_ascii=False), hidden)
    if "object" in body:  # an object of the API, not an error
        return ""
    param = body.get("param")
    message = body.get("message")
    if not message and isinstance(param, str):
        message = body.get(param)
    if not message:
        rest = {name: value for name, value in body.items() if name != "code" and value}
        return excerpt(_text(rest), hidden) if rest else ""
    return excerpt(
        f"{param}: {_text(message)}" if isinstance(param, str) and param else _text(message), hidden
    )


def _text(message: Any) -> str:
    return message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)


def _not_json(response: Response, hidden: Hidden) -> str:
    """A description of a body that is not JSON; of a page the title, of the text of an error its beginning.

    Of a success nothing else is shown: it may hold objects, with values of which nothing says that they are secret.
    """
    if not response.body:
        return "an empty body"
    text = response.body[:4096].decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if text.startswith(("{", "[")):
        large = _values(response.body) > MOST_VALUES
        return "JSON that is too large" if large else "JSON that is cut short or damaged"
    if text.startswith("<"):
        title = re.search(r"<title[^<>]*>([^<]*)", text, re.IGNORECASE)
        shown = f"HTML instead of JSON, titled '{excerpt(title[1], hidden)}'" if title else ""
        return shown or "HTML or XML instead of JSON"
    return f"text instead of JSON{_beginning(text, response, hidden)}"


def _beginning(text: str, response: Response, hidden: Hidden) -> str:
    is_error = response.status >= 300
    return f": '{excerpt(text, hidden)}'" if is_error and "\0" not in text and '":' not in text else ""


def _redirect(response: Response) -> str:
    """The host that a redirect names; the rest of the URL is not shown."""
    try:
        location = urlsplit(response.headers.get("location", ""))
        host = location.hostname or "another path"
    except ValueError:
        host = "somewhere"
    return (
        f" (a redirect to {excerpt(host)}, not followed: credentials go to the API's own URL only; is that URL "
        "right?)"
    )
