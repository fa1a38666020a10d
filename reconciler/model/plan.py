"""What is to be done, and how it ended."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

from reconciler.model.base import Action, Address, Condition, Location, Spec, Status
from reconciler.model.live import Live
from reconciler.model.manifest import Manifest
from reconciler.model.record import Owned
from reconciler.model.source import Source


class FieldChange(NamedTuple):
    """One field that differs. ``keys`` lead to the leaf within it: a variable's name, a mount's target and its part.

    ``before`` and ``after`` are JSON values, or None where there is nothing; where ``sensitive`` they are
    the text ``(sensitive #n)``. ``drift`` is true when the live value differs from what was last applied.
    """

    field: str
    before: Any
    after: Any
    sensitive: bool = False
    drift: bool = False
    keys: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The field and its keys as people read them, dotted: ``environment_variables.LOG_LEVEL``."""
        return ".".join((self.field, *self.keys))

    @property
    def is_of_the_record(self) -> bool:
        """Whether only the record keeps it (``lifecycle``), so that nothing is written to the object."""
        return self.field == "lifecycle"


class Taken(NamedTuple):
    """A host that a service gets from another one, which stays: the name and id of that service."""

    host: str
    service: str
    id: str


class Blocker(NamedTuple):
    """A service that is not up as declared, which is why something waits for it."""

    service: str
    condition: Condition


class External(NamedTuple):
    """What somebody else makes, as it was planned with: kind, name, the stack that it has to be of or "", and the
    live name that it stands for."""

    kind: str
    name: str
    stack: str
    live_name: str


@dataclass(frozen=True, slots=True)
class _Step:
    """What every change of a plan has.

    ``needs`` are the addresses of changes in the same plan that come first. ``live_name`` is the object's name in the
    cluster when the change is done. ``waits_for`` are services that are not up by the record, so that it is not carried
    out before they are.
    """

    address: Address
    _: KW_ONLY
    needs: tuple[Address, ...] = ()
    reason: str = ""
    location: Location | None = None
    live_name: str = ""
    waits_for: tuple[Blocker, ...] = ()


@dataclass(frozen=True, slots=True)
class _Write(_Step):
    """What every change that a manifest asks for has.

    ``spec`` is what is to be written, references by live name. ``owned`` is what the record holds of the object.
    ``restarts`` names the services that start new tasks through it. ``takes`` are hosts that a service gets from
    others, which are freed just before it is written. ``goes_ahead`` says why a service is written though one that it
    depends on may be down. ``taken_from`` is the file of another repository that declared it last: to be consented to,
    as adopting is.
    """

    _: KW_ONLY
    fields: tuple[FieldChange, ...] = ()
    spec: Spec = field(default_factory=dict)
    desired: Manifest | None = None
    owned: Owned | None = None
    restarts: tuple[str, ...] = ()
    takes: tuple[Taken, ...] = ()
    goes_ahead: str = ""
    taken_from: Source | None = None
    consented: ClassVar[Literal[False]] = False

    @property
    def is_drift(self) -> bool:
        """Whether it undoes, also, what was changed outside git."""
        return any(one.drift for one in self.fields)

    @property
    def is_pending(self) -> bool:
        """Whether it does, also, what the manifests ask for since the last apply."""
        return not self.fields or any(not one.drift for one in self.fields)


@dataclass(frozen=True, slots=True)
class Create(_Write):
    """Make an object where there is none. ``owned`` is there where it was deleted outside git."""

    action: ClassVar[Literal["create"]] = "create"
    live: ClassVar[None] = None
    retires: ClassVar[tuple[()]] = ()
    frees: ClassVar[tuple[()]] = ()
    keeps: ClassVar[tuple[()]] = ()

    @property
    def is_drift(self) -> bool:
        """Whether it makes again what was deleted outside git."""
        gone = self.owned is not None and not self.owned.retired
        return gone or any(one.drift for one in self.fields)

    @property
    def is_pending(self) -> bool:
        """Whether the manifests ask for it since the last apply."""
        return not self.is_drift


@dataclass(frozen=True, slots=True)
class Update(_Write):
    """Change the live object in place. ``frees`` are hosts that others take from it; ``keeps`` are fields that this
    version does not know and that are sent back as they are."""

    _: KW_ONLY
    live: Live
    frees: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    action: ClassVar[Literal["update"]] = "update"
    retires: ClassVar[tuple[()]] = ()


@dataclass(frozen=True, slots=True)
class Replace(_Write):
    """Make a new object in place of another: of the version ``live``, which is then among the former ones that it
    ``retires``; or, where ``live`` is None, of services that the same plan deletes first."""

    _: KW_ONLY
    live: Live | None = None
    retires: tuple[Owned, ...] = ()
    action: ClassVar[Literal["replace"]] = "replace"
    frees: ClassVar[tuple[()]] = ()
    keeps: ClassVar[tuple[()]] = ()


@dataclass(frozen=True, slots=True)
class Adopt(_Write):
    """Take over an object that exists, and change it to what is declared. ``retires`` are its former versions;
    ``frees`` and ``keeps`` are as of ``Update``."""

    _: KW_ONLY
    live: Live
    retires: tuple[Owned, ...] = ()
    frees: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    action: ClassVar[Literal["adopt"]] = "adopt"

    @property
    def is_drift(self) -> bool:
        """Whether it takes the place of what was recorded, or undoes what was changed outside git."""
        gone = self.owned is not None and not self.owned.retired
        return gone or any(one.drift for one in self.fields)

    @property
    def is_pending(self) -> bool:
        """Whether the manifests ask for it since the last apply."""
        return not self.is_drift


@dataclass(frozen=True, slots=True)
class Delete(_Step):
    """Delete the live object. ``owned`` is what the record holds of it, None for what is counted and not owned.

    ``consented``: it needs no guard, since it is named under ``removed``, or is a former version that nothing uses.
    """

    _: KW_ONLY
    live: Live
    owned: Owned | None = None
    consented: bool = False
    action: ClassVar[Literal["delete"]] = "delete"
    fields: ClassVar[tuple[()]] = ()
    restarts: ClassVar[tuple[()]] = ()
    retires: ClassVar[tuple[()]] = ()
    takes: ClassVar[tuple[()]] = ()
    frees: ClassVar[tuple[()]] = ()
    desired: ClassVar[None] = None
    taken_from: ClassVar[None] = None
    is_drift: ClassVar[Literal[False]] = False
    is_pending: ClassVar[Literal[True]] = True


@dataclass(frozen=True, slots=True)
class DocumentChange(_Step):
    """A change as a plan file has it: what was shown and approved, without what it was planned from. It can be shown
    and compared, and not carried out."""

    _: KW_ONLY
    action: Action
    fields: tuple[FieldChange, ...] = ()
    restarts: tuple[str, ...] = ()
    consented: bool = False
    live: ClassVar[None] = None
    owned: ClassVar[None] = None
    desired: ClassVar[None] = None

    @property
    def is_drift(self) -> bool:
        """Whether it undoes, also, what was changed outside git."""
        return any(one.drift for one in self.fields)

    @property
    def is_pending(self) -> bool:
        """Whether it does, also, what the manifests ask for since the last apply."""
        return not self.fields or any(not one.drift for one in self.fields)


Write = Create | Update | Replace | Adopt
"""A change that writes what a manifest declares."""
InPlace = Update | Adopt
"""A change to an object that exists."""
Change = Create | Update | Replace | Adopt | Delete
"""One step of a plan: it carries what its action needs, so that what updates can't be handed a delete."""
AnyChange = Create | Update | Replace | Adopt | Delete | DocumentChange
"""What can be shown: a change of a plan made now, or of one that was read."""


Why = Literal["elsewhere", "not recorded", "declared", "unclear", "unreadable"]
"""Why something that a run's manifests do not declare is kept, though it is managed: a file that the run does not cover
declared it last; it is not recorded which file did; a file of the repository declares it now; or one may, since its
cluster or stack is a variable, or since it can't be read.
"""


class Kept(NamedTuple):
    """A managed object that is kept though the manifests of the run do not declare it. ``source`` is its file."""

    address: Address
    why: Why
    source: Source | None = None


What = Literal["file", "fields", "gone", "moved", "wait"]


class RecordOnly(NamedTuple):
    """A change of the record alone: nothing is written to the object.

    ``what``: the ``file`` that declares it is another one, ``before`` and ``after``, or is recorded for the first time;
    fields, named in ``before``, are not declared any more, and stay as the ``before`` of each of ``fields``; its
    ``lifecycle.wait`` is another one, ``before`` and ``after``; it is ``gone`` and is forgotten; or it was ``moved``,
    by that section, from ``before`` to ``after``. ``owned`` is how it was recorded, ``recorded`` how it will be; None
    where it is forgotten, or was moved before all else was planned.
    """

    address: Address
    what: What
    before: str = ""
    after: str = ""
    fields: tuple[FieldChange, ...] = ()
    owned: Owned | None = None
    recorded: Owned | None = None


ChangeT_co = TypeVar("ChangeT_co", bound=AnyChange, covariant=True)


@dataclass(frozen=True)  # no slots: a generic class with them cannot be made through its alias in Python 3.11
class PlanOf(Generic[ChangeT_co]):
    """What an apply would do to one stack of one cluster, in order. Data; it can do nothing.

    ``changes`` are in an order in which they can be carried out. ``unmanaged`` are addresses that exist and
    are not managed. ``notes`` are facts a reviewer should know that are no change. ``unchecked`` are secrets
    whose value is not at hand. ``verify`` are services that show no difference but whose last rollout was
    never seen to succeed; ``unread`` are objects of which the API gave something else than documented, not changed
    until it does; ``held`` are those whose spec the platform rolled back, not sent again until it
    changes. ``released`` are forgotten without deleting. ``externals`` are what others make, as it was found.
    ``refusals`` say why nothing may be written.
    ``pending`` counts the changes that are left out, where a plan is of what was changed outside git alone.
    ``conditions`` are, by name, how the record has the services that this plan neither writes nor deletes and that
    others wait for; ``declared`` is, of those that are not verified, what they should be, as the record would hold it.
    ``kept`` are managed, not declared here, and stay. ``record_only`` are changes of the record alone, no changes.
    """

    cluster: str
    cluster_id: str
    company_id: str
    stack: str
    changes: tuple[ChangeT_co, ...] = ()
    unchanged: int = 0
    unmanaged: tuple[Address, ...] = ()
    unchecked: tuple[Address, ...] = ()
    verify: tuple[Owned, ...] = ()
    held: tuple[Address, ...] = ()
    unread: tuple[Address, ...] = ()
    released: tuple[Owned, ...] = ()
    externals: tuple[External, ...] = ()
    kept: tuple[Kept, ...] = ()
    record_only: tuple[RecordOnly, ...] = ()
    notes: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    pending: int = 0
    conditions: Mapping[str, Condition] = field(default_factory=dict)
    declared: Mapping[str, Spec] = field(default_factory=dict)

    @property
    def leaves_open(self) -> bool:
        """Whether there is anything to look at or to say beside changes."""
        return bool(self.held or self.unread or self.conditions or self.unchecked or self.record_only)

    @property
    def moves(self) -> tuple[RecordOnly, ...]:
        """What changes hands or names by ``moved``: done to the record alone, and only as it was approved."""
        return tuple(one for one in self.record_only if one.what == "moved")


Plan = PlanOf[Change]
"""A plan made now, which an apply can carry out."""
DocumentPlan = PlanOf[DocumentChange]
"""A plan as it was read from a plan file."""
AnyPlan = PlanOf[AnyChange]
"""A plan that can be shown."""


class Progress(NamedTuple):
    """How far the change of an object is while it is under way: ``creating``, ``1 of 2 running``."""

    address: Address
    text: str

    def __str__(self) -> str:
        return f"{self.address}: {self.text}"


class Outcome(NamedTuple):
    """How one change ended. ``error`` is for people; ``seconds`` is how long it took. ``kept``: it was skipped as the
    platform keeps the object for now, which is no failure."""

    change: Change
    status: Status
    error: str = ""
    note: str = ""
    seconds: float = 0.0
    kept: bool = False

    @property
    def is_done(self) -> bool:
        """Whether nothing more is to be done in this run."""
        return self.status == "applied" or (self.status == "skipped" and self.kept)


Event = Outcome | Progress | str
"""What a run tells while it goes on: how a change ended, how far another is, or a sentence on what is going on."""
