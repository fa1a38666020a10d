"""``{{`` in what Docker expands as a template."""

from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, of_kind, warning
from reconciler.model import Desired, Diagnostic, Path, Spec

NAME = "template-characters"


def _expanded(spec: Spec) -> Iterator[tuple[Path, str]]:
    for key, text in spec.get("environment_variables", {}).items():
        yield ("environment_variables", key), text
    for index, mount in enumerate(spec.get("mounts", ())):
        yield ("mounts", index), f"{mount['source']} {mount['target']}"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """Docker expands Go templates in environment variables and mounts, and refuses those it does not know."""
    for service in of_kind("service", desired):
        for path, text in _expanded(service.spec):
            if "{{" in text:
                what = repr(path[-1]) if isinstance(path[-1], str) else "a mount"
                message = f"{what} holds {{{{, which Docker expands"
                yield warning(NAME, service.marks(path), message, "keep it if a template of Docker is meant")


CHECK = Check(NAME, "a value holds {{, which Docker expands as a template", check)
