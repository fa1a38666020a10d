"""Injects faults on request: errors between a client and a server, at the n-th matching request.

This module decides which fault is for which request, and what the client then gets; ``server.py`` carries it out.
Without faults it does nothing.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from reconciler.emulator.answers import Answer, Refusal, envelope, invalid

_HTML = b"<!DOCTYPE html><html><head><title>%s</title></head><body><h1>%s</h1></body></html>\n"
_MESSAGES = {
    403: "Forbidden",
    404: "Path not found",
    409: "Request conflicts with the resource's current state",
    429: "Too many requests",
    500: "An error occured",
}

INSTEAD = ("500-before", "502-html", "429", "html-200", "401", "403", "404", "409")
"""Answered at once, without carrying out the operation: nothing is committed."""
DROPS = ("drop-before", "drop-after")
"""The connection is closed without an answer, before or after the operation."""
HOLDS = ("hang", "hang-after")
"""Held for ``seconds`` or until released, before or after the operation."""
SPOILED = ("500-after", "half-json", "truncated")
"""Carried out, but the answer is damaged: a 500 instead; cut, with a matching Content-Length; cut by closing the
connection before the promised length."""
KINDS = (*INSTEAD, *DROPS, *HOLDS, *SPOILED)


class Fault(Struct):
    """``nth`` counts matching requests from when the fault was set, from 1; None: every one."""

    kind: str
    method: str | None
    path: re.Pattern[str]
    nth: int | None
    seconds: float
    seen: int = field(default=0)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when held requests are released; nothing is held after that."""

    def hits(self, method: str, path: str) -> bool:
        """Count the request if it matches; returns whether the fault is for it."""
        if self.method not in (None, method) or not self.path.search(path):
            return False
        self.seen += 1
        return self.nth in (None, self.seen)


def parse_faults(body: Any) -> list[Fault]:
    """A JSON list of ``{"match": {"method", "path_regex", "nth"}, "kind", "seconds"}``.

    All of ``match`` is optional; ``seconds`` is 1 unless given.
    Raises: Refusal (400).
    """
    if not isinstance(body, list):
        raise invalid("body", "must be a list of faults")
    return [_parse_fault(item) for item in body]


def _parse_fault(given: Any) -> Fault:
    if not isinstance(given, Mapping) or given.get("kind") not in KINDS:
        raise invalid("kind", f"must be one of {', '.join(KINDS)}")
    match = given.get("match", {})
    try:
        return Fault(
            kind=given["kind"],
            method=match["method"].upper() if match.get("method") else None,
            path=re.compile(match.get("path_regex", "")),
            nth=None if match.get("nth") is None else int(match["nth"]),
            seconds=float(given.get("seconds", 1.0)),
        )
    except (AttributeError, TypeError, ValueError, re.error) as error:
        raise invalid("match", "must hold method, path_regex, nth") from error


def first_hit(faults: Sequence[Fault], method: str, path: str) -> Fault | None:
    """The fault for this request, or None; every fault counts it."""
    hits = [fault for fault in faults if fault.hits(method, path)]
    return hits[0] if hits else None


def answer_instead(fault: Fault) -> Answer:
    """The answer that replaces the operation's own, for ``INSTEAD`` and 500-after."""
    if fault.kind == "401":
        return Answer(401)
    if fault.kind in ("502-html", "html-200"):
        title = b"502 Bad Gateway" if fault.kind == "502-html" else b"Welcome"
        return Answer(502 if fault.kind == "502-html" else 200, _HTML % (title, title), "text/html")
    status = int(fault.kind[:3])
    answer = envelope(Refusal(status, _MESSAGES[status]), keyed=False)
    headers = (("retry-after", f"{fault.seconds:g}"),) if status == 429 else ()
    return Answer(status, answer.body, headers=headers)
