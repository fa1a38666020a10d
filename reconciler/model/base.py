"""The basic types: places in files, addresses of objects, sensitive text."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

Spec = Mapping[str, Any]
Body = Mapping[str, Any]
"""A JSON object of a request or an answer."""
Severity = Literal["error", "warning"]
Action = Literal["create", "update", "replace", "delete", "adopt"]
Status = Literal["applied", "failed", "skipped", "unknown"]
RecordedState = Literal["verified", "unverified", "failed", "rolled back"]
"""How the last rollout of a service ended.

``verified``: it came up and stayed up. ``unverified``: that was not observed. ``failed``: it did not come up.
``rolled back``: the platform restored its previous spec.
"""
ServiceState = RecordedState | Literal["down"]
"""How a service is now: its recorded state, or ``down``: it was verified before, and is not up now or does not exist.
"""
COMPANY = "company"
"""The cluster name in addresses of objects that belong to the whole company (webhooks)."""


class Sensitive:
    """Text that must never be shown. Only ``reveal`` returns it; ``repr``, ``str`` and ``format`` do not."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself: for the body of the one request that sends it, and for its keyed digest."""
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
    """Text that may be shown: each sensitive part is replaced by ``(sensitive)`` or ``(sensitive #1)``."""

    __slots__ = ()


class Part(NamedTuple):
    """A part of a text with variables: either as written, or the value of ``variable``.

    ``sensitive``: the manifest, or the variable's name, requires that the value is masked.
    """

    text: str
    variable: str = ""
    sensitive: bool = False


class Location(NamedTuple):
    """A place in a file; line and column are counted from 1. Printed as ``path:line:column``."""

    path: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class Diagnostic(NamedTuple):
    """One problem in the manifests, for people. ``message`` says what was found, ``hint`` what is accepted."""

    location: Location
    severity: Severity
    check: str
    message: str
    hint: str = ""


class Address(NamedTuple):
    """The unique name of an object across all clusters. Printed as ``production/service/api``."""

    cluster: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.cluster}/{self.kind}/{self.name}"


Named = tuple[str, str]
"""Kind and name of an object of a known cluster: ``("volume", "old-data")``."""


class ServiceUser(NamedTuple):
    """A service that uses an object. ``stack`` is the other stack whose record says so, "" for none."""

    name: str
    stack: str = ""
