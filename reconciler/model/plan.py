"""What is to be done, in order."""

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
    """An object that is made elsewhere, as it was planned with: kind, name, the stack that it has to be of or "",
    and the live name that it stands for."""

    kind: str
    name: str
    stack: str
    live_name: str


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


class PlanOf(Struct, Generic[ChangeT_co], frozen=True):
    """What an apply would do to one stack of one cluster, in order. Data; it can do nothing.

    ``changes`` are in an order in which they can be carried out. ``unmanaged`` are addresses that exist and
    are not managed. ``notes`` are facts a reviewer should know that are no change. ``unchecked`` are secrets
    whose value is not at hand. ``verify`` are services that show no difference but whose last rollout was
    never seen to succeed; ``unread`` are objects of which the API gave something else than documented, not changed
    until it does; ``held`` are those whose spec the platform rolled back, not sent again until it
    changes. ``released`` are forgotten without deleting. ``externals`` are what others make, as it was found.
    ``refusals`` say why nothing may be written.
    ``pending`` counts the changes that are left out, where a plan is of what was changed outside git alone.
    ``service_states`` are, by name, how the record has the services that this plan neither writes nor deletes and that
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
    notes: tuple[Note, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    pending: int = 0
    service_states: Mapping[str, ServiceState] = field(default_factory=dict)
    declared: Mapping[str, Spec] = field(default_factory=dict)

    @property
    def leaves_open(self) -> bool:
        """Whether there is anything to look at or to say beside changes."""
        return bool(self.held or self.unread or self.service_states or self.unchecked or self.record_only)

    @property
    def moves(self) -> tuple[RecordOnly, ...]:
        """What changes hands or names by ``moved``: done to the record alone, and only as it was approved."""
        return tuple(entry for entry in self.record_only if entry.what == "moved")


Plan = PlanOf[Change]
"""A plan made now, which an apply can carry out."""
DocumentPlan = PlanOf[DocumentChange]
"""A plan as it was read from a plan file."""
AnyPlan = PlanOf[AnyChange]
"""A plan that can be shown."""
