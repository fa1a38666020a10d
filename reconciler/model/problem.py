"""Problems of a run besides the outcomes of its changes: a type for each. ``render.outcomes`` words them."""

from msgspec import Struct

from reconciler.model.base import Address
from reconciler.model.failure import Failure
from reconciler.model.rollout import RolloutResult


class ServiceNotUp(Struct, frozen=True):
    """A service that the run does not write is not up, or its state is unknown."""

    address: Address
    rollout: RolloutResult


class StaysRolledBack(Struct, frozen=True):
    """The platform rolled a service back from the declared spec, which is not sent again."""

    address: Address


class NotRead(Struct, frozen=True):
    """An object is left unchanged, since its fields could not be read."""

    address: Address


class NotReady(Struct, frozen=True):
    """A declared object was not Ready in time, or its status could not be read."""

    address: Address
    failure: Failure


class NothingWritten(Struct, frozen=True):
    """Live state could not be read again under the lease, so no change of the stack was begun."""

    failure: Failure


class HostsNotRecorded(Struct, frozen=True):
    """Hosts could not be moved, and which service has them now could not be recorded."""

    failure: Failure


class RecordNotWritten(Struct, frozen=True):
    """The end of the run is not recorded: its pending changes are still in the record."""

    failure: Failure


class ClustersNotStarted(Struct, frozen=True):
    """Clusters (labels) in which nothing was done, since the cluster ``failed`` failed."""

    failed: str
    clusters: tuple[str, ...]


class AuditIncomplete(Struct, frozen=True):
    """Lines are missing in the audit file; ``error`` is the operating system's message."""

    error: str


RunProblem = (
    ServiceNotUp
    | StaysRolledBack
    | NotRead
    | NotReady
    | NothingWritten
    | HostsNotRecorded
    | RecordNotWritten
    | ClustersNotStarted
    | AuditIncomplete
    | Failure
)
"""A problem of a run. A ``Failure`` is why a stack could not be applied."""
