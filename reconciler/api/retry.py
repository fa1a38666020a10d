"""Decides whether the client sends a request again, for all requests. Pure.

A request that may have been carried out is repeated only if it changes nothing. A write is repeated only if it cannot
have been carried out: no connection was made, or the server answered 429.
"""

from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Literal, NamedTuple

from msgspec import Struct

AttemptResult = int | Literal["unreachable", "ambiguous", "unreadable"]
"""The result of a failed attempt: the status of an answer that is not a success; no connection (``unreachable``); no
complete answer (``ambiguous``); a success with an invalid body (``unreadable``)."""

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses of errors that may be temporary."""
BUSY = frozenset({429, 503})
"""Statuses that ask for fewer requests."""
AWAY = frozenset({429, 502, 503, 504})
"""Statuses of a server that is too busy or restarting, which takes longer than other temporary errors."""


class Wait(NamedTuple):
    """Repeat the request after ``seconds``."""

    seconds: float


class GiveUp(Struct, frozen=True):
    """Stop retrying."""


class RetryPolicy(NamedTuple):
    """``attempts`` in total, ``busy_attempts`` if the server is busy; ``budget`` seconds until the last one begins.

    The wait before attempt n + 1 is random between half of ``base`` * 2^(n-1) and all of it, at most ``cap`` seconds.
    So a read fails after 2 to 4 s if the server cannot be reached or fails, and after 20 to 40 s if it is busy.
    """

    attempts: int = 5
    busy_attempts: int = 10
    budget: float = 120.0
    base: float = 0.25
    cap: float = 8.0


def decide(
    result: AttemptResult,
    *,
    safe: bool,
    attempt: int,
    spent: float,
    retry_after: float | None,
    chance: float,
    policy: RetryPolicy,
) -> Wait | GiveUp:
    """Whether to repeat a request that was sent ``attempt`` times, counted from 1.

    ``safe``: it changes nothing. ``spent``: the seconds since the first attempt began. ``retry_after``: the
    seconds that the server asked for. ``chance``: a random number from 0 to 1, so that clients
    do not retry at the same time.
    """
    if not (_harmless(result) or (safe and _passing(result))):
        return GiveUp()
    if attempt >= (policy.busy_attempts if result in AWAY else policy.attempts):
        return GiveUp()
    seconds = (0.5 + chance / 2) * min(policy.cap, policy.base * 2.0 ** (attempt - 1))
    if retry_after is not None and result in BUSY:
        seconds += retry_after
    return Wait(seconds) if spent + seconds <= policy.budget else GiveUp()


def _harmless(result: AttemptResult) -> bool:
    """Whether the request cannot have been carried out."""
    return result in {"unreachable", 429}


def _passing(result: AttemptResult) -> bool:
    return result in PASSING if isinstance(result, int) else True


def retry_after(header: str | None, *, now: float | None) -> float | None:
    """The Retry-After header (RFC 9110, 10.2.3) in seconds from ``now``, the server's time since the epoch.

    None if there is none, it cannot be parsed, or it is a date and the server's time is not known.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        then = parsedate_to_datetime(text)
        return None if now is None else max(0.0, then.replace(tzinfo=then.tzinfo or UTC).timestamp() - now)
    except (ValueError, OverflowError):
        return None
