"""What a reviewer should know of a plan that is no change: a type for each note. ``render.notes`` words them."""

from enum import Enum, auto

from msgspec import Struct

from reconciler.model.base import Address, Named, ServiceState
from reconciler.model.change import Blocker, GoesAhead
from reconciler.model.reason import KeptVersion, Worded
from reconciler.model.refusal import Refusal


class Fact(Enum):
    """What is noted of one object and needs nothing but its address."""

    STAYS_PROTECTED = auto()
    """The manifest does not say ``prevent_destroy`` any more."""
    VALUE_ASSUMED = auto()
    """A secret is adopted: its live value can't be read back, so the declared one counts as the same."""
    STORED_DIFFERENTLY = auto()
    """The platform gives a config's data back in another form than it was sent."""
    HELD_AND_NOT_WAITED_FOR = auto()
    """A service was rolled back, and ``lifecycle.wait`` is false."""


class AboutObject(Struct, frozen=True):
    """A fact about one object."""

    address: Address
    fact: Fact


class OnlyTargets(Struct, frozen=True):
    """Only these objects and what they need are planned (``--target``)."""

    targets: tuple[Named, ...]


class StaysOnVersion(Struct, frozen=True):
    """A service that no stack manages goes on mounting the version of that name."""

    address: Address
    version: str


class HasToFollow(Struct, frozen=True):
    """A service of another stack still mounts an old version of what this stack owns under ``name``."""

    kind: str
    version: str
    name: str
    service_kind: str
    service: str
    stack: str


class MovingTag(Struct, frozen=True):
    """New tasks may run other code: the live image has no digest."""

    address: Address
    image: str


class RemovedNothing(Struct, frozen=True):
    """A name under ``removed`` that no object has, or no node of the cluster."""

    section: str
    name: str
    is_node: bool = False


class RemovedNotManaged(Struct, frozen=True):
    """A name under ``removed`` of an object that the stack does not manage."""

    section: str
    name: str


class NodesNotReady(Struct, frozen=True):
    """Nodes that count and are not Ready, by id with their status."""

    address: Address
    nodes: tuple[tuple[str, str], ...]


class WebhooksNotRead(Struct, frozen=True):
    """The API gives no list of webhooks, so the managed ones could not be compared."""

    status: int
    addresses: tuple[Address, ...]


class Mount(Struct, frozen=True):
    """A service that uses an object, its field that mounts it, and the stack of the service, "" for the plan's own."""

    user: str
    field: str
    stack: str = ""


class KeptMounted(Struct, frozen=True):
    """An object that is not declared any more and kept, since services mount it. ``to_change`` are those of them that
    these manifests declare, else all; ``are_declared`` says which."""

    address: Address
    live_name: str
    mounts: tuple[Mount, ...]
    to_change: tuple[Mount, ...]
    are_declared: bool


class KeptInUse(Struct, frozen=True):
    """The same, since services may be rolled back to it, or other stacks use it: ``kept`` says which."""

    address: Address
    section: str
    kept: KeptVersion


class OldVersionsStay(Struct, frozen=True):
    """Former versions, by live name, that a later apply deletes."""

    live_names: tuple[str, ...]


class WrittenAnyway(Struct, frozen=True):
    """A service is written though one that it depends on is down."""

    address: Address
    service: str
    state: ServiceState
    why: GoesAhead


class DeletedAnyway(Struct, frozen=True):
    """A delete named under ``removed`` does not wait for services that are not up."""

    address: Address
    passed: tuple[Blocker, ...]


class WaitsThoughRemoved(Struct, frozen=True):
    """A delete named under ``removed`` waits for services that worked with the object last and are not up."""

    address: Address
    held_by: tuple[Blocker, ...]


class LeftUnread(Struct, frozen=True):
    """An object is left as it is: of what the API answered for it, that does not fit (``misfits``)."""

    address: Address
    misfits: tuple[str, ...]


class NotChanged(Struct, frozen=True):
    """What is not changed since something could not be read."""

    addresses: tuple[Address, ...]


class ReplacedByName(Struct, frozen=True):
    """An object that ``moved`` renames and the platform can't: it is created again, and the former one deleted."""

    kind: str
    name: str
    to: str


class HostElsewhere(Struct, frozen=True):
    """A host of a service that is written does not lead to the manager node's address: to ``addresses``, or nowhere."""

    host: str
    addresses: tuple[str, ...]
    manager: str


class StackNotDeclared(Struct, frozen=True):
    """Files of the run declared so many objects of a stack, and nothing declares that stack any more."""

    stack: str
    cluster: str
    files: tuple[str, ...]
    count: int


class OfTheRecord(Enum):
    """What is noted of the stack's record."""

    UNFINISHED = auto()
    """An earlier apply was ended before it was done."""
    MISSING = auto()
    """There is none, and there are objects that a stack may have had."""


class WouldBeRefused(Struct, frozen=True):
    """Why an apply would be refused, where that is not the question."""

    refusal: Refusal


Note = (
    AboutObject
    | OnlyTargets
    | StaysOnVersion
    | HasToFollow
    | MovingTag
    | RemovedNothing
    | RemovedNotManaged
    | NodesNotReady
    | WebhooksNotRead
    | KeptMounted
    | KeptInUse
    | OldVersionsStay
    | WrittenAnyway
    | DeletedAnyway
    | WaitsThoughRemoved
    | LeftUnread
    | NotChanged
    | ReplacedByName
    | HostElsewhere
    | StackNotDeclared
    | OfTheRecord
    | WouldBeRefused
    | Worded
)
