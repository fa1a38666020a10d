"""What ``status`` and ``clusters`` tell: plain values, and the JSON values they are printed as.

Pure. Nothing of what was applied is in it, not even a digest.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import asdict

from reconciler.kinds import RUNNING
from reconciler.model import Owned, Record
from reconciler.model.rollout import Health

FORMAT_VERSION = 1


class Cluster(Struct, frozen=True):
    """A cluster that the token reaches (API: clusters). What the server did not say is ""."""

    id: str
    label: str
    provider: str
    region: str


class ObjectStatus(Struct, frozen=True):
    """One owned object as it stands now. ``present`` is None where that could not be looked up.

    ``health`` is of a service, None where the API shows no tasks; ``replicas`` is how many it is to have. ``image`` is
    what it runs, ``age`` for how many seconds its oldest running task has been there, None where that is not known.
    """

    owned: Owned
    present: bool | None
    health: Health | None = None
    replicas: int | None = None
    image: str = ""
    age: float | None = None

    @property
    def is_as_recorded(self) -> bool:
        """Whether it is there, was verified and runs; always so for a service that nobody waits for."""
        if self.present is False:
            return False
        return self.owned.kind not in RUNNING or not self.owned.wait or self._is_up

    @property
    def _is_up(self) -> bool:
        return self.owned.state == "verified" and (self.health is None or self.health.is_whole)

    @property
    def causes(self) -> tuple[str, ...]:
        """Why a service is not up, as far as its tasks say, also where nobody waits for it. A task that is started
        again and again runs for moments in between, and its service is no better for that."""
        return self.health.causes if self.health and not self._is_up else ()


class StackStatus(Struct, frozen=True):
    """One stack. ``problem`` says why its record can't be read; there are no ``objects`` then.

    ``lease_left`` is in seconds by the server's clock, below 0 once the lease has run out; None where nobody
    has taken it or no clock is common.
    """

    record: Record
    objects: tuple[ObjectStatus, ...] = ()
    lease_left: float | None = None
    notes: tuple[str, ...] = ()
    problem: str = ""

    @property
    def is_held(self) -> bool:
        """Whether a run holds the lease, or may hold it."""
        return self.record.lease is not None and (self.lease_left is None or self.lease_left > 0)


class NodeStatus(NamedTuple):
    """A node that is not Ready: its id, its size and its status, as the API spells them (API: nodes)."""

    id: str
    size: str
    status: str


class ClusterStatus(Struct, frozen=True):
    """All stacks of a cluster that were asked for. ``tasks_missing``: the status that tasks answered, else 0.
    ``not_ready`` are its nodes that are not Ready; empty too where the API shows none."""

    id: str
    label: str
    stacks: tuple[StackStatus, ...]
    tasks_missing: int = 0
    not_ready: tuple[NodeStatus, ...] = ()


def clusters_document(clusters: Sequence[Cluster]) -> dict[str, Any]:
    """The clusters as JSON values."""
    return {"format_version": FORMAT_VERSION, "clusters": [asdict(cluster) for cluster in clusters]}


def status_document(clusters: Sequence[ClusterStatus]) -> dict[str, Any]:
    """The clusters and their stacks as JSON values."""
    return {
        "format_version": FORMAT_VERSION,
        "clusters": [
            {
                "id": cluster.id,
                "label": cluster.label,
                "tasks_shown": not cluster.tasks_missing,
                "nodes_not_ready": [node._asdict() for node in cluster.not_ready],
                "stacks": [_stack(stack) for stack in cluster.stacks],
            }
            for cluster in clusters
        ],
    }


def _stack(status: StackStatus) -> dict[str, Any]:
    record, lease = status.record, status.record.lease
    return {
        "stack": record.stack,
        "record": record.number,
        "problem": status.problem,
        "objects": [_standing(item) for item in status.objects],
        "pending": [
            {"action": intent.action, "kind": intent.owned.kind, "name": intent.owned.name}
            for intent in record.pending
        ],
        "applies": [
            {
                "when": applied.when,
                "who": applied.who,
                "commit": applied.commit,
                "counts": dict(applied.counts),
            }
            for applied in record.applies
        ],
        "lease": lease
        and {
            "holder": lease.holder,
            "held": status.is_held,
            "seconds_left": None if status.lease_left is None else round(status.lease_left, 1),
        },
        "notes": list(status.notes),
    }


def _standing(status: ObjectStatus) -> dict[str, Any]:
    owned = status.owned
    return {
        "kind": owned.kind,
        "name": owned.name,
        "live_name": owned.live_name,
        "id": owned.id,
        "state": owned.state,
        "retired": owned.retired,
        "protected": owned.protected,
        "source": owned.source and owned.source._asdict(),
        "present": status.present,
        "as_recorded": status.is_as_recorded,
        "running": None if status.health is None else len(status.health.running),
        "former": None if status.health is None else len(status.health.former),
        "replicas": status.replicas,
        "causes": list(status.causes),
        "image": status.image,
        "age_seconds": None if status.age is None else round(status.age),
    }
