"""The words that all other nouns are made of: places, addresses, what must not be shown."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

Spec = Mapping[str, Any]
Body = Mapping[str, Any]
"""A JSON object as it goes over the wire."""
Severity = Literal["error", "warning"]
Action = Literal["create", "update", "replace", "delete", "adopt"]
Status = Literal["applied", "failed", "skipped", "unknown"]
RecordedState = Literal["verified", "unverified", "failed", "rolled back"]
"""How the last rollout of a service ended: ``verified`` came up and stayed up, ``unverified`` was not seen to,
``failed`` did not come up, ``rolled back`` was put back to its previous spec."""
ServiceState = RecordedState | Literal["down"]
"""How a service is now: ``down`` was verified, and is not up any more or not there."""
COMPANY = "company"
"""Stands where a cluster's name stands, for what belongs to the company as a whole (webhooks)."""


class Sensitive:
    """Text that must never be shown. Only ``reveal`` gives it away; ``repr``, ``str`` and ``format`` do not."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the body of the one request that carries it, and for its keyed digest."""
        return self._text

    def __repr__(self) -> str:
        return "(sensitive)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sensitive) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("a sensitive value is not serialised")


class Masked(str):
    """Text that may be shown: what is sensitive in it stands as ``(sensitive)`` or ``(sensitive #1)``."""

    __slots__ = ()


class Part(NamedTuple):
    """A part of a text in which variables were filled in: as it is written, or the value of ``variable``.

    ``sensitive`` says that the manifest, or the variable's name, has that value masked.
    """

    text: str
    variable: str = ""
    sensitive: bool = False


class Location(NamedTuple):
    """A place in a file; line and column count from 1. Prints as ``path:line:column``."""

    path: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class Diagnostic(NamedTuple):
    """One problem in the manifests, for people: what was found, and in ``hint`` what is accepted."""

    location: Location
    severity: Severity
    check: str
    message: str
    hint: str = ""


class Address(NamedTuple):
    """The name of one object across all clusters. Prints as ``production/service/api``."""

    cluster: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.cluster}/{self.kind}/{self.name}"


Named = tuple[str, str]
"""Kind and name, where the cluster is known: ``("volume", "old-data")``."""
