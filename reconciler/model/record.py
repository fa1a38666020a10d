"""The record of a stack: its objects, the pending changes, and the run that holds the lease."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from msgspec import Struct, field

from reconciler.model.base import Action, RecordedState, Spec
from reconciler.model.source import Source

RecordedAction = Action | Literal["move"]
"""The action of a pending change: an action of a plan, or ``move`` to another stack."""


class Owned(Struct, frozen=True):
    """One managed object in the record.

    ``name`` is the logical name, ``live_name`` the name in the cluster (they differ for versioned secrets and
    configs). ``applied`` is the last applied spec, with sensitive values replaced by keyed digests
    (``reconciler.digest``). ``digest`` is the keyed digest of a secret's or config's value. ``retired`` marks
    an old version that is kept for now; if its ``state`` is failed, services were given it and none was seen to
    work with it. ``source`` is the manifest that declared it last, None if unknown. ``taken_from`` is the stack
    that it was moved from, while that stack's record may still hold it. ``sensitive`` are the paths of its values
    that are not shown (``Manifest.sensitive_paths``), ``sensitive_before`` those before its last write: the
    platform may still roll it back to them.

    Of a service: ``known`` are the ids of the tasks that existed before the last write that starts new tasks,
    if the service is not verified. ``tasks`` are the ids of the tasks that ran the last verified version, empty
    if unknown. ``wait`` is false if nothing waits for it (``lifecycle.wait``). ``last_verified`` is the value
    of ``applied`` when it was last verified, if it is not verified now. ``previous`` are the objects that it
    mounted before its last write, as ``secret/db.v1``: the platform may still roll it back to them.
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
    sensitive: tuple[str, ...] = ()
    sensitive_before: tuple[str, ...] = ()


class Pending(NamedTuple):
    """One intended change, recorded before the first write of an apply, so that a later run can continue after
    a crash.

    ``known`` are, for a node or webhook, the ids of all objects of the kind before the create (their names are
    not unique); for a secret or config, the old versions that are kept with it; for a service, the hosts that
    others take from it before it is written.
    """

    action: RecordedAction
    owned: Owned
    known: tuple[str, ...] = ()


class Lease(NamedTuple):
    """The run that may write. ``until`` is server time, in seconds since the epoch."""

    holder: str
    nonce: str
    until: float


class Applied(NamedTuple):
    """A past apply: time (ISO 8601, UTC), user, commit and repository, and the number of changes by status."""

    when: str
    who: str
    commit: str
    counts: Mapping[str, int]
    repository: str = ""


class Used(NamedTuple):
    """A used approval: its ``mark`` (32 hex digits), and ``until`` when it is valid (ISO 8601, UTC)."""

    mark: str
    until: str


class Record(Struct, frozen=True):
    """The record of a stack, which is kept in the cluster itself: managed objects, pending changes and the lease.

    ``number`` is 0 if no record exists yet. ``salt`` (hex) is the key for digests of readable values. ``used``
    are the used approvals. ``released`` are objects that this stack no longer manages and another may take
    over; what their previous specs mount is kept. ``shows_tasks``: this cluster has shown tasks to an apply of
    this stack.
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
        """Whether the cluster has ever shown tasks: an apply saw some, or recorded ids of tasks."""
        return self.shows_tasks or any(owned.tasks or owned.known for owned in self.owned)
