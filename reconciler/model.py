"""The nouns: plain values that every other module speaks in. No verbs, no I/O.

``Spec`` is a kind's canonical form: a dict of the API's own field names, whatever shorthand the manifest
used and whatever form the API answered in (see ``reconciler.kinds``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Spec = Mapping[str, Any]
Body = Mapping[str, Any]
"""A JSON object as it goes over the wire."""
Severity = Literal["error", "warning"]
Action = Literal["create", "update", "replace", "delete", "adopt"]
Status = Literal["applied", "failed", "skipped", "unknown"]
State = Literal["verified", "unverified", "failed", "rolled back"]
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


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file; line and column count from 1. Prints as ``path:line:column``."""

    path: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem in the manifests, for people: what was found, and in ``hint`` what is accepted."""

    location: Location
    severity: Severity
    check: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """The name of one object across all clusters. Prints as ``production/service/api``."""

    cluster: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.cluster}/{self.kind}/{self.name}"


Path = tuple[str | int, ...]
Marks = Callable[[Path], Location]
"""Where a field of the manifest stands: ``marks(("hosts", 1))``; the closest enclosing place if it has none."""


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document, parsed and interpolated. Its shape is not known to be right until checked.

    ``key`` is its file's real path and its index there; ``extends`` the key of the document it builds upon.
    ``contents`` holds what was read for its secrets and configs, by ``(section, name)``, in canonical form.
    ``invalid`` are the parts, ``("services", "api")`` or ``("cluster",)``, with an error already reported.
    ``standing`` is false for what is only there to be extended.
    """

    key: tuple[str, int]
    value: Mapping[str, Any]
    marks: Marks
    extends: tuple[str, int] | None = None
    contents: Mapping[tuple[str, str], Spec] = field(default_factory=dict)
    invalid: frozenset[Path] = frozenset()
    standing: bool = True


