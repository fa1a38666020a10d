"""``{{`` in values that Docker expands as templates."""

from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, of_kind, warning
from reconciler.kinds.service import SERVICE
from reconciler.model import Desired, Diagnostic

NAME = "template-characters"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """Docker expands Go templates in environment variables, and refuses those it does not know.

    It expands those in the source of a mount as well, but such a volume cannot be declared: see dangling-reference.
    """
    for service in of_kind(SERVICE, desired):
        for key, text in service.spec.get("environment_variables", {}).items():
            if "{{" in text:
                message = f"{key!r} holds {{{{, which Docker expands as a template"
                hint = 'write {{ as {{"{{"}} to keep the characters {{ themselves'
                yield warning(NAME, service.marks(("environment_variables", key)), message, hint)


CHECK = Check(NAME, "a value holds {{, which Docker expands as a template", check, warns=True)
