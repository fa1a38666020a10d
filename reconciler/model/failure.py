"""An error as a value: its kind and its message. ``render.outcomes`` words it."""

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
"""The kind of an error; ``reconciler.errors`` explains each class.

``unknown``: a write that may or may not have been carried out. ``refused``: by a guard. ``other``: any other
error that reconciler raises on purpose. ``bug``: an error that it does not.
"""


class Failure(Struct, frozen=True):
    """An error that ended a change or a part of a run.

    ``message`` is the error's own, for people; for a bug it is only the type's name, since the text could hold
    a secret; for an interrupt it is empty. ``status`` is the HTTP status, None without a response.
    """

    kind: FailureKind
    message: str = ""
    status: int | None = None

    @classmethod
    def of(cls, error: Exception) -> "Failure":
        """``error`` as a value. The text of a bug or of an interrupt is left out."""
        kind: FailureKind = getattr(error, "failure_kind", "bug")
        if kind == "interrupted":
            return cls(kind)
        if kind == "bug":
            return cls(kind, type(error).__name__)
        return cls(kind, str(error), getattr(error, "status", None) or None)