@dataclass(frozen=True, slots=True)
class Documents:
    """All that was read. ``complete`` is false where a file or a document could not be made sense of at all."""

    documents: tuple[Document, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """What a manifest says of an object's handling, not of the object.

    ``prevent_destroy`` is None where the manifest says nothing: protection that the record holds then stays.
    """

    ignore_changes: tuple[str, ...] = ()
    prevent_destroy: bool | None = None
    on_failure: Literal["fail", "rollback"] = "fail"


@dataclass(frozen=True, slots=True)
class Manifest:
    """One declared object. ``spec`` is canonical and holds declared fields only."""

    address: Address
    spec: Spec
    location: Location
    marks: Marks
    depends_on: tuple[str, ...] = ()
    lifecycle: Lifecycle = Lifecycle()


Named = tuple[str, str]
"""Kind and name, where the cluster is known: ``("volume", "old-data")``."""


@dataclass(frozen=True, slots=True)
class Desired:
    """Everything that one stack of one cluster should be.

    ``cluster`` is the label or id as written, or ``COMPANY`` for company-wide webhooks. ``removed`` is
    consent to destroy, ``released`` asks to forget without deleting; both map to where that is written.
    ``invalid`` are declared too, but with errors already reported; they are not in ``manifests``.
    """

    cluster: str
    stack: str
    location: Location
    company: str | None = None
    manifests: Mapping[Named, Manifest] = field(default_factory=dict)
    invalid: frozenset[Named] = frozenset()
    removed: Mapping[Named, Location] = field(default_factory=dict)
    released: Mapping[Named, Location] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Live:
    """One object as the cluster has it. ``name`` is its name there; ``body`` is the API's answer, whole."""

    kind: str
    name: str
    id: str
    spec: Spec
    body: Body


@dataclass(frozen=True, slots=True)
class NodeSize:
    """A size of node the cluster can have (API: node-sizes)."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class LiveState:
    """Everything that was read of one cluster. ``objects`` maps a kind to its objects, sorted by name, id.

    ``missing`` names the collections that could not be read since the feature is not there for this token
    (preview endpoints answering 401, 403 or 404), with the status.
    """

    company_id: str
    company_name: str
    cluster_id: str
    cluster_label: str
    objects: Mapping[str, tuple[Live, ...]]
    node_sizes: tuple[NodeSize, ...] = ()
    missing: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Owned:
    """One object that is ours, as the record keeps it.

    ``name`` is the logical name, ``live_name`` the name in the cluster (they differ for versioned secrets
    and configs). ``applied`` is the spec as last applied, with values that must not be readable replaced by
    keyed digests (``reconciler.digest``). ``digest`` is the keyed digest of a secret's or config's value.
    ``retired`` marks a former version of a secret or config that is kept for now.
    """

    kind: str
    name: str
    live_name: str
    id: str
    applied: Spec = field(default_factory=dict)
    digest: str = ""
    protected: bool = False
    state: State = "verified"
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Pending:
    """One intended change, written down before the first write of an apply: the journal of a run that dies.

    ``known`` holds the ids of the like objects seen before a create without a unique name (nodes, webhooks).
    """

    action: Action
    owned: Owned
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lease:
    """Who is writing. ``until`` is server time, in seconds since the epoch."""

    holder: str
    nonce: str
    until: float


@dataclass(frozen=True, slots=True)
class Applied:
    """One past apply: when (ISO 8601, UTC), who, at which commit, and how many changes of each status."""

    when: str
    who: str
    commit: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Record:
    """What is ours in one cluster, what is pending, and who is writing. Kept in the cluster itself.

    ``number`` is 0 where no record exists yet. ``salt`` (hex) keys the digests of readable values.
    ``path`` is the PATH of the run that wrote it, relative to the root: deletes are planned only from there.
    """

    stack: str
    number: int = 0
    salt: str = ""
    path: str = ""
    owned: tuple[Owned, ...] = ()
    pending: tuple[Pending, ...] = ()
    applies: tuple[Applied, ...] = ()
    lease: Lease | None = None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs. ``path`` is dotted, in the API's words: ``environment_variables.LOG_LEVEL``.

    ``before`` and ``after`` are JSON values, or None where there is nothing; where ``sensitive`` they are
    the text ``(sensitive #n)``. ``drift`` is true when the live value differs from what was last applied.
    """

    path: str
    before: Any
    after: Any
    sensitive: bool = False
    drift: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One step of a plan.

    ``needs`` are the addresses of changes in the same plan that come first. ``restarts`` names the services
    that start new tasks through it. ``live_name`` is the object's name in the cluster when the change is
    done, and ``spec`` what is to be written there, references by live name. ``live`` and ``owned`` are what
    it was planned from. ``retires`` are former versions that are kept for now. ``consented`` tells a delete
    that needs no guard: named under ``removed``, or a former version that nothing uses.
    """

    address: Address
    action: Action
    fields: tuple[FieldChange, ...] = ()
    needs: tuple[Address, ...] = ()
    reason: str = ""
    location: Location | None = None
    live_name: str = ""
    spec: Spec = field(default_factory=dict)
    desired: Manifest | None = None
    live: Live | None = None
    owned: Owned | None = None
    restarts: tuple[str, ...] = ()
    retires: tuple[Owned, ...] = ()
    consented: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What an apply would do to one stack of one cluster, in order. Data; it can do nothing.

    ``changes`` are in an order in which they can be carried out. ``unmanaged`` are addresses that exist and
    are not ours. ``notes`` are facts a reviewer should know that are no change. ``unchecked`` are secrets
    whose value is not at hand. ``verify`` are services that show no difference but whose last rollout was
    never seen to succeed; ``held`` are those whose spec the platform rolled back, not sent again until it
    changes. ``released`` are forgotten without deleting. ``refusals`` say why nothing may be written.
    """

    cluster: str
    cluster_id: str
    company_id: str
    stack: str
    changes: tuple[Change, ...] = ()
    unchanged: int = 0
    unmanaged: tuple[Address, ...] = ()
    unchecked: tuple[Address, ...] = ()
    verify: tuple[Owned, ...] = ()
    held: tuple[Address, ...] = ()
    released: tuple[Owned, ...] = ()
    notes: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one change ended. ``error`` is for people; ``seconds`` is how long it took."""

    change: Change
    status: Status
    error: str = ""
    note: str = ""
    seconds: float = 0.0
