"""What can be said of manifests without asking the server. A new check is a file here and a line in ``CHECKS``.

``check_schema`` looks at the shape of documents, ``check`` at what they mean together. Never reads a file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

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
"""Findings of one check in one run that are shown."""


def check(desired: Sequence[Desired]) -> tuple[Diagnostic, ...]:
    """What every check finds, sorted by place; of each the first ``MOST_FOUND``, and an error if there are more.

    Warnings that a manifest allows are left out.
    """
    found: set[Diagnostic] = set()
    whole = tuple(_whole(one) for one in desired)
    allowed = {name for one in desired for manifest in one.manifests.values() for name in manifest.allowed}
    for each in CHECKS:
        asked = whole if each.of_absence else tuple(desired)
        findings = _findings(each, asked) if each.name in allowed else each.check(asked)
        some = list(islice(findings, MOST_FOUND + 1))
        found.update(some[:MOST_FOUND])
        if len(some) > MOST_FOUND:
            message = f"more than {MOST_FOUND:,} findings: {each.description}"
            hint = "correct those that are shown, then validate again"
            say = error if any(one.severity == "error" for one in some) else warning
            found.add(say(each.name, desired[0].location, message, hint))
    found.update(_unknown_allowances(desired))
    return tuple(sorted(found, key=lambda one: (one.location, one.check, one.message)))


def _findings(each: Check, desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """What a check finds; its warnings only of the manifests that do not allow them."""
    asked = [_without_allowed(one, each.name) for one in desired]
    yield from (one for one in each.check(desired) if one.severity == "error")
    yield from (one for one in each.check(asked) if one.severity == "warning")


def _without_allowed(desired: Desired, name: str) -> Desired:
    kept = {named: one for named, one in desired.manifests.items() if name not in one.allowed}
    return desired if len(kept) == len(desired.manifests) else replace(desired, manifests=kept)


def _unknown_allowances(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """``allow`` names a check that gives warnings: an error can't be allowed."""
    names = {each.name for each in CHECKS if each.warns}
    suggestions = Suggestions()
    for one in desired:
        places = {name: place for name, place in one.allowed.items() if name not in names}
        for manifest in one.manifests.values():
            for name in manifest.allowed.keys() - names - places.keys():
                places[name] = manifest.marks(("lifecycle", "allow", name))
        for name, place in places.items():
            close = suggestions.likely(name, names)
            hint = f"did you mean {close}?" if close else f"accepted: {', '.join(sorted(names))}"
            yield error("allow", place, f"{name!r} is not the name of a check that warns", hint)


def _whole(desired: Desired) -> Desired:
    """Without the manifests that lack a field for which an error was already reported."""
    if not desired.partial:
        return desired
    kept = {named: one for named, one in desired.manifests.items() if named not in desired.partial}
    return replace(desired, manifests=kept)


__all__ = ["CHECKS", "Check", "bundle", "check", "check_schema"]
