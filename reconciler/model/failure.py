"""An error as a value: what kind it was, and what it says. ``render.outcomes`` words it."""

from typing import Literal

from msgspec import Struct

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
        kind: FailureKind = getattr(error, "failure_kind", "bug")
        if kind == "interrupted":
            return cls(kind)
        if kind == "bug":
            return cls(kind, type(error).__name__)
        return cls(kind, str(error), getattr(error, "status", None) or None)
