"""Checks of manifests that need no server. A new check is a file here and a line in ``CHECKS``.

``check_schema`` checks the form of documents, ``check`` what they mean together. Never reads a file.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from msgspec.structs import replace

from reconciler.checks.base import Check, Suggestions, error, warning
from reconciler.checks.company_conflict import CHECK as COMPANY_CONFLICT
from reconciler.checks.consent_conflict import CHECK as CONSENT_CONFLICT
from reconciler.checks.content import CHECK as CONTENT
from reconciler.checks.dangling_reference import CHECK as DANGLING_REFERENCE
from reconciler.checks.dependency_cycle import CHECK as DEPENDENCY_CYCLE
from reconciler.checks.dns_name import CHECK as DNS_NAME
from reconciler.checks.duplicate_name import CHECK as DUPLICATE_NAME
from reconciler.checks.duplicate_target import CHECK as DUPLICATE_TARGET
from reconciler.checks.floating_image import CHECK as FLOATING_IMAGE
from reconciler.checks.healthcheck import CHECK as HEALTHCHECK
from reconciler.checks.host_name import CHECK as HOST_NAME
from reconciler.checks.image_reference import CHECK as IMAGE_REFERENCE
from reconciler.checks.ingress import CHECK as INGRESS
from reconciler.checks.limit import CHECK as LIMIT
from reconciler.checks.literal_credential import CHECK as LITERAL_CREDENTIAL
from reconciler.checks.missing_image import CHECK as MISSING_IMAGE
from reconciler.checks.missing_source import CHECK as MISSING_SOURCE
from reconciler.checks.mounted_twice import CHECK as MOUNTED_TWICE
from reconciler.checks.moved import CHECK as MOVED
from reconciler.checks.placement_constraint import CHECK as PLACEMENT_CONSTRAINT
from reconciler.checks.refused_name import CHECK as REFUSED_NAME
from reconciler.checks.reserved_name import CHECK as RESERVED_NAME
from reconciler.checks.schema import bundle, check_schema
from reconciler.checks.shared_host import CHECK as SHARED_HOST
from reconciler.checks.stateful_mount import CHECK as STATEFUL_MOUNT
from reconciler.checks.template_characters import CHECK as TEMPLATE_CHARACTERS
from reconciler.checks.unbraced_variable import CHECK as UNBRACED_VARIABLE
from reconciler.checks.unmonitored_rollback import CHECK as UNMONITORED_ROLLBACK
from reconciler.checks.variable_name import CHECK as VARIABLE_NAME
from reconciler.checks.webhook_url import CHECK as WEBHOOK_URL
from reconciler.model import Desired, Diagnostic

CHECKS: tuple[Check, ...] = (
    DUPLICATE_NAME,
    RESERVED_NAME,
    REFUSED_NAME,
    DNS_NAME,
    LIMIT,
    MISSING_IMAGE,
    IMAGE_REFERENCE,
    MISSING_SOURCE,
    DANGLING_REFERENCE,
    DEPENDENCY_CYCLE,
    CONSENT_CONFLICT,
    MOVED,
    COMPANY_CONFLICT,
    SHARED_HOST,
    HOST_NAME,
    INGRESS,
    HEALTHCHECK,
    DUPLICATE_TARGET,
    MOUNTED_TWICE,
    STATEFUL_MOUNT,
    PLACEMENT_CONSTRAINT,
    UNMONITORED_ROLLBACK,
    FLOATING_IMAGE,
    LITERAL_CREDENTIAL,
    TEMPLATE_CHARACTERS,
    UNBRACED_VARIABLE,
    CONTENT,
    VARIABLE_NAME,
    WEBHOOK_URL,
)
MOST_FOUND = 1_000
"""Findings of a check that are shown."""


def check(desired: Sequence[Desired]) -> tuple[Diagnostic, ...]:
    """The findings of all checks, sorted by place: at most ``MOST_FOUND`` of each, and a line if there are more.

    Warnings that a manifest allows are left out.
    """
    found: set[Diagnostic] = set()
    usable = tuple(_without_partial(stack) for stack in desired)
    allowed = {
        name for stack in desired for manifest in stack.manifests.values() for name in manifest.allowed
    }
    for single_check in CHECKS:
        stacks = usable if single_check.of_absence else tuple(desired)
        findings = (
            _findings(single_check, stacks) if single_check.name in allowed else single_check.check(stacks)
        )
        shown = list(islice(findings, MOST_FOUND + 1))
        found.update(shown[:MOST_FOUND])
        if len(shown) > MOST_FOUND:
            message = f"more than {MOST_FOUND:,} findings: {single_check.description}"
            hint = "correct those that are shown, then validate again"
            make = error if any(diagnostic.severity == "error" for diagnostic in shown) else warning
            found.add(make(single_check.name, desired[0].location, message, hint))
    found.update(_unknown_allowances(desired))
    return tuple(
        sorted(found, key=lambda diagnostic: (diagnostic.location, diagnostic.check, diagnostic.message))
    )


def _findings(single_check: Check, desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """The errors that a check finds, and its warnings about manifests that do not allow them."""
    without_allowed = [_without_allowed(stack, single_check.name) for stack in desired]
    yield from (diagnostic for diagnostic in single_check.check(desired) if diagnostic.severity == "error")
    yield from (
        diagnostic for diagnostic in single_check.check(without_allowed) if diagnostic.severity == "warning"
    )


def _without_allowed(desired: Desired, name: str) -> Desired:
    kept = {key: manifest for key, manifest in desired.manifests.items() if name not in manifest.allowed}
    return desired if len(kept) == len(desired.manifests) else replace(desired, manifests=kept)


def _unknown_allowances(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """``allow`` names a check that gives warnings: an error cannot be allowed."""
    names = {single_check.name for single_check in CHECKS if single_check.warns}
    suggestions = Suggestions()
    for stack in desired:
        places = {name: place for name, place in stack.allowed.items() if name not in names}
        for manifest in stack.manifests.values():
            for name in manifest.allowed.keys() - names - places.keys():
                places[name] = manifest.marks(("lifecycle", "allow", name))
        for name, place in places.items():
            close = suggestions.likely(name, names)
            hint = f"did you mean {close}?" if close else f"accepted: {', '.join(sorted(names))}"
            yield error("allow", place, f"{name!r} is not the name of a check that warns", hint)


def _without_partial(desired: Desired) -> Desired:
    """``desired`` without the manifests that lack a field for which an error was already reported."""
    if not desired.partial:
        return desired
    kept = {key: manifest for key, manifest in desired.manifests.items() if key not in desired.partial}
    return replace(desired, manifests=kept)


__all__ = ["CHECKS", "Check", "bundle", "check", "check_schema"]
