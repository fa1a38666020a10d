"""The results of ``status`` and ``clusters``: plain values, and the same as JSON values.

Pure. They contain nothing of the applied specs, not even digests.
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
    """A cluster that the token can access (API: clusters). Fields that the server did not return are ""."""

    id: str
    label: str
    provider: str
    region: str


class ObjectStatus(Struct, frozen=True):
    """The current state of one managed object. ``present`` is None if it could not be looked up.

    ``health`` is set for a service if the API shows tasks; ``replicas`` is the wanted number. ``image`` is the live
    image, ``age`` the age of the oldest running task in seconds, None if unknown.
    """

    owned: Owned
    present: bool | None
    health: Health | None = None
    replicas: int | None = None
    image: str = ""
    age: float | None = None

    @property
    def is_as_recorded(self) -> bool:
        """Whether a service exists, was verified and runs.

        Other objects, and a service with ``lifecycle: {wait: false}``, must only exist. An object that could not be
        looked up counts as existing.
        """
        if self.present is False:
            return False
        return self.owned.kind not in RUNNING or not self.owned.wait or self._is_up

    @property
    def _is_up(self) -> bool:
        return self.owned.state == "verified" and (self.health is None or self.health.is_whole)

    @property
    def causes(self) -> tuple[str, ...]:
        """The messages of its tasks if a service is not up, also with ``lifecycle: {wait: false}``.

        They also show a task that fails and restarts repeatedly, though it runs at times.
        """
        return self.health.causes if self.health and not self._is_up else ()


class StackStatus(Struct, frozen=True):
    """One stack. ``problem`` says why its record cannot be read; ``objects`` is then empty.

    ``lease_left`` is in seconds of the server's clock, negative after the lease has expired; None if there is no
    lease or the server's time is unknown.
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
    """A node that is not Ready: its id, size and status as the API returns them (API: nodes)."""

    id: str
    size: str
    status: str


class ClusterStatus(Struct, frozen=True):
    """A cluster with the requested stacks.

    ``tasks_missing`` is the HTTP status if tasks could not be listed, else 0. ``not_ready`` are its nodes that are
    not Ready; also empty if the API shows no nodes.
    """

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
