"""Wait or give up: a pure function, and the only place that decides to send a request again.

A request that may have been carried out is repeated only if it changes nothing. A write is repeated exactly
where it cannot have been carried out: no connection was made, or the server said 429.
"""

from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Literal, NamedTuple

Happened = int | Literal["unreachable", "ambiguous", "unreadable"]
"""What became of an attempt: the status of an answer that is not a success; no connection; no whole answer; a
success whose body is not what was asked for."""

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that may be different the next time."""
BUSY = frozenset({429, 503})
"""Statuses that ask for fewer requests."""
AWAY = frozenset({429, 502, 503, 504})
"""Statuses of a server that is too busy, or is being started anew: it takes longer than an error does to pass."""


class Wait(NamedTuple):
    """Send it again after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Raise what happened."""


class RetryPolicy(NamedTuple):
    """``attempts`` in all, ``busy_attempts`` where the server is away; ``budget`` seconds until the last begins.

    The wait before attempt n + 1 is drawn from half of ``base`` * 2^(n-1) to all of it, at most ``cap`` seconds. So a
    read is given up after 2 to 4 s where the server can't be reached or fails, and after 20 to 40 s where it is away.
    """

    attempts: int = 5
    busy_attempts: int = 10
    budget: float = 120.0
    base: float = 0.25
    cap: float = 8.0


def decide(
    happened: Happened,
    *,
    safe: bool,
    attempt: int,
    spent: float,
    retry_after: float | None,
    chance: float,
    patience: RetryPolicy,
) -> Wait | GiveUp:
    """Whether to send again what has been sent ``attempt`` times, counted from 1.

    ``safe``: it changes nothing. ``spent``: the seconds since the first attempt began. ``retry_after``: the
    seconds that the server asked for. ``chance``: a random number from 0 to 1, so that clients part.
    """
    if not (_harmless(happened) or (safe and _passing(happened))):
        return GiveUp()
    if attempt >= (patience.busy_attempts if happened in AWAY else patience.attempts):
        return GiveUp()
    seconds = (0.5 + chance / 2) * min(patience.cap, patience.base * 2.0 ** (attempt - 1))
    if retry_after is not None and happened in BUSY:
        seconds += retry_after
    return Wait(seconds) if spent + seconds <= patience.budget else GiveUp()


def _harmless(happened: Happened) -> bool:
    """It cannot have been carried out."""
    return happened in {"unreachable", 429}


def _passing(happened: Happened) -> bool:
    return happened in PASSING if isinstance(happened, int) else True


def retry_after(header: str | None, *, now: float | None) -> float | None:
    """The Retry-After header (RFC 9110, 10.2.3) in seconds from ``now``, the server's time since the epoch.

    None where there is none, it cannot be read, or it is a date and the server's time is not known.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        then = parsedate_to_datetime(text)
        return None if now is None else max(0.0, then.replace(tzinfo=then.tzinfo or UTC).timestamp() - now)
    except (ValueError, OverflowError):
        return None
