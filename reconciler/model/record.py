"""The objects of a stack, the changes that are pending, and the run that holds the lease."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from msgspec import Struct, field

from reconciler.model.base import Action, RecordedState, Spec
from reconciler.model.source import Source

RecordedAction = Action | Literal["move"]
"""What a journal may intend: an action of a plan, or that an object is handed to another stack."""


class Owned(Struct, frozen=True):
    """One managed object, as the record keeps it.

    ``name`` is the logical name, ``live_name`` the name in the cluster (they differ for versioned secrets
    and configs). ``applied`` is the spec as last applied, with values that must not be readable replaced by
    keyed digests (``reconciler.digest``). ``digest`` is the keyed digest of a secret's or config's value.
    ``retired`` marks an old version of a secret or config that is kept for now. ``known`` holds, of a service
    that is not verified, the ids of the tasks from before the last write that starts new ones. ``tasks`` are the
    ids of the tasks that were seen to run what was last verified; empty where that is not known.
    ``wait`` is false for a service that nobody waits for (``lifecycle.wait``).
    ``last_verified`` is, of a service that is not verified, what ``applied`` was when it last was.
    ``previous`` holds what a service mounted before its last write, as ``secret/db.v1``: the platform may yet roll
    it back to that. A retired version whose ``state`` is failed was tried by services and never seen to work.
    ``source`` is the manifest that last declared it, None where that is not known. ``taken_from`` is the stack that
    it was moved from, as long as that stack's record may still hold it too.
    """

    kind: str
    name: str
    live_name: str
    id: str
    applied: Spec = field(default_factory=dict)
    digest: str = ""
    protected: bool = False
    state: RecordedState = "verified"
    retired: bool = False
    known: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    last_verified: Spec = field(default_factory=dict)
    wait: bool = True
    previous: tuple[str, ...] = ()
    source: Source | None = None
    taken_from: str = ""


class Pending(NamedTuple):
    """One intended change, written down before the first write of an apply: the journal of a run that dies.

    ``known`` holds the ids of the like objects seen before a create without a unique name (nodes, webhooks);
    of a secret or config the old versions that are kept with it; of a service the hosts that others
    take from it before it is written.
    """

    action: RecordedAction
    owned: Owned
    known: tuple[str, ...] = ()


class Lease(NamedTuple):
    """Who is writing. ``until`` is server time, in seconds since the epoch."""

    holder: str
    nonce: str
    until: float


class Applied(NamedTuple):
    """One past apply: when (ISO 8601, UTC), who, which commit of which repository, how many changes of each status."""

    when: str
    who: str
    commit: str
    counts: Mapping[str, int]
    repository: str = ""


class Used(NamedTuple):
    """One approval that was used: its ``mark`` (32 hex digits), and ``until`` when it counts (ISO 8601, UTC)."""

    mark: str
    until: str


class Record(Struct, frozen=True):
    """The managed objects of one stack, its pending changes and its lease. Kept in the cluster itself.

    ``number`` is 0 where no record exists yet. ``salt`` (hex) keys the digests of readable values.
    ``used`` are the approvals that were used.
    ``released`` is what this stack no longer manages and another may take; what its previous specs mount is kept.
    ``shows_tasks``: this cluster has shown tasks to an apply of this stack.
    """

    stack: str
    number: int = 0
    salt: str = ""
    owned: tuple[Owned, ...] = ()
    pending: tuple[Pending, ...] = ()
    applies: tuple[Applied, ...] = ()
    lease: Lease | None = None
    used: tuple[Used, ...] = ()
    released: tuple[Owned, ...] = ()
    shows_tasks: bool = False

    @property
    def has_shown_tasks(self) -> bool:
        """Whether the cluster has shown tasks before: an apply saw some, or recorded whose they were."""
        return self.shows_tasks or any(owned.tasks or owned.known for owned in self.owned)
