"""One write, and what to do when its answer does not say whether it was carried out: read, then decide.

A write whose answer was lost is never repeated blindly. Knows no kind of resource and no request.
"""

from collections.abc import Callable
from typing import Literal

from reconciler.errors import Ambiguous, NotFound, RateLimited, ReconcilerError, Rejected, Unreachable

Found = Literal["done", "unchanged", "changed"]
"""What a look at the live object says of a write: it took, nothing happened, or somebody else was there."""
UNCLEAR = (Ambiguous, Rejected, NotFound, Unreachable, RateLimited)


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
    tries = 0
    while True:
        tries += 1
        try:
            write()
            return
        except UNCLEAR as error:
            found = _look(look, error)
            if found == "done":
                return
            if found == "changed":
                raise ChangedSincePlanned("while it was being written, somebody else wrote it") from error
            if not pause(tries):
                raise


def _look(look: Callable[[], Found], error: ReconcilerError) -> Found:
    try:
        return look()
    except ChangedSincePlanned:
        raise
    except ReconcilerError as blind:
        if isinstance(error, Ambiguous):
            raise UnknownOutcome(f"{error}; and reading it again failed: {blind}") from error
        raise error from blind
