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
    """What a service refers to: kind, name, and where in its spec."""
    for one in mounted(service.spec):
        yield one.kind, one.name, (one.field, one.item)
    for index, name in enumerate(service.depends_on):
        yield SERVICE.name, name, ("depends_on", index)


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """Every reference leads to something of the same stack; what is declared with errors counts."""
    suggestions = Suggestions()
    for one in desired:
        declared: set[Named] = {*one.manifests, *one.invalid}
        for manifest in of_kind(SERVICE, [one]):
            name = manifest.address.name
            for wanted, target, path in references(manifest):
                if (wanted, target) in declared:
                    continue
                close = suggestions.likely(
                    target, (each for of, each in declared if of == wanted and each != name)
                )
                hint = f"did you mean {close!r}?" if close else KINDS[wanted].declare
                if wanted == VOLUME.name and target.startswith(("/", ".", "~")):
                    hint = "only volumes can be mounted, no folders of the node"
                elif wanted == VOLUME.name and "{{" in target:
                    hint = "a template names volumes that nothing declares: declare one volume and write its name"
                yield error(
                    NAME,
                    manifest.marks(path),
                    f"service {name!r} refers to {wanted} {target!r}, which is not declared",
                    hint,
                )


CHECK = Check(NAME, "a service refers to a secret, config, volume or service that is not declared", check)
