"""What a reviewer should know of a plan that is no change: a type for each note. ``render.notes`` words them."""

from enum import Enum, auto

from reconciler.model.base import Address, Named, ServiceState
from reconciler.model.change import Blocker, GoesAhead
from reconciler.model.reason import KeptVersion, Worded
from reconciler.model.refusal import Refusal
from reconciler.model.value import FrozenValue


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


class AboutObject(FrozenValue):
    """A fact about one object."""

    address: Address
    fact: Fact


class OnlyTargets(FrozenValue):
    """Only these objects and what they need are planned (``--target``)."""

    targets: tuple[Named, ...]


class StaysOnVersion(FrozenValue):
    """A service that no stack manages goes on mounting the version of that name."""

    address: Address
    version: str


class HasToFollow(FrozenValue):
    """A service of another stack still mounts a former version of what this stack owns under ``name``."""

    kind: str
    version: str
    name: str
    service_kind: str
    service: str
    stack: str


class MovingTag(FrozenValue):
    """New tasks may run other code: the live image has no digest."""

    address: Address
    image: str


class RemovedNothing(FrozenValue):
    """A name under ``removed`` that no object has, or no node of the cluster."""

    section: str
    name: str
    is_node: bool = False


class RemovedNotManaged(FrozenValue):
    """A name under ``removed`` of an object that the stack does not manage."""

    section: str
    name: str


class NodesNotReady(FrozenValue):
    """Nodes that count and are not Ready, by id with their status."""

    address: Address
    nodes: tuple[tuple[str, str], ...]


class WebhooksNotRead(FrozenValue):
    """The API gives no list of webhooks, so the managed ones could not be compared."""

    status: int
    addresses: tuple[Address, ...]


class Mount(FrozenValue):
    """A service that uses an object, its field that mounts it, and the stack of the service, "" for the plan's own."""

    user: str
    field: str
    stack: str = ""


class KeptMounted(FrozenValue):
    """An object that is not declared any more and kept, since services mount it. ``to_change`` are those of them that
    these manifests declare, else all; ``are_declared`` says which."""

    address: Address
    live_name: str
    mounts: tuple[Mount, ...]
    to_change: tuple[Mount, ...]
    are_declared: bool


class KeptInUse(FrozenValue):
    """The same, since services may be rolled back to it, or other stacks use it: ``kept`` says which."""

    address: Address
    section: str
    kept: KeptVersion


class OldVersionsStay(FrozenValue):
    """Former versions, by live name, that a later apply deletes."""

    live_names: tuple[str, ...]


class WrittenAnyway(FrozenValue):
    """A service is written though one that it depends on is down."""

    address: Address
    service: str
    state: ServiceState
    why: GoesAhead


class DeletedAnyway(FrozenValue):
    """A delete named under ``removed`` does not wait for services that are not up."""

    address: Address
    passed: tuple[Blocker, ...]


class LeftUnread(FrozenValue):
    """An object is left as it is: of what the API answered for it, that does not fit (``misfits``)."""

    address: Address
    misfits: tuple[str, ...]


class NotChanged(FrozenValue):
    """What is not changed since something could not be read."""

    addresses: tuple[Address, ...]


class ReplacedByName(FrozenValue):
    """An object that ``moved`` renames and the platform can't: it is created anew, and the former one deleted."""

    kind: str
    name: str
    to: str


class HostElsewhere(FrozenValue):
    """A host of a service that is written does not lead to the manager node's address: to ``addresses``, or nowhere."""

    host: str
    addresses: tuple[str, ...]
    manager: str


class StackNotDeclared(FrozenValue):
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


class WouldBeRefused(FrozenValue):
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
    | LeftUnread
    | NotChanged
    | ReplacedByName
    | HostElsewhere
    | StackNotDeclared
    | OfTheRecord
    | WouldBeRefused
    | Worded
)
