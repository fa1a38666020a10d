"""Field changes as a reviewer sees them: sensitive values masked, changes made outside git marked as drift."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from reconciler import digest
from reconciler.diff import Difference, differences
from reconciler.document import as_masked
from reconciler.kinds import KINDS, Kind
from reconciler.model import Create, FieldChange, Live, Manifest, Masked, Owned, Part, Sensitive, Spec
from reconciler.model.reason import PlainReason, Reason
from reconciler.normalize import comparable
from reconciler.planning.draft import Draft, Facts
from reconciler.planning.earlier import was_sensitive
from reconciler.planning.masks import MASK, mask_pair, mask_whole


def field_changes(
    facts: Facts,
    draft: Draft,
    kind: Kind,
    found: Iterable[Difference],
    *,
    manifest: Manifest,
    live: Live | None = None,
    owned: Owned | None = None,
) -> tuple[FieldChange, ...]:
    """A FieldChange for each difference, in the same order.

    Without ``live`` and ``owned``, none of them is marked as drift.
    """
    changes = []
    for difference in found:
        before, after, sensitive = _shown(facts, draft, kind, difference, manifest, live=live, owned=owned)
        drift = live is not None and owned is not None and _drifted(facts, kind, difference, live.spec, owned)
        changes.append(FieldChange(difference.field, before, after, sensitive, drift, difference.keys))
    return tuple(changes)


def why_changed(fields: Sequence[FieldChange]) -> tuple[Reason, ...]:
    """The reason of an update: all or some of its fields were changed outside git; empty if none was."""
    drifted = sum(1 for field in fields if field.drift)
    if not drifted:
        return ()
    if drifted == len(fields):
        return (PlainReason.CHANGED_OUTSIDE_GIT,)
    return (PlainReason.PARTLY_CHANGED_OUTSIDE_GIT,)


def create(
    facts: Facts, draft: Draft, kind: Kind, manifest: Manifest, *, spec: Spec, owned: Owned | None
) -> Create:
    """The change that creates an object. ``owned`` is its entry in the record, if it existed before."""
    return Create(
        manifest.address,
        fields=new_fields(facts, draft, kind, spec, manifest),
        reasons=(PlainReason.DELETED_OUTSIDE_GIT,) if owned else (),
        location=manifest.location,
        live_name=manifest.address.name,
        spec=spec,
        desired=manifest,
        owned=owned,
    )


def new_fields(
    facts: Facts, draft: Draft, kind: Kind, spec: Spec, manifest: Manifest
) -> tuple[FieldChange, ...]:
    """The fields of an object that is created, except those that are unset or have their default value.

    ``before`` is always None, even if the field has a default.
    """
    found = (
        Difference(difference.field, difference.keys, None, difference.desired)
        for difference in differences(kind, spec, {})
    )
    return field_changes(facts, draft, kind, found, manifest=manifest)


def data_change(
    facts: Facts, draft: Draft, manifest: Manifest, live: Live | None, *, owned: Owned | None
) -> FieldChange:
    """The change of a secret's or config's data.

    A secret's values are always masked. A value that cannot be read or is not available gets a mask without a
    number. It is drift if the recorded object was deleted outside git.
    """
    drift = owned is not None and live is None
    if KINDS[manifest.address.kind].write_only:
        at_hand = manifest.spec.get("data") is not None
        before, after = (Masked(MASK) if live else None), Masked(draft.mask() if at_hand else MASK)
        return FieldChange("data", before, after, sensitive=True, drift=drift)
    kind = KINDS[manifest.address.kind]
    difference = Difference("data", (), live.spec["data"] if live else None, manifest.spec["data"])
    before, after, sensitive = _shown(facts, draft, kind, difference, manifest, live=live, owned=owned)
    return FieldChange("data", before, after, sensitive, drift)


def unchanged_value(
    facts: Facts, draft: Draft, kind: Kind, field: str, *, manifest: Manifest, live: Live, owned: Owned | None
) -> Any:
    """The live value of a field that does not change, as it may be shown."""
    difference = Difference(field, (), live.spec.get(field), live.spec.get(field))
    return _shown(facts, draft, kind, difference, manifest, live=live, owned=owned)[0]


def deleted_value(facts: Facts, owned: Owned, live: Live, field: str) -> str:
    """The live text of a field of an object that no manifest declares, as it may be shown; "" if there is none."""
    text = str(live.spec.get(field) or "")
    if text and (was_sensitive(owned, field, is_as_applied=False) or _matches(facts, field)):
        return MASK
    shown, _, _ = mask_pair(text, None, lambda: MASK, unshown=facts.options.unshown)
    return str(shown)


def shown_host(facts: Facts, manifest: Manifest | None, host: str) -> str:
    """A host that a manifest declares, as messages may show it."""
    if _matches(facts, "hosts"):
        return MASK
    landed = _landed(facts, Difference("hosts", (), None, None), manifest) if manifest else ()
    _, shown, _ = mask_pair(None, host, lambda: MASK, landed)
    return str(shown)


def _matches(facts: Facts, *names: str) -> bool:
    """Whether a mask pattern of the run matches one of these names."""
    return any(fnmatchcase(name, pattern) for name in names for pattern in facts.options.mask)


def _shown(
    facts: Facts,
    draft: Draft,
    kind: Kind,
    difference: Difference,
    manifest: Manifest,
    *,
    live: Live | None,
    owned: Owned | None,
) -> tuple[Any, Any, bool]:
    """Both values of a difference as they may be shown, and whether any part is masked."""
    before, after = difference.live, difference.desired
    if show := kind.shown.get(difference.field):
        return _part_alone(draft, show, before), _part_alone(draft, show, after), True
    if _is_sensitive(facts, kind, difference, manifest):
        return mask_whole(before, after, draft.mask)
    landed = _landed(facts, difference, manifest)
    if before is not None and not landed and _was_sensitive(facts, kind, difference, live, owned):
        masked_before, _, _ = mask_whole(before, None, draft.mask)
        _, shown_after, _ = mask_pair(None, after, draft.mask)
        return masked_before, as_masked(shown_after), True
    return mask_pair(before, after, draft.mask, landed, unshown=facts.options.unshown)


def _was_sensitive(
    facts: Facts, kind: Kind, difference: Difference, live: Live | None, owned: Owned | None
) -> bool:
    """Whether the live value was sensitive when it was applied."""
    if live is None or owned is None:
        return False
    is_as_applied = _is_as_applied(facts, kind, difference, live.spec, owned)
    return was_sensitive(owned, difference.path, is_as_applied=is_as_applied is True)


def _is_sensitive(facts: Facts, kind: Kind, difference: Difference, manifest: Manifest) -> bool:
    """Whether a value must be masked as a whole: by its kind's rule, by the manifest, or by the mask patterns of
    the run.
    """
    key = difference.keys[0] if difference.keys else ""
    if any(
        value is not None and kind.sensitive(difference.field, key, value)
        for value in (difference.live, difference.desired)
    ):
        return True
    if difference.field in manifest.sensitive:
        return True
    names = {
        difference.field,
        difference.path,
        key if difference.field == "environment_variables" else difference.field,
    }
    names |= {manifest.address.name} if difference.field == "data" else set()
    return _matches(facts, *names)


def _landed(facts: Facts, difference: Difference, manifest: Manifest) -> list[tuple[Part, ...]]:
    """The texts of the field that contain variables; variables that match the mask patterns of the run are marked
    as sensitive.
    """
    key = difference.keys[0] if difference.field == "environment_variables" and difference.keys else ""
    mask = facts.options.mask
    return [
        tuple(
            part._replace(sensitive=True)
            if part.variable and any(fnmatchcase(part.variable, pattern) for pattern in mask)
            else part
            for part in parts
        )
        for parts in manifest.landed.get((difference.field, key), ())
    ]


def _part_alone(draft: Draft, show: Callable[[Sensitive], str], value: Any) -> Any:
    """The part of a sensitive value that may be shown, followed by a mask."""
    if value is None:
        return None
    return Masked(f"{show(value)} {draft.mask()}" if isinstance(value, Sensitive) else draft.mask())


def _drifted(facts: Facts, kind: Kind, difference: Difference, live: Spec, owned: Owned) -> bool:
    """Whether a live value differs from the last applied value; false if none was applied.

    After a failed rollout or a rollback no difference counts as drift.
    """
    if difference.field not in owned.applied or owned.state in {"failed", "rolled back"}:
        return False
    return _is_as_applied(facts, kind, difference, live, owned) is False


def _is_as_applied(facts: Facts, kind: Kind, difference: Difference, live: Spec, owned: Owned) -> bool | None:
    """Whether a live value is the value that was applied last; None if that is unknown."""
    applied = owned.applied
    if difference.field not in applied:
        return None
    if digest.is_masked(kind.name, difference.field):
        last, digest_key = applied[difference.field], facts.options.digest_key
        last = last.get(difference.keys[0]) if difference.keys and isinstance(last, Mapping) else last
        return digest.same_as_applied(
            kind.name, difference.field, difference.live, last, key=digest_key, keys=difference.keys
        )
    recorded_value, live_value = comparable(
        kind, difference.field, applied[difference.field], live.get(difference.field)
    )
    for key in difference.keys:
        recorded_value = recorded_value.get(key) if isinstance(recorded_value, Mapping) else None
        live_value = live_value.get(key) if isinstance(live_value, Mapping) else None
    return bool(recorded_value == live_value)
