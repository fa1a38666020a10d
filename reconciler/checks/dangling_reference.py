"""References to secrets, configs, volumes and services that the stack does not declare."""

from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, Suggestions, error, of_kind
from reconciler.kinds import KINDS
from reconciler.kinds.mounts import mounted
from reconciler.kinds.service import SERVICE
from reconciler.kinds.volume import VOLUME
from reconciler.model import Desired, Diagnostic, Manifest, Named, Path

NAME = "dangling-reference"


def references(service: Manifest) -> Iterator[tuple[str, str, Path]]:
    """The references of a service: kind, name, and place in its spec."""
    for mount in mounted(service.spec):
        yield mount.kind, mount.name, (mount.field, mount.item)
    for index, name in enumerate(service.depends_on):
        yield SERVICE.name, name, ("depends_on", index)


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """Every reference names an object that the same stack declares; objects with errors count as declared."""
    suggestions = Suggestions()
    for stack in desired:
        declared: set[Named] = {*stack.manifests, *stack.invalid}
        for manifest in of_kind(SERVICE, [stack]):
            name = manifest.address.name
            for wanted_kind, target, path in references(manifest):
                if (wanted_kind, target) in declared:
                    continue
                close = suggestions.likely(
                    target,
                    (
                        name_declared
                        for kind, name_declared in declared
                        if kind == wanted_kind and name_declared != name
                    ),
                )
                hint = f"did you mean {close!r}?" if close else KINDS[wanted_kind].declare
                if wanted_kind == VOLUME.name and target.startswith(("/", ".", "~")):
                    hint = "only volumes can be mounted, no folders of the node"
                elif wanted_kind == VOLUME.name and "{{" in target:
                    hint = "a template names volumes that nothing declares: declare one volume and write its name"
                yield error(
                    NAME,
                    manifest.marks(path),
                    f"service {name!r} refers to {wanted_kind} {target!r}, which is not declared",
                    hint,
                )


CHECK = Check(NAME, "a service refers to a secret, config, volume or service that is not declared", check)
