"""One write, and what to do when its answer does not say whether it was carried out: read, then decide.

A write whose answer was lost is never repeated blindly. Knows no kind of resource and no request.
"""

from collections.abc import Callable
from typing import Literal

from reconciler.errors import (
    Ambiguous,
    ApiError,
    ChangedSincePlanned,
    NotCarriedOut,
    NotFound,
    RateLimited,
    ReconcilerError,
    Rejected,
    UnknownOutcome,
    Unreachable,
)

Found = Literal["done", "made", "unchanged", "changed"]
"""What a look at the live object says of a write: it took; the object to be made is there, whoever made it;
nothing happened; it was changed concurrently."""
REFUSED = (Rejected, NotFound, Unreachable, RateLimited)
"""After these a write was certainly not carried out."""
_MAY_STILL_COME = frozenset({408, 502, 504})
"""Answers of a gateway that may have passed the request on: whoever got it may still be at it."""


def settle(
    write: Callable[[], None], read_back: Callable[[], Found], *, pause: Callable[[int], bool]
) -> None:
    """Write; where the answer leaves it open or refuses, look, and write once more if nothing has changed.

    ``pause`` gets the number of tries so far and says, after waiting, whether there is another.
    Raises ``ChangedSincePlanned``, ``UnknownOutcome``, or the error of the last try if it left no trace.
    """
    tries, doubt = 0, None
    while True:
        tries += 1
        try:
            write()
            return
        except (Ambiguous, *REFUSED) as error:
            if isinstance(error, Ambiguous) and not (doubt and _may_still_come(doubt)):
                doubt = error
            found = _read_back(read_back, error, doubt)
            if found == "done" or (found == "made" and doubt):
                return
            if found != "unchanged":
                raise ChangedSincePlanned("it was changed concurrently while it was written") from error
            if not pause(tries):
                raise _without_trace(error, doubt) from error
        except ReconcilerError as error:
            raise (UnknownOutcome(f"{doubt}; and then: {error}") if doubt else error) from error


def _read_back(read_back: Callable[[], Found], error: ReconcilerError, doubt: Ambiguous | None) -> Found:
    try:
        return read_back()
    except ReconcilerError as blind:
        if doubt:
            raise UnknownOutcome(f"{doubt}; and reading it again failed: {blind}") from error
        raise error from blind


def _without_trace(error: ReconcilerError, doubt: Ambiguous | None) -> ReconcilerError:
    """What to raise when nothing has changed: an answer that comes from the server itself is believed."""
    if doubt is None:
        return error
    if _may_still_come(doubt):
        return UnknownOutcome(f"{error}; nothing has changed so far")
    return NotCarriedOut(f"{doubt.__cause__ if error is doubt else error}; nothing has changed")


def _may_still_come(doubt: Ambiguous) -> bool:
    """Whether the request may yet be carried out, though nothing shows of it: the server itself did not answer."""
    answer = doubt.__cause__
    return not isinstance(answer, ApiError) or answer.status in _MAY_STILL_COME
