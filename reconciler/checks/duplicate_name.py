"""Names that are declared twice in a cluster: in another stack, or with different case."""

from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, error
from reconciler.kinds import KINDS
from reconciler.model import Desired, Diagnostic, Manifest

NAME = "duplicate-name"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """Names are unique in their cluster, ignoring case."""
    seen: dict[tuple[str, str, str], tuple[Manifest, str]] = {}
    for stack in desired:
        for (kind, name), manifest in stack.manifests.items():
            if manifest.spec.get("external"):
                continue  # several stacks may use an external object
            key = name.lower() if KINDS[kind].named else name
            first, there = seen.setdefault((stack.cluster, kind, key), (manifest, stack.stack))
            if first is manifest:
                continue
            other = first.address.name
            how = "is declared twice" if other == name else f"differs from {other!r} only in case"
            where = f" in the stack {there}" if there != stack.stack else ""
            hint = "keep one of the two, or rename one"
            if where and (KINDS[kind].versioned or KINDS[kind].has_data):
                hint += "; to use an object of another stack, declare it with external: true"
            yield error(
                NAME,
                manifest.location,
                f"{kind} {name!r} {how}; the first is at {first.location}{where}",
                hint,
            )


CHECK = Check(NAME, "a name is used twice in a cluster, or two names differ only in case", check)
