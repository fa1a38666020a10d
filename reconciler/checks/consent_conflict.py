"""Objects under ``removed`` or ``released`` that are also declared."""

from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, error
from reconciler.kinds.node import NODE
from reconciler.model import Desired, Diagnostic

NAME = "consent-conflict"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """An object under removed or released is not declared, and is not under both."""
    for stack in desired:
        for field, consents in (("removed", stack.removed), ("released", stack.released)):
            for (kind, name), place in consents.items():
                manifest = stack.manifests.get((kind, name))
                if manifest and kind != NODE.name:
                    message = f"{kind} {name!r} is {field} here and declared at {manifest.location}"
                    yield error(NAME, place, message, "keep one of the two")
        for kind, name in sorted(stack.removed.keys() & stack.released.keys()):
            message = f"{kind} {name!r} is released here and removed at {stack.removed[kind, name]}"
            hint = "removed deletes it, released keeps it but stops managing it: keep one of the two"
            yield error(NAME, stack.released[kind, name], message, hint)


CHECK = Check(NAME, "an object under removed or released is also declared, or is under both", check)
