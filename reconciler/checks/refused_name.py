"""Names that Docker refuses or that the record cannot hold; reported here, so that an apply does not fail halfway."""

from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, error
from reconciler.kinds import KINDS
from reconciler.model import Desired, Diagnostic

NAME = "refused-name"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """Every name follows the rule for its kind; an external object may have a longer name."""
    for stack in desired:
        for (kind, name), manifest in stack.manifests.items():
            rule = KINDS[kind].name_rule
            if manifest.spec.get("external"):
                rule = KINDS[kind].external_name_rule or rule
            if rule and not rule.pattern.fullmatch(name):
                shown = name if len(name) <= 70 else name[:69] + "…"
                message = f"{kind} cannot be named {shown!r}"
                yield error(NAME, manifest.location, message, f"accepted: {rule.accepted}")


CHECK = Check(NAME, "Docker does not accept a name, or the record cannot hold it", check)
