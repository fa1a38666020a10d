"""Two stacks of one cluster that name different companies."""

from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, error
from reconciler.model import Desired, Diagnostic

NAME = "company-conflict"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """A cluster belongs to one company."""
    first: dict[str, Desired] = {}
    for stack in desired:
        if stack.company is None:
            continue
        other = first.setdefault(stack.cluster, stack)
        if other.company != stack.company:
            message = f"cluster {stack.cluster!r} is of company {stack.company!r} here, and of {other.company!r} at "
            yield error(
                NAME,
                stack.location,
                f"{message}{other.location}",
                "write the same company in both, or in one only",
            )


CHECK = Check(NAME, "two stacks of one cluster name different companies", check)
