"""Plans services: which to create, change or adopt, which to verify again, and which are held after a rollback."""

from typing import Any

from reconciler import digest
from reconciler.diff import Difference, differences
from reconciler.kinds.mounts import KIND_MOUNTED
from reconciler.kinds.service import REFERENCES, SERVICE, TEMPLATE, is_platform_service
from reconciler.kinds.unknown import lost_in_lists, unknown_fields, unsupported
from reconciler.model import Adopt, Live, Manifest, Owned, Spec, Update
from reconciler.model.note import AboutObject, Fact, MovingTag
from reconciler.model.reason import NotManaged, PlainReason
from reconciler.model.refusal import (
    ObjectFault,
    OtherCase,
    OwnedByStack,
    Refusal,
    RefusedObject,
    WouldLoseFields,
)
from reconciler.normalize import is_unset
from reconciler.planning.draft import Draft, Facts
from reconciler.planning.fields import create, field_changes, unchanged_value, why_changed


def plan(facts: Facts, draft: Draft) -> None:
    """Plan every declared service. The live names of its secrets and configs must already be in the draft."""
    for name, manifest in facts.declared(SERVICE.name):
        spec = resolved(draft, manifest.spec)
        live = facts.found(SERVICE.name, name)
        owned = facts.current(SERVICE.name, name)
        if refusal := _never(facts, manifest, spec, live):
            draft.refusals.append(refusal)
        elif live is None:
            set_fields = {field: value for field, value in spec.items() if not is_unset(value)}
            draft.changes.append(create(facts, draft, SERVICE, manifest, spec=set_fields, owned=owned))
        elif owned and owned.id in ("", live.id):
            _update(facts, draft, manifest, spec, live=live, owned=owned)
        else:
            _adopt(facts, draft, manifest, spec, live=live, owned=owned)


def resolved(draft: Draft, spec: Spec) -> Spec:
    """The spec with the live names of secrets and configs, including those of versions that the plan creates."""
    result: dict[str, Any] = dict(spec)
    for section in REFERENCES:
        if spec.get(section):
            kind = KIND_MOUNTED[section]
            result[section] = [
                {**item, "name": draft.live_names.get((kind, item["name"]), item["name"])}
                for item in spec[section]
            ]
    return result


def _never(facts: Facts, manifest: Manifest, spec: Spec, live: Live | None) -> Refusal | None:
    """Why this service must not be written, whatever the options are; None if it may."""
    address = manifest.address
    if is_platform_service(address.name, spec.get("image") or "") or (
        live and is_platform_service(live.name, _image(live))
    ):
        return RefusedObject(address, ObjectFault.PLATFORM_SERVICE_WRITTEN)
    if live and (stack := facts.owner(live)):
        return OwnedByStack(address, stack)
    namesake = facts.namesake(SERVICE.name, address.name)
    if live is None and namesake:
        return OtherCase(address, namesake.name)
    return None


def _image(live: Live) -> str:
    return str(live.spec.get("image") or "")


def _update(facts: Facts, draft: Draft, manifest: Manifest, spec: Spec, *, live: Live, owned: Owned) -> None:
    managed = without_ignored(manifest, spec, live.spec)
    found = differences(SERVICE, managed, live.spec)
    if not found:
        draft.unchanged.add(manifest.address)
        if owned.state != "verified":
            draft.declared[manifest.address.name] = digest.masked(
                SERVICE.name, managed, key=facts.options.digest_key
            )
            if manifest.lifecycle.wait:
                draft.verify.append(owned)
    elif _is_held(facts, managed, owned):
        draft.unchanged.add(manifest.address)
        if manifest.lifecycle.wait:
            draft.held.append(manifest.address)
        else:
            draft.notes.append(AboutObject(manifest.address, Fact.HELD_AND_NOT_WAITED_FOR))
    else:
        if why_not := unsupported(live.body, facts.options.keep):  # shown too, so that drift is seen
            draft.refusals.append(_would_lose(facts, manifest, live, why_not))
        draft.changes.append(_change(facts, draft, manifest, managed, found, live=live, owned=owned))


def _is_held(facts: Facts, managed: Spec, owned: Owned) -> bool:
    """Whether exactly this spec was rolled back when it was last sent."""
    if owned.state != "rolled back" or facts.options.retry:
        return False
    return bool(digest.masked(SERVICE.name, managed, key=facts.options.digest_key) == owned.applied)


def _adopt(
    facts: Facts, draft: Draft, manifest: Manifest, spec: Spec, *, live: Live, owned: Owned | None
) -> None:
    managed = without_ignored(manifest, spec, live.spec)
    found = differences(SERVICE, managed, live.spec)
    reason = PlainReason.NAME_TAKEN_OUTSIDE_GIT if owned else NotManaged()
    if found and (why_not := unsupported(live.body, facts.options.keep)):
        draft.refusals.append(_would_lose(facts, manifest, live, why_not))
        return
    change = _change(facts, draft, manifest, managed, found, live=live, owned=None)
    draft.changes.append(
        Adopt(
            manifest.address,
            fields=change.fields,
            reasons=(reason,),
            location=change.location,
            live_name=change.live_name,
            spec=change.spec,
            desired=manifest,
            live=live,
            owned=owned,
            restarts=change.restarts,
            keeps=change.keeps,
        )
    )


def _would_lose(facts: Facts, manifest: Manifest, live: Live, why_not: str) -> WouldLoseFields:
    unknown = tuple(field for field in unknown_fields(live.body) if field not in facts.options.keep)
    return WouldLoseFields(manifest.address, why_not, () if lost_in_lists(live.body) else unknown)


def _change(
    facts: Facts,
    draft: Draft,
    manifest: Manifest,
    spec: Spec,
    found: tuple[Difference, ...],
    *,
    live: Live,
    owned: Owned | None,
) -> Update:
    fields = field_changes(facts, draft, SERVICE, found, manifest=manifest, live=live, owned=owned)
    starts_tasks = any(field.field in TEMPLATE for field in found)
    if starts_tasks and not {"image", "placement_constraints"} & {field.field for field in found}:
        image = unchanged_value(facts, draft, SERVICE, "image", manifest=manifest, live=live, owned=owned)
        _note_moving_tag(draft, manifest, live, image)
    return Update(
        manifest.address,
        fields=fields,
        reasons=why_changed(fields),
        location=manifest.location,
        live_name=live.name,
        spec=spec,
        desired=manifest,
        live=live,
        owned=owned,
        restarts=(live.name,) if starts_tasks else (),
        keeps=tuple(sorted(facts.options.keep)),
    )


def _note_moving_tag(draft: Draft, manifest: Manifest, live: Live, shown: str) -> None:
    """Note that new tasks pull the tag again, if the live image has no digest (Docker: service update)."""
    image = _image(live)
    if image and "@" not in image:
        draft.notes.append(MovingTag(manifest.address, shown))


def without_ignored(manifest: Manifest, spec: Spec, live: Spec) -> Spec:
    """The spec without the fields under ``ignore_changes``, which are used on create and then keep their live values.

    For a single key, such as ``environment_variables.NAME``, the live value replaces the declared one.
    """
    ignored = manifest.lifecycle.ignore_changes
    managed = {field: value for field, value in spec.items() if field not in ignored}
    for field, _, key in (path.partition(".") for path in ignored):
        if key and field in managed:
            live_items = live.get(field) or {}
            kept = {name: value for name, value in (managed[field] or {}).items() if name != key}
            managed[field] = {**kept, key: live_items[key]} if key in live_items else kept
    return managed
