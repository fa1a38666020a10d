"""Why a plan may not be carried out: a type for each refusal. ``render.refusals`` word them, with what to do."""

from enum import Enum, auto
from typing import Literal

from msgspec import Struct

from reconciler.model.base import Address, Location
from reconciler.model.live import NodeSize
from reconciler.model.reason import TakenFromDeleted, Worded
from reconciler.model.source import Source


class ObjectFault(Enum):
    """What is refused of one object and needs nothing but its address."""

    PLATFORM_SERVICE_WRITTEN = auto()
    PLATFORM_SERVICE_DELETED = auto()
    NOT_MANAGED = auto()
    """It would be adopted, and ``--adopt`` is not given."""
    PROTECTED = auto()
    """It would be deleted, and ``prevent_destroy`` is recorded."""
    DATA_DELETED = auto()
    """It would be deleted with its data, and is not named under ``removed``."""


class RefusedObject(Struct, frozen=True):
    """A fault of one object. ``section`` is where consent to delete it stands."""

    address: Address
    fault: ObjectFault
    section: str = ""


class SeveralLive(Struct, frozen=True):
    """So many live objects have the name."""

    address: Address
    count: int


class SameWebhooks(Struct, frozen=True):
    """Webhooks, by id, that match one declared."""

    address: Address
    ids: tuple[str, ...]


class NeedEachOther(Struct, frozen=True):
    """Changes that need each other; the first stands again at the end."""

    path: tuple[Address, ...]


class InPreview(Struct, frozen=True):
    """The API does not serve a section of the manifests, or the ``collection`` that it needs, and answers with that
    status."""

    section: str
    collection: str
    status: int


class OwnedByStack(Struct, frozen=True):
    """Another stack owns it."""

    address: Address
    stack: str
    of_company: bool = False


class OtherCase(Struct, frozen=True):
    """It exists under a name that differs in case only."""

    address: Address
    live_name: str


class WouldLoseFields(Struct, frozen=True):
    """An update can't carry over what the live object has: a mount or reference, or fields that this version does not
    know. ``to_keep`` are fields that may be sent back as they are."""

    address: Address
    why: str
    to_keep: tuple[str, ...]


class NoSuchSize(Struct, frozen=True):
    """The cluster has no node size of that id or title, or several."""

    address: Address
    is_ambiguous: bool
    known: tuple[NodeSize, ...]


class SameSize(Struct, frozen=True):
    """Two entries stand for one node size."""

    address: Address
    other: Address
    size_id: str


class UnknownSize(Struct, frozen=True):
    """A live node whose size is none of the cluster's, or several."""

    node: str
    size: str
    is_ambiguous: bool


class RemovedNode(Struct, frozen=True):
    """A name under ``removed.nodes`` that stands for several nodes, or for the swarm manager."""

    name: str
    fault: Literal["several", "manager"]


class SizeNotDeclared(Struct, frozen=True):
    """A node under ``removed.nodes`` is of a size that is not declared."""

    name: str
    size: str


class WhichNode(Struct, frozen=True):
    """More nodes remain than are wanted. ``candidates`` are ids and IP addresses of those that may go."""

    address: Address
    wanted: int
    remaining: int
    candidates: tuple[tuple[str, str], ...]


class RemovedAndDeclared(Struct, frozen=True):
    """It is named under ``removed`` and declared in another file."""

    address: Address
    section: str
    consent: Location
    file: str


class TakesWithoutConsent(Struct, frozen=True):
    """A service takes what another one has that must be deleted first."""

    address: Address
    taken: TakenFromDeleted
    section: str


Holder = Literal["not declared", "not targeted", "held", "not changed"]
"""A service that keeps a host which another one wants: these manifests do not declare it, this run has other targets,
it is held after a rollback, or the plan leaves its hosts as they are."""


class HostTaken(Struct, frozen=True):
    """A host belongs to the service ``holder``, of another ``stack`` unless that is empty, and stays there."""

    address: Address
    host: str
    holder: Address
    stack: str
    why: Holder


class UnresolvedExternal(Struct, frozen=True):
    """What an external object stands for can't be said: the named ``stack`` has none; or ``owners``, several stacks,
    have one; or nobody has. ``has_value``: it could be given a value in the manifest. ``renamed``: the stacks that own
    one made under that name, each with the name that it has there now."""

    kind: str
    section: str
    stack: str
    owners: tuple[str, ...]
    has_value: bool
    renamed: tuple[tuple[str, str], ...] = ()


class RefusedExternal(Struct, frozen=True):
    """An external object that stands for nothing certain."""

    address: Address
    why: UnresolvedExternal


class NameTaken(Struct, frozen=True):
    """An object can't be moved to the name of another one of the stack. ``origin`` is the stack that it comes from, ""
    for the same."""

    kind: str
    name: str
    origin: str
    to: str
    stack: str
    location: Location


class CanNotRename(Struct, frozen=True):
    """An object of another stack would get another name, which the platform can't do."""

    address: Address
    name: str
    stack: str


class NotReleased(Struct, frozen=True):
    """Another stack owns it, and another repository declared it."""

    address: Address
    stack: str
    source: Source | None


class UnfinishedGiver(Struct, frozen=True):
    """Something is taken from a stack whose apply did not finish."""

    stack: str


class OtherCompany(Struct, frozen=True):
    """The manifest is for another company than the token."""

    location: Location | None
    wanted: str
    name: str
    id: str


class DeclaredElsewhere(Struct, frozen=True):
    """Another repository declared it last."""

    address: Address
    source: Source


class DataInUse(Struct, frozen=True):
    """A volume would be deleted that services mount."""

    address: Address
    users: tuple[str, ...]


class ManyDeletes(Struct, frozen=True):
    """So many of a stack's objects would be deleted."""

    addresses: tuple[Address, ...]
    of: int


class ValueMissing(Struct, frozen=True):
    """The value of a secret is not at hand: the variable that gives it is not set."""

    address: Address
    location: Location
    variable: str


class TooShort(Struct, frozen=True):
    """``--timeout`` is shorter than a rollout takes; both in seconds."""

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
