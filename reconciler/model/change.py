"""The changes of a plan: a type for each action, with only the fields that this action needs."""

from typing import Any, ClassVar, Literal, NamedTuple

from msgspec import Struct, field

from reconciler.model.base import Action, Address, Location, ServiceState, Spec
from reconciler.model.live import Live
from reconciler.model.manifest import Manifest
from reconciler.model.reason import Reason
from reconciler.model.record import Owned
from reconciler.model.source import Source


class FieldChange(NamedTuple):
    """A field that differs between live and desired.

    ``keys`` lead to the value inside the field: a variable's name, or a mount's target and its part. ``before``
    and ``after`` are JSON values, or None if there is no value; if ``sensitive``, they are the text
    ``(sensitive #n)``. ``drift``: the live value differs from the last applied value.
    """

    field: str
    before: Any
    after: Any
    sensitive: bool = False
    drift: bool = False
    keys: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The field and its keys, joined by dots: ``environment_variables.LOG_LEVEL``."""
        return ".".join((self.field, *self.keys))

    @property
    def is_of_the_record(self) -> bool:
        """Whether only the record holds this field (``lifecycle``), so that the object itself is not written."""
        return self.field == "lifecycle"


GoesAhead = Literal["target", "fewer replicas", "last verified"]
"""Why a service is written though a service that it depends on may be down: it is a target of the run, the
change only lowers its replicas, or it returns to the spec that was last verified.
"""


class Blocker(NamedTuple):
    """A service that is not up as declared, so that something waits for it.

    ``stack`` is "" for the plan's own stack.
    """

    service: str
    state: ServiceState
    stack: str = ""


class Taken(NamedTuple):
    """A host that a service gets from another service, which is not deleted; ``service`` and ``id`` are of that
    service. ``shown`` is the host as messages may show it.
    """

    host: str
    service: str
    id: str
    shown: str


class _Addressed(Struct, frozen=True):
    """The object that a change is about: the only positional field."""

    address: Address


class _Step(_Addressed, frozen=True, kw_only=True):
    """The fields of every change.

    ``needs`` are the addresses of changes in the same plan that come before it. ``live_name`` is the object's
    name in the cluster after the change. ``waits_for`` are services that are not up by the record; the change
    is not carried out before they are up.
    """

    needs: tuple[Address, ...] = ()
    reasons: tuple[Reason, ...] = ()
    location: Location | None = None
    live_name: str = ""
    waits_for: tuple[Blocker, ...] = ()


class _Compared(_Step, frozen=True, kw_only=True):
    """A change with fields. ``restarts`` are the names of the services that start new tasks because of it."""

    fields: tuple[FieldChange, ...] = ()
    restarts: tuple[str, ...] = ()

    @property
    def is_drift(self) -> bool:
        """Whether it undoes a change that was made outside git, alone or among other changes."""
        return any(changed.drift for changed in self.fields)

    @property
    def is_pending(self) -> bool:
        """Whether it makes a change that the manifests ask for since the last apply, alone or among other changes."""
        return not self.fields or any(not changed.drift for changed in self.fields)


class _Write(_Compared, frozen=True, kw_only=True):
    """The fields of every change that a manifest asks for.

    ``spec`` is the spec to write, with references by live name. ``owned`` is the object's entry in the record.
    ``takes`` are hosts that the service gets from other services; they are freed just before it is written.
    ``goes_ahead`` is why a service is written though a service that it depends on may be down. ``taken_from``
    is the file of another repository that declared the object last: that needs consent, as an adopt does.
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
    """The fields of a change that restores a recorded object, if one is recorded."""

    @property
    def is_drift(self) -> bool:
        """Whether the recorded object was deleted, replaced or changed outside git."""
        gone = self.owned is not None and not self.owned.retired
        return gone or any(changed.drift for changed in self.fields)

    @property
    def is_pending(self) -> bool:
        """Whether the manifests ask for it since the last apply."""
        return not self.is_drift


class Create(_Restore, frozen=True):
    """Create an object that does not exist. ``owned`` is set if it was deleted outside git."""

    action: ClassVar[Literal["create"]] = "create"
    live: ClassVar[None] = None
    retires: ClassVar[tuple[()]] = ()
    frees: ClassVar[tuple[()]] = ()
    keeps: ClassVar[tuple[()]] = ()


class Update(_Write, frozen=True, kw_only=True):
    """Change the live object in place.

    ``frees`` are hosts that other services take from it. ``keeps`` are fields that this version of reconciler
    does not know and sends back unchanged.
    """

    live: Live
    frees: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    action: ClassVar[Literal["update"]] = "update"
    retires: ClassVar[tuple[()]] = ()


class Replace(_Write, frozen=True, kw_only=True):
    """Create a new object in place of another.

    ``live`` is the version that it replaces, which is then one of the old versions that it ``retires``. Without
    ``live`` it replaces services that the same plan deletes first.
    """

    live: Live | None = None
    retires: tuple[Owned, ...] = ()
    action: ClassVar[Literal["replace"]] = "replace"
    frees: ClassVar[tuple[()]] = ()
    keeps: ClassVar[tuple[()]] = ()


class Adopt(_Restore, frozen=True, kw_only=True):
    """Take over an existing object, and change it to match the manifest.

    ``retires`` are its old versions. ``frees`` and ``keeps`` are as in ``Update``.
    """

    live: Live
    retires: tuple[Owned, ...] = ()
    frees: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    action: ClassVar[Literal["adopt"]] = "adopt"


class Delete(_Step, frozen=True, kw_only=True):
    """Delete the live object. ``owned`` is its entry in the record, None for a node, which is counted and not owned.

    ``consented``: guards let it pass, since it is named under ``removed``, or is an unused old version, or a
    service that ``moved`` renames. ``replaced_by`` is the new name of that service, "" in any other delete.
    ``worked_with`` are services that worked with the object last, are not up by the record, and are not written
    by the plan. ``runs`` is the image of a service as it may be shown, "" if there is none.
    """

    live: Live
    owned: Owned | None = None
    runs: str = ""
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
    """A change as a plan file holds it: what was shown and approved, without the objects it was planned from.
    It can be shown and compared, but not carried out.
    """

    action: Action
    consented: bool = False
    replaced_by: ClassVar[Literal[""]] = ""
    live: ClassVar[None] = None
    owned: ClassVar[None] = None
    desired: ClassVar[None] = None


Write = Create | Update | Replace | Adopt
"""A change that writes what a manifest declares."""
InPlace = Update | Adopt
"""A change of an existing object."""
Change = Create | Update | Replace | Adopt | Delete
"""A change of a plan. Each type has only the fields that its action needs."""
AnyChange = Create | Update | Replace | Adopt | Delete | DocumentChange
"""A change that can be shown: of a plan made now, or of a plan that was read from a file."""
