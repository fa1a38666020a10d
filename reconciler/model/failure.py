"""An error as a value: what kind it was, and what it says. ``render.outcomes`` words it."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from reconciler.errors import (
    Ambiguous,
    ApiError,
    BadAnswer,
    ChangedSincePlanned,
    GitHubError,
    Interrupted,
    KeptByPlatform,
    NotCarriedOut,
    NotFound,
    RateLimited,
    ReconcilerError,
    Refused,
    Rejected,
    ServerFault,
    TimedOut,
    Unauthorized,
    UnknownOutcome,
    Unreachable,
)

FailureKind = Literal[
    "rejected",
    "not authorized",
    "not found",
    "rate limited",
    "server fault",
    "bad answer",
    "unreachable",
    "not carried out",
    "unknown",
    "timed out",
    "changed since planned",
    "kept by the platform",
    "refused",
    "interrupted",
    "other",
    "bug",
]
"""What kind of error it was; ``reconciler.errors`` says of each class what it means.

``unknown`` is a write that may or may not have been carried out. ``refused`` is a guard's. ``other`` was raised on
purpose and is none of these; ``bug`` was not.
"""

_KINDS: Mapping[type[Exception], FailureKind] = {
    Rejected: "rejected",
    Unauthorized: "not authorized",
    NotFound: "not found",
    RateLimited: "rate limited",
    ServerFault: "server fault",
    BadAnswer: "bad answer",
    Unreachable: "unreachable",
    GitHubError: "other",
    NotCarriedOut: "not carried out",
    Ambiguous: "unknown",
    UnknownOutcome: "unknown",
    TimedOut: "timed out",
    ChangedSincePlanned: "changed since planned",
    KeptByPlatform: "kept by the platform",
    Refused: "refused",
    Interrupted: "interrupted",
    ReconcilerError: "other",
    Exception: "bug",
}


class Failure(Struct, frozen=True):
    """An error that ended a change, or a part of a run.

    ``message`` is the error's own, for people; of a bug only the type's name, as its text could hold a secret;
    of an interrupt nothing.
    ``status`` is the HTTP status, None where the server did not answer.
    """

    kind: FailureKind
    message: str = ""
    status: int | None = None

    @classmethod
    def of(cls, error: Exception) -> "Failure":
        """The failure that an error is."""
        kind = next(_KINDS[parent] for parent in type(error).__mro__ if parent in _KINDS)
        if kind == "interrupted":
            return cls(kind)
        message = type(error).__name__ if kind == "bug" else str(error)
        return cls(kind, message, error.status if isinstance(error, ApiError) else None)
