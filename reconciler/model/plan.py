"""Plans: the changes of a stack in order, and what else a plan says."""

from collections.abc import Mapping
from typing import Generic, Literal, NamedTuple, TypeVar

from msgspec import Struct, field

from reconciler.model.base import Address, ServiceState, Spec
from reconciler.model.change import AnyChange, Change, DocumentChange, FieldChange
from reconciler.model.note import Note
from reconciler.model.record import Owned
from reconciler.model.refusal import Refusal
from reconciler.model.source import Source


class External(NamedTuple):
    """An external object as it was planned with: kind, name, the stack that must own it ("" for any), and its
    live name.
    """

    kind: str
    name: str
    stack: str
    live_name: str


WhyKept = Literal["elsewhere", "not recorded", "declared", "unclear", "unreadable"]
"""Why a managed object that the run's manifests do not declare is kept.

``elsewhere``: a file outside the run declared it last. ``not recorded``: it is not recorded which file did.
``declared``: another file of the repository declares it now. ``unclear``: a file may declare it, since its
cluster or stack is a variable. ``unreadable``: a file may declare it, but cannot be read.
"""


class Kept(NamedTuple):
    """A managed object that is kept though the run's manifests do not declare it.

    ``source`` is the file that ``why`` is about.
    """

    address: Address
    why: WhyKept
    source: Source | None = None


RecordOnlyWhat = Literal["file", "fields", "gone", "moved", "wait", "sensitive"]


class RecordOnly(NamedTuple):
    """A change of the record alone: the object itself is not written.

    ``what`` says what changes. ``file``: the file that declares the object, from ``before`` ("" if none was
    recorded) to ``after``. ``fields``: the fields named in ``before`` are no longer declared, and keep their
    live values, the ``before`` of each of ``fields``. ``wait``: its ``lifecycle.wait``, from ``before`` to
    ``after``. ``sensitive``: the paths of its values that are not shown, from ``before`` to ``after``; the
    values themselves stay. ``gone``: it no longer exists and is forgotten. ``moved``: the section ``moved`` moves
    or renames it, from ``before`` to ``after``.

    ``owned`` is its entry in the record before, ``recorded`` after; None if it is forgotten, or was moved
    before anything was planned.
    """

    address: Address
    what: RecordOnlyWhat
    before: str = ""
    after: str = ""
    fields: tuple[FieldChange, ...] = ()
    owned: Owned | None = None
    recorded: Owned | None = None


ChangeT_co = TypeVar("ChangeT_co", bound=AnyChange, covariant=True)


class PlanOf(Struct, Generic[ChangeT_co], frozen=True):
    """What an apply would do to one stack of one cluster. Data only.

    ``changes`` are in an order in which they can be carried out. ``unmanaged`` are addresses of objects that
    exist and that no stack manages. ``notes`` are facts for the reviewer. ``unchecked`` are secrets whose value
    is not available. ``verify`` are services without a difference whose last rollout was not verified.
    ``unread`` are objects that cannot be changed, since the API's answer is not of the documented form. ``held``
    are services whose spec the platform rolled back; it is not sent again until it changes. ``released`` are
    objects that are forgotten and not deleted. ``externals`` are the external objects as they were found.
    ``kept`` are managed objects that stay though they are not declared here. ``record_only`` are changes of the
    record alone. ``refusals`` are the reasons why it must not be applied.

    ``pending`` is the number of changes that a report of drift leaves out. ``service_states`` are the recorded
    states, by name, of the services that the plan neither writes nor deletes and that others wait for;
    ``declared`` are the desired specs, in the record's form, of those that are not verified.
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
    notes: tuple[Note, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    pending: int = 0
    service_states: Mapping[str, ServiceState] = field(default_factory=dict)
    declared: Mapping[str, Spec] = field(default_factory=dict)

    @property
    def leaves_open(self) -> bool:
        """Whether the plan has anything to report besides changes."""
        return bool(self.held or self.unread or self.service_states or self.unchecked or self.record_only)

    @property
    def moves(self) -> tuple[RecordOnly, ...]:
        """The entries of the record that ``moved`` moves or renames. They must have been approved."""
        return tuple(entry for entry in self.record_only if entry.what == "moved")


Plan = PlanOf[Change]
"""A plan that was made now and can be applied."""
DocumentPlan = PlanOf[DocumentChange]
"""A plan that was read from a plan file."""
AnyPlan = PlanOf[AnyChange]
"""A plan that can be shown."""
