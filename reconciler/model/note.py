"""What a reviewer should know of a plan besides its changes: a type for each note. ``render.notes`` words them."""

from enum import Enum, auto

from msgspec import Struct

from reconciler.model.base import Address, Named, ServiceState
from reconciler.model.change import Blocker, GoesAhead
from reconciler.model.reason import KeptVersion, Worded
from reconciler.model.refusal import Refusal


class Fact(Enum):
    """A note about an object that needs only the object's address."""

    STAYS_PROTECTED = auto()
    """The manifest no longer sets ``prevent_destroy``; the object stays protected."""
    VALUE_ASSUMED = auto()
    """A secret is adopted. Its live value cannot be read, so the declared value is assumed to be the live one."""
    STORED_DIFFERENTLY = auto()
    """The platform returns a config's data in another form than it was sent."""
    HELD_AND_NOT_WAITED_FOR = auto()
    """A service was rolled back, and ``lifecycle.wait`` is false."""


class AboutObject(Struct, frozen=True):
    """A fact about an object."""

    address: Address
    fact: Fact


class OnlyTargets(Struct, frozen=True):
    """Only these objects and their dependencies are planned (``--target``)."""

    targets: tuple[Named, ...]


class StaysOnVersion(Struct, frozen=True):
    """A service that no stack manages stays on the version ``version`` of an object."""

    address: Address
    version: str


class HasToFollow(Struct, frozen=True):
    """A service of another stack still mounts an old version of the object ``name`` of this stack."""

    kind: str
    version: str
    name: str
    service_kind: str
    service: str
    stack: str


class MovingTag(Struct, frozen=True):
    """New tasks may run another image: the tag may have moved, and the live image has no digest."""

    address: Address
    image: str


class RemovedNothing(Struct, frozen=True):
    """A name under ``removed`` that matches no object, or no node of the cluster."""

    section: str
    name: str
    is_node: bool = False


class RemovedNotManaged(Struct, frozen=True):
    """A name under ``removed`` that matches an object which the stack does not manage."""

    section: str
    name: str


class NodesNotReady(Struct, frozen=True):
    """Nodes that count but are not Ready: ids and statuses."""

    address: Address
    nodes: tuple[tuple[str, str], ...]


class WebhooksNotRead(Struct, frozen=True):
    """The API returned no list of webhooks, so managed webhooks could not be compared."""

    status: int
    addresses: tuple[Address, ...]


class Mount(Struct, frozen=True):
    """A service that mounts an object, the field of the service that mounts it, and the service's stack ("" for
    the plan's own stack).
    """

    user: str
    field: str
    stack: str = ""


class KeptMounted(Struct, frozen=True):
    """An object that is no longer declared but is kept, since services mount it.

    ``to_change`` are those services that these manifests declare, if there are any (``are_declared``); else all
    of them.
    """

    address: Address
    live_name: str
    mounts: tuple[Mount, ...]
    to_change: tuple[Mount, ...]
    are_declared: bool


class KeptInUse(Struct, frozen=True):
    """An object that is no longer declared but is kept, since services may be rolled back to it, or other
    stacks use it; ``kept`` says which.
    """

    address: Address
    section: str
    kept: KeptVersion


class OldVersionsStay(Struct, frozen=True):
    """Old versions (live names) that a later apply deletes."""

    live_names: tuple[str, ...]


class WrittenAnyway(Struct, frozen=True):
    """A service is written though a service that it depends on is down."""

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
    """An object is left unchanged, since fields of its answer (``misfits``) are not of the documented form."""

    address: Address
    misfits: tuple[str, ...]


class NotChanged(Struct, frozen=True):
    """Changes that are not made, since an object could not be read."""

    addresses: tuple[Address, ...]


class ReplacedByName(Struct, frozen=True):
    """A service that ``moved`` renames.

    The platform cannot rename it, so it is created again and the old one is deleted.
    """

    kind: str
    name: str
    to: str


class HostElsewhere(Struct, frozen=True):
    """A host of a service that is written does not resolve to the manager node's address, but to ``addresses``,
    or to none.
    """

    host: str
    addresses: tuple[str, ...]
    manager: str


class StackNotDeclared(Struct, frozen=True):
    """Files of the run declared this number of objects of a stack, and no file declares the stack any more."""

    stack: str
    cluster: str
    files: tuple[str, ...]
    count: int


class OfTheRecord(Enum):
    """A note about the stack's record."""

    UNFINISHED = auto()
    """An earlier apply did not finish."""
    MISSING = auto()
    """There is no record, but there are objects that the stack may have managed."""


class WouldBeRefused(Struct, frozen=True):
    """Why an apply would be refused, in a report that only shows differences."""

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
