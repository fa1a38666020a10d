"""References to secrets, configs, volumes and services that the stack does not declare."""

from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, Suggestions, error
from reconciler.model import Desired, Diagnostic, Manifest, Named, Path

NAME = "dangling-reference"
DECLARE = {
    "secret": "declare it under secrets; external: true if somebody else makes it",
    "config": "declare it under configs; external: true if somebody else makes it",
    "volume": "declare it under volumes: NAME: {}",
    "service": "declare it under services",
}


def references(service: Manifest) -> Iterator[tuple[str, str, Path]]:
    """What a service refers to: kind, name, and where in its spec."""
    for field, kind in (("secrets", "secret"), ("configs", "config")):
        for index, item in enumerate(service.spec.get(field, ())):
            yield kind, item["name"], (field, index)
    for index, mount in enumerate(service.spec.get("mounts", ())):
        yield "volume", mount["source"], ("mounts", index)
    for index, name in enumerate(service.depends_on):
        yield "service", name, ("depends_on", index)


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """Every reference leads to something of the same stack; what is declared with errors counts."""
    suggestions = Suggestions()
    for one in desired:
        declared: set[Named] = {*one.manifests, *one.invalid}
        for (kind, name), manifest in one.manifests.items():
            if kind != "service":
                continue
            for wanted, target, path in references(manifest):
                if (wanted, target) in declared:
                    continue
                close = suggestions.likely(
                    target, (each for of, each in declared if of == wanted and each != name)
                )
                hint = f"did you mean {close!r}?" if close else DECLARE[wanted]
                if wanted == "volume" and target.startswith(("/", ".", "~")):
                    hint = "only volumes can be mounted, no folders of the node"
                elif wanted == "volume" and "{{" in target:
                    hint = "a template names volumes that nothing declares: declare one volume and write its name"
                yield error(
                    NAME,
                    manifest.marks(path),
                    f"service {name!r} refers to {wanted} {target!r}, which is not declared",
                    hint,
                )


CHECK = Check(NAME, "a service refers to a secret, config, volume or service that is not declared", check)
