"""The results of a handler: an answer, or a refusal that becomes one of the API's error objects.

It does not decide what to answer.
"""

import json
from typing import Any

from msgspec import Struct

_TYPES = {400: "invalid_request_error", 404: "not_found", 405: "invalid_request_error", 409: "conflict error"}


class Answer(Struct, frozen=True):
    """A status and the encoded body, ready to be sent."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


class Refusal(Exception):
    """An error response. ``param`` is the field at fault, if there is one (400 only)."""

    def __init__(self, status: int, message: str, *, param: str | None = None) -> None:
        self.status, self.message, self.param = status, message, param
        super().__init__(message)


def invalid(param: str, message: str) -> Refusal:
    """400: the field ``param`` of the body is invalid."""
    return Refusal(400, message, param=param)


def refused_by_swarm(message: str, *, param: str | None = None) -> Refusal:
    """400 with Swarm's own text, which the API passes on (seen: Docker 20.10.24)."""
    return Refusal(400, f"rpc error: code = InvalidArgument desc = {message}", param=param)


def taken(message: str) -> Refusal:
    """409 for a name that is taken, in Swarm's words (seen: Docker 20.10.24)."""
    return Refusal(409, f"rpc error: code = AlreadyExists desc = {message}")


def not_found(what: str) -> Refusal:
    """404: there is no such path or object."""
    return Refusal(404, f"{what} not found")


def conflict(message: str) -> Refusal:
    """409: the operation is not possible in the present state of the object."""
    return Refusal(409, message)


def encode(value: Any) -> bytes:
    """JSON, compact, as UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def answer_json(status: int, value: Any) -> Answer:
    """An answer whose body is ``value``, encoded."""
    return Answer(status, encode(value))


def encode_list(items: list[bytes]) -> bytes:
    """The API's list object with items that are already encoded."""
    return b'{"object":"list","data":[' + b",".join(items) + b"]}"


def envelope(refusal: Refusal, *, keyed: bool) -> Answer:
    """The error body of the API's "Common responses".

    ``keyed`` operations (webhooks, nodes) put the text of a 400 under a key named after the param and leave
    ``message`` null.
    """
    body: dict[str, Any] = {"code": refusal.status, "type": _TYPES.get(refusal.status, "error")}
    if keyed and refusal.param is not None:
        body |= {"param": refusal.param, "message": None, refusal.param: refusal.message}
    elif refusal.param is not None:
        body |= {"param": refusal.param, "message": refusal.message}
    else:
        body["message"] = refusal.message
    return answer_json(refusal.status, body)
