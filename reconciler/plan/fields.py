"""Differences as a reviewer sees them: sensitive values masked, changes made outside git told apart."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from reconciler import digest
from reconciler.diff import Difference, differences
from reconciler.kinds import Kind
from reconciler.kinds.webhook import host
from reconciler.model import FieldChange, Live, Owned, Sensitive, Spec
from reconciler.normalize import comparable
from reconciler.plan.draft import Draft, Facts


def field_changes(
    facts: Facts,
    draft: Draft,
    kind: Kind,
    found: Iterable[Difference],
    *,
    live: Live | None = None,
    owned: Owned | None = None,
) -> tuple[FieldChange, ...]:
    """One FieldChange per difference, in the order given."""
    changes = []
    for one in found:
        sensitive = is_sensitive(facts, kind, one)
        before, after = one.live, one.desired
        if sensitive:
            before, after = _masked(draft, kind, before), _masked(draft, kind, after)
        drift = live is not None and owned is not None and _drifted(facts, kind, one, live.spec, owned)
        changes.append(FieldChange(one.path, before, after, sensitive, drift))
    return tuple(changes)


def is_sensitive(facts: Facts, kind: Kind, one: Difference) -> bool:
    """By the kind's own rule for either value, or by the patterns that the run adds."""
    key = one.keys[0] if one.keys else ""
    if kind.sensitive(one.field, key, one.live) or kind.sensitive(one.field, key, one.desired):
        return True
    return one.field == "environment_variables" and any(
        fnmatchcase(key, pattern) for pattern in facts.options.mask
    )


def new_fields(facts: Facts, draft: Draft, kind: Kind, spec: Spec) -> tuple[FieldChange, ...]:
    """The fields of an object that is to be created, those that are unset or as they are by default left out.

    None of them was anything before: a default is not what is changed.
    """
    found = (Difference(one.field, one.keys, None, one.desired) for one in differences(kind, spec, {}))
    return field_changes(facts, draft, kind, found)


def _masked(draft: Draft, kind: Kind, value: Any) -> Any:
    if value is None:
        return None
    shown = f"{host(value)} " if kind.name == "webhook" and isinstance(value, Sensitive) else ""
    return shown + draft.mask()


def _drifted(facts: Facts, kind: Kind, one: Difference, live: Spec, owned: Owned) -> bool:
    """Whether the live leaf is not what was last applied; false where nothing was ever applied to it.

    What a failed rollout or its rollback left is not somebody's change.
    """
    applied = owned.applied
    if one.field not in applied or owned.state in {"failed", "rolled back"}:
        return False
    if digest.is_masked(kind.name, one.field):
        last = applied[one.field]
        last = last.get(one.keys[0]) if one.keys and isinstance(last, Mapping) else last
        return (
            digest.same_as_applied(kind.name, one.path, one.live, last, key=facts.options.digest_key) is False
        )
    left, right = comparable(kind, one.field, applied[one.field], live.get(one.field))
    for key in one.keys:
        left = left.get(key) if isinstance(left, Mapping) else None
        right = right.get(key) if isinstance(right, Mapping) else None
    return bool(left != right)
