"""An automatic rollback that can't start."""

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
            message = f"service {name!r} rolls back on failure, but watches for failures for 0 seconds"
            yield warning(
                NAME,
                service.marks(("update_monitor",)),
                message,
                "give update_monitor some seconds, such as 15",
            )
        if spec.get("update_max_failure_ratio", 0) >= 1:
            message = f"service {name!r} rolls back on failure, but every container may fail first"
            place = service.marks(("update_max_failure_ratio",))
            yield warning(NAME, place, message, "give update_max_failure_ratio a share below 1, such as 0.25")


CHECK = Check(
    NAME,
    "an update that fails is to be rolled back, but no failure would be seen",
    check,
    of_absence=True,
    warns=True,
)
