"""Why a plan must not be applied: a type for each refusal. ``render.refusals`` words them, with what to do."""

from enum import Enum, auto
from typing import Literal

from msgspec import Struct

from reconciler.model.base import Address, Location
from reconciler.model.live import NodeSize
from reconciler.model.reason import TakenFromDeleted, Worded
from reconciler.model.source import Source


class ObjectFault(Enum):
    """Why an object is refused, if that needs only its address."""

    PLATFORM_SERVICE_WRITTEN = auto()
    PLATFORM_SERVICE_DELETED = auto()
    NOT_MANAGED = auto()
    """It would be adopted, but ``--adopt`` is not given."""
    PROTECTED = auto()
    """It would be deleted, but ``prevent_destroy`` is recorded."""
    DATA_DELETED = auto()
    """It would be deleted with its data, but is not named under ``removed``."""


class RefusedObject(Struct, frozen=True):
    """A refused object. ``section`` is the section under ``removed`` that would allow its delete."""

    address: Address
    fault: ObjectFault
    section: str = ""


class SeveralLive(Struct, frozen=True):
    """Several live objects have the same name; ``count`` is how many."""

    address: Address
    count: int


class SameWebhooks(Struct, frozen=True):
    """Several webhooks (ids) match one declared webhook."""

    address: Address
    ids: tuple[str, ...]


class NeedEachOther(Struct, frozen=True):
    """Changes that depend on each other in a cycle; the first is repeated at the end."""

    path: tuple[Address, ...]


class InPreview(Struct, frozen=True):
    """The API does not serve a section of the manifests, or the ``collection`` that it needs; ``status`` is the
    HTTP status.
    """

    section: str
    collection: str
    status: int


class OwnedByStack(Struct, frozen=True):
    """Another stack owns the object."""

    address: Address
    stack: str
    of_company: bool = False


class OtherCase(Struct, frozen=True):
    """The object exists under a name that differs only in case."""

    address: Address
    live_name: str


class WouldLoseFields(Struct, frozen=True):
    """An update would lose parts of the live object: a mount, a reference, or fields that this version of
    reconciler does not know. ``to_keep`` are fields that can be sent back unchanged.
    """

    address: Address
    why: str
    to_keep: tuple[str, ...]


class NoSuchSize(Struct, frozen=True):
    """The cluster has no node size with that id or title, or several."""

    address: Address
    is_ambiguous: bool
    known: tuple[NodeSize, ...]


class SameSize(Struct, frozen=True):
    """Two entries mean the same node size."""

    address: Address
    other: Address
    size_id: str


class UnknownSize(Struct, frozen=True):
    """A live node whose size matches none of the cluster's sizes, or several."""

    node: str
    size: str
    is_ambiguous: bool


class RemovedNode(Struct, frozen=True):
    """A name under ``removed.nodes`` that matches several nodes, or the swarm manager."""

    name: str
    fault: Literal["several", "manager"]


class SizeNotDeclared(Struct, frozen=True):
    """A node under ``removed.nodes`` has a size that is not declared."""

    name: str
    size: str


class WhichNode(Struct, frozen=True):
    """More nodes would remain than are declared.

    ``candidates`` are the ids and IP addresses of nodes that may be removed.
    """

    address: Address
    wanted: int
    remaining: int
    candidates: tuple[tuple[str, str], ...]


class RemovedAndDeclared(Struct, frozen=True):
    """An object is named under ``removed`` but declared in another file."""

    address: Address
    section: str
    consent: Location
    file: str


class TakesWithoutConsent(Struct, frozen=True):
    """A service gets a host or volume of a service that must be deleted first, which needs consent."""

    address: Address
    taken: TakenFromDeleted
    section: str


Holder = Literal["not declared", "not targeted", "held", "not changed"]
"""Why a service keeps a host that another service declares: these manifests do not declare the service, the run
has other targets, the service is held after a rollback, or the plan does not change its hosts.
"""


class HostTaken(Struct, frozen=True):
    """A host belongs to the service ``holder``, which keeps it.

    ``stack`` is the stack of that service, "" for the plan's own.
    """

    address: Address
    host: str
    holder: Address
    stack: str
    why: Holder


class UnresolvedExternal(Struct, frozen=True):
    """An external object cannot be resolved.

    The ``stack`` that it names has no such object; or several stacks (``owners``) have one; or none has.
    ``has_value``: the manifest could give it a value instead. ``renamed``: stacks that own an object created
    under that name, each with the object's current name there.
    """

    kind: str
    section: str
    stack: str
    owners: tuple[str, ...]
    has_value: bool
    renamed: tuple[tuple[str, str], ...] = ()


class RefusedExternal(Struct, frozen=True):
    """An external object that cannot be resolved."""

    address: Address
    why: UnresolvedExternal


class NameTaken(Struct, frozen=True):
    """An object cannot be moved, since another object of the stack has that name.

    ``origin`` is the stack that it comes from, "" for the same stack.
    """

    kind: str
    name: str
    origin: str
    to: str
    stack: str
    location: Location


class CanNotRename(Struct, frozen=True):
    """An object of another stack would get another name, but the platform cannot rename it."""

    address: Address
    name: str
    stack: str


class NotReleased(Struct, frozen=True):
    """Another stack owns the object, and another repository declared it."""

    address: Address
    stack: str
    source: Source | None


class UnfinishedGiver(Struct, frozen=True):
    """An object is moved from a stack whose last apply did not finish."""

    stack: str


class OtherCompany(Struct, frozen=True):
    """The manifest names another company than the token's."""

    location: Location | None
    wanted: str
    name: str
    id: str


class DeclaredElsewhere(Struct, frozen=True):
    """Another repository declared the object last."""

    address: Address
    source: Source


class DataInUse(Struct, frozen=True):
    """A volume would be deleted, but services mount it."""

    address: Address
    users: tuple[str, ...]


class ManyDeletes(Struct, frozen=True):
    """Too many of a stack's objects would be deleted."""

    addresses: tuple[Address, ...]
    of: int


class ValueMissing(Struct, frozen=True):
    """A secret has no value, since the variable for it is not set."""

    address: Address
    location: Location
    variable: str


class TooShort(Struct, frozen=True):
    """``--timeout`` is shorter than a rollout takes. Both are in seconds."""

    address: Address
    timeout: float
    needed: float


Refusal = (
    RefusedObject
    | SeveralLive
    | SameWebhooks
    | NeedEachOther
    | InPreview
    | OwnedByStack
    | OtherCase
    | WouldLoseFields
    | NoSuchSize
    | SameSize
    | UnknownSize
    | RemovedNode
    | SizeNotDeclared
    | WhichNode
    | RemovedAndDeclared
    | TakesWithoutConsent
    | HostTaken
    | RefusedExternal
    | NameTaken
    | CanNotRename
    | NotReleased
    | UnfinishedGiver
    | OtherCompany
    | DeclaredElsewhere
    | DataInUse
    | ManyDeletes
    | ValueMissing
    | TooShort
    | Worded
)
