"""The steps of a plan: one type for each action, with what that needs and no more."""

from typing import Any, ClassVar, Literal, NamedTuple

from msgspec import Struct, field

from reconciler.model.base import Action, Address, Location, ServiceState, Spec
from reconciler.model.live import Live
from reconciler.model.manifest import Manifest
from reconciler.model.reason import Reason
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


GoesAhead = Literal["target", "fewer replicas", "last verified"]
"""Why a service is written though one that it depends on may be down: it is a target of the run, the change only lowers
its replicas, or it returns to the spec that was last verified."""


class Blocker(NamedTuple):
    """A service that is not up as declared, which is why something waits for it; ``stack`` is "" for the own one."""

    service: str
    state: ServiceState
    stack: str = ""


class Taken(NamedTuple):
    """A host that a service gets from another one, which stays: the name and id of that service."""

    host: str
    service: str
    id: str


class _Addressed(Struct, frozen=True):
    """What a change is about: the only field that may be given without its name."""

    address: Address


class _Step(_Addressed, frozen=True, kw_only=True):
    """What every change of a plan has.

    ``needs`` are the addresses of changes in the same plan that come first. ``live_name`` is the object's name in the
    cluster when the change is done. ``waits_for`` are services that are not up by the record, so that it is not carried
    out before they are.
    """

    needs: tuple[Address, ...] = ()
    reasons: tuple[Reason, ...] = ()
    location: Location | None = None
    live_name: str = ""
    waits_for: tuple[Blocker, ...] = ()


class _Compared(_Step, frozen=True, kw_only=True):
    """A change of fields. ``restarts`` names the services that start new tasks through it."""

    fields: tuple[FieldChange, ...] = ()
    restarts: tuple[str, ...] = ()

    @property
    def is_drift(self) -> bool:
        """Whether it undoes, also, what was changed outside git."""
        return any(changed.drift for changed in self.fields)

    @property
    def is_pending(self) -> bool:
        """Whether it does, also, what the manifests ask for since the last apply."""
        return not self.fields or any(not changed.drift for changed in self.fields)


class _Write(_Compared, frozen=True, kw_only=True):
    """What every change that a manifest asks for has.

    ``spec`` is what is to be written, references by live name. ``owned`` is what the record holds of the object.
    ``takes`` are hosts that a service gets from others, which are freed just before it is written. ``goes_ahead`` says
    why a service is written though one that it depends on may be down. ``taken_from`` is the file of another repository
    that declared it last: to be consented to, as adopting is.
    """

    spec: Spec = field(default_factory=dict)
    desired: Manifest | None = None
    owned: Owned | None = None
    takes: tuple[Taken, ...] = ()
    goes_ahead: GoesAhead | None = None
    taken_from: Source | None = None
    consented: ClassVar[Literal[False]] = False
    replaced_by: ClassVar[Literal[""]] = ""


class _Restore(_Write, frozen=True):
    """What a change has that makes the recorded object be there again, if one is recorded."""

    @property
    def is_drift(self) -> bool:
        """Whether what was recorded was deleted or replaced outside git, or a field of it was changed there."""
        gone = self.owned is not None and not self.owned.retired
        return gone or any(changed.drift for changed in self.fields)

    @property
    def is_pending(self) -> bool:
        """Whether the manifests ask for it since the last apply."""
        return not self.is_drift


class Create(_Restore, frozen=True):
    """Make an object where there is none. ``owned`` is there where it was deleted outside git."""

    action: ClassVar[Literal["create"]] = "create"
    live: ClassVar[None] = None
    retires: ClassVar[tuple[()]] = ()
    frees: ClassVar[tuple[()]] = ()
    keeps: ClassVar[tuple[()]] = ()


class Update(_Write, frozen=True, kw_only=True):
    """Change the live object in place. ``frees`` are hosts that others take from it; ``keeps`` are fields that this
    version does not know and that are sent back as they are."""

    live: Live
    frees: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    action: ClassVar[Literal["update"]] = "update"
    retires: ClassVar[tuple[()]] = ()


class Replace(_Write, frozen=True, kw_only=True):
    """Make a new object in place of another: of the version ``live``, which is then among the former ones that it
    ``retires``; or, where ``live`` is None, of services that the same plan deletes first."""

    live: Live | None = None
    retires: tuple[Owned, ...] = ()
    action: ClassVar[Literal["replace"]] = "replace"
    frees: ClassVar[tuple[()]] = ()
    keeps: ClassVar[tuple[()]] = ()


class Adopt(_Restore, frozen=True, kw_only=True):
    """Take over an object that exists, and change it to what is declared. ``retires`` are its old versions;
    ``frees`` and ``keeps`` are as of ``Update``."""

    live: Live
    retires: tuple[Owned, ...] = ()
    frees: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    action: ClassVar[Literal["adopt"]] = "adopt"


class Delete(_Step, frozen=True, kw_only=True):
    """Delete the live object. ``owned`` is what the record holds of it, None for what is counted and not owned.

    ``consented``: it needs no guard, since it is named under ``removed``, or is an old version that nothing uses, or
    a service that ``moved`` gives another name: ``replaced_by`` is that name, and "" in every other delete.
    ``worked_with`` are services that worked with it last and are not up by the record; the plan does not write them.
    """

    live: Live
    owned: Owned | None = None
    consented: bool = False
    replaced_by: str = ""
    worked_with: tuple[Blocker, ...] = ()
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


class DocumentChange(_Compared, frozen=True, kw_only=True):
    """A change as a plan file has it: what was shown and approved, without what it was planned from. It can be shown
    and compared, and not carried out."""

    action: Action
    consented: bool = False
    replaced_by: ClassVar[Literal[""]] = ""
    live: ClassVar[None] = None
    owned: ClassVar[None] = None
    desired: ClassVar[None] = None


Write = Create | Update | Replace | Adopt
"""A change that writes what a manifest declares."""
InPlace = Update | Adopt
"""A change to an object that exists."""
Change = Create | Update | Replace | Adopt | Delete
"""One step of a plan: it carries what its action needs, so that what updates can't be handed a delete."""
AnyChange = Create | Update | Replace | Adopt | Delete | DocumentChange
"""What can be shown: a change of a plan made now, or of one that was read."""
