"""An automatic rollback that cannot start."""

from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, of_kind, warning
from reconciler.kinds.service import SERVICE
from reconciler.model import Desired, Diagnostic

NAME = "unmonitored-rollback"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """A rollback needs a monitor time above 0 and a failure ratio below 1."""
    for service in of_kind(SERVICE, desired):
        spec, name = service.spec, service.address.name
        if spec.get("update_failure_action") != "rollback":
            continue
        if spec.get("update_monitor") == 0:
            message = (
                f"service {name!r} rolls back on failure, but monitors for 0 seconds, so it sees no failure"
            )
            yield warning(
                NAME,
                service.marks(("update_monitor",)),
                message,
                "set update_monitor to some seconds, such as 15",
            )
        if spec.get("update_max_failure_ratio", 0) >= 1:
            message = f"service {name!r} rolls back on failure, but update_max_failure_ratio lets every container fail"
            place = service.marks(("update_max_failure_ratio",))
            yield warning(NAME, place, message, "set update_max_failure_ratio below 1, such as 0.25")


CHECK = Check(
    NAME,
    "a failed update would never be rolled back",
    check,
    of_absence=True,
    warns=True,
)
