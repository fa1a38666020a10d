"""One write, and what to do when its answer does not say whether it was carried out: read, then decide.

A write whose answer was lost is never repeated blindly. Knows no kind of resource and no request.
"""

from collections.abc import Callable
from typing import Literal

from reconciler.errors import (
    Ambiguous,
    ApiError,
    NotFound,
    RateLimited,
    ReconcilerError,
    Rejected,
    Unreachable,
)

Found = Literal["done", "made", "unchanged", "changed"]
"""What a look at the live object says of a write: it took; the object to be made is there, whoever made it;
nothing happened; somebody else was there."""
REFUSED = (Rejected, NotFound, Unreachable, RateLimited)
"""After these a write was certainly not carried out."""
_MAY_STILL_COME = frozenset({408, 502, 504})
"""Answers of a gateway that may have passed the request on: whoever got it may still be at it."""


class ChangedSincePlanned(ReconcilerError):
    """The object is not what it was planned from, so it is not overwritten."""

    def __init__(self, what: str) -> None:
        super().__init__(f"changed since planned: {what}. Plan again to see what is to be done now.")


class UnknownOutcome(ReconcilerError):
    """The write may or may not have been carried out, and reading did not tell."""


def settle(write: Callable[[], None], look: Callable[[], Found], *, pause: Callable[[int], bool]) -> None:
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
            doubt = error if isinstance(error, Ambiguous) else doubt
            found = _look(look, error, doubt)
            if found == "done" or (found == "made" and doubt):
                return
            if found != "unchanged":
                raise ChangedSincePlanned("while it was being written, somebody else wrote it") from error
            if not pause(tries):
                raise _without_trace(error, doubt) from error
        except ReconcilerError as error:
            raise (UnknownOutcome(f"{doubt}; and then: {error}") if doubt else error) from error


def _look(look: Callable[[], Found], error: ReconcilerError, doubt: Ambiguous | None) -> Found:
    try:
        return look()
    except ReconcilerError as blind:
        if doubt:
            raise UnknownOutcome(f"{doubt}; and reading it again failed: {blind}") from error
        raise error from blind


def _without_trace(error: ReconcilerError, doubt: Ambiguous | None) -> ReconcilerError:
    """What to raise when nothing has changed: an answer that comes from the server itself is believed."""
    if doubt is None:
        return error
    answer = doubt.__cause__
    if isinstance(answer, ApiError) and answer.status not in _MAY_STILL_COME:
        return ReconcilerError(f"{answer if error is doubt else error}; nothing has changed")
    return UnknownOutcome(f"{error}; nothing has changed so far")
