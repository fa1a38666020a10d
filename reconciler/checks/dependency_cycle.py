"""Services that wait for each other."""

from collections.abc import Iterator, Sequence
from graphlib import CycleError, TopologicalSorter

from reconciler.checks.base import Check, error
from reconciler.kinds.service import SERVICE
from reconciler.model import Desired, Diagnostic

NAME = "dependency-cycle"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """``depends_on`` forms no cycle. One cycle per stack is reported."""
    for stack in desired:
        services = {
            name: manifest for (kind, name), manifest in stack.manifests.items() if kind == SERVICE.name
        }
        graph = {
            name: [dependency for dependency in manifest.depends_on if dependency in services]
            for name, manifest in services.items()
        }
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as cycle:
            names: list[str] = cycle.args[1][::-1]
            start = names.index(min(names))
            names = names[start:-1] + names[: start + 1] if names[0] == names[-1] else names
            first = services[names[0]]
            place = first.marks(("depends_on", first.depends_on.index(names[1])))
            message = f"services wait for each other: {' → '.join(map(_shown, names))}"
            yield error(NAME, place, message, "remove one of these from depends_on")


def _shown(name: str) -> str:
    return name if name.isprintable() else repr(name)


CHECK = Check(NAME, "services wait for each other by depends_on", check)
