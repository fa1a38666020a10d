"""Health checks without a path or port, or with wrong times."""

from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, of_kind, warning
from reconciler.kinds.service import SERVICE
from reconciler.model import Desired, Diagnostic

NAME = "healthcheck"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """A health check has a path that begins with /, and its timeout is not longer than its interval."""
    for service in of_kind(SERVICE, desired):
        spec, name = service.spec, service.address.name
        path, interval, timeout = (
            spec.get(f"healthcheck_{part}") or None for part in ("path", "interval", "timeout")
        )
        if path and not path.startswith("/"):
            hint = f"write {'/' + path!r}" if "://" not in path else "write the path alone, such as /healthz"
            yield warning(NAME, service.marks(("healthcheck_path",)), f"{path!r} is not a path", hint)
        if path is None and (interval or timeout):
            place = service.marks(("healthcheck_interval" if interval else "healthcheck_timeout",))
            yield warning(
                NAME,
                place,
                f"service {name!r} has health check times, but no healthcheck_path",
                "add healthcheck_path",
            )
        if (path and "port" in spec and not spec["port"]) or (path and "port" not in spec):
            message = f"service {name!r} has healthcheck_path, but no port"
            hint = "add port: the port that the container listens on"
            yield warning(NAME, service.marks(("healthcheck_path",)), message, hint)
        if interval is not None and timeout is not None and timeout > interval:
            message = f"a health check may take {timeout} s, but the next one starts after {interval} s"
            place = service.marks(("healthcheck_timeout",))
            yield warning(NAME, place, message, "set healthcheck_timeout no longer than healthcheck_interval")


CHECK = Check(
    NAME,
    "a health check has no path or no port, or its timeout is longer than its interval",
    check,
    of_absence=True,
    warns=True,
)
