"""Makes one write. If its answer does not say whether it was carried out, reads the object, and decides by that.

A write whose answer was lost is never repeated without a read. Knows no kind of resource and no request.
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
"""What a read of the live object shows after a write: it is as written (``done``); an object as the one to create
exists, whoever created it (``made``); it is as before; it was changed concurrently."""
REFUSED = (Rejected, NotFound, Unreachable, RateLimited)
"""Errors that mean that a write was not carried out."""
_MAY_STILL_COME = frozenset({408, 502, 504})
"""Statuses of a gateway that may have passed the request on: the server may still carry it out."""


def settle(
    write: Callable[[], None], read_back: Callable[[], Found], *, pause: Callable[[int], bool]
) -> None:
    """Call ``write``. If it was refused or its answer was lost, call ``read_back``, and write again if nothing changed.

    ``pause`` gets the number of tries so far, waits, and returns whether to try again.
    Raises ``ChangedSincePlanned`` if the object was changed concurrently, ``UnknownOutcome`` if it is unknown whether
    the write was carried out, ``NotCarriedOut`` or the error of the last try if it was not.
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
            raise (UnknownOutcome(f"{doubt}; the next try failed: {error}") if doubt else error) from error


def _read_back(read_back: Callable[[], Found], error: ReconcilerError, doubt: Ambiguous | None) -> Found:
    try:
        return read_back()
    except ReconcilerError as blind:
        if doubt:
            raise UnknownOutcome(f"{doubt}; and reading it again failed: {blind}") from error
        raise error from blind


def _without_trace(error: ReconcilerError, doubt: Ambiguous | None) -> ReconcilerError:
    """The error to raise if the object is as before: an error of the server itself means that the write was not
    made."""
    if doubt is None:
        return error
    if _may_still_come(doubt):
        return UnknownOutcome(f"{error}; nothing has changed so far")
    return NotCarriedOut(f"{doubt.__cause__ if error is doubt else error}; nothing has changed")


def _may_still_come(doubt: Ambiguous) -> bool:
    """Whether the request may still be carried out later: the server itself has not answered."""
    answer = doubt.__cause__
    return not isinstance(answer, ApiError) or answer.status in _MAY_STILL_COME
