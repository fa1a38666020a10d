"""What is wrong with a run beside how its changes ended: a type for each. ``render.outcomes`` words them."""

from msgspec import Struct

from reconciler.model.base import Address
from reconciler.model.failure import Failure
from reconciler.model.rollout import RolloutResult


class ServiceNotUp(Struct, frozen=True):
    """A service that the run does not write is not up, or it is not known whether it is."""

    address: Address
    rollout: RolloutResult


class StaysRolledBack(Struct, frozen=True):
    """A service was rolled back with the spec that is declared, which is not sent again."""

    address: Address


class NotRead(Struct, frozen=True):
    """An object is left as it is, as its fields could not be read."""

    address: Address


class NotReady(Struct, frozen=True):
    """What is declared and there was not Ready in time, or that could not be read."""

    address: Address
    failure: Failure


class NothingWritten(Struct, frozen=True):
    """Live state could not be read again under the lease, so no change of a stack was begun."""

    failure: Failure


class HostsNotRecorded(Struct, frozen=True):
    """A move of hosts did not succeed, and which service has them now could not be recorded."""

    failure: Failure


class RecordNotWritten(Struct, frozen=True):
    """How the run ended is not recorded: its journal is still there."""

    failure: Failure


class ClustersNotStarted(Struct, frozen=True):
    """Nothing was done in these clusters, by label, since the cluster ``failed`` did."""

    failed: str
    clusters: tuple[str, ...]


class AuditIncomplete(Struct, frozen=True):
    """Lines are missing in the audit file; ``error`` is the operating system's text."""

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
"""A ``Failure`` alone is why a stack could not be applied."""
