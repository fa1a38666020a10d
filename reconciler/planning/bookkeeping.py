"""Plans changes of the record alone: another file declares an object, fields are no longer declared, or an object
is gone.

An object that another repository declared is taken over by a change instead, since that needs consent.
"""

from collections.abc import Iterator, Sequence

from msgspec.structs import fields, replace

from reconciler.diff import differences
from reconciler.kinds import KINDS
from reconciler.model import (
    Adopt,
    FieldChange,
    Manifest,
    Owned,
    RecordOnly,
    Replace,
    Source,
    Update,
    Write,
    are_of_one_repository,
)
from reconciler.model.reason import DeclaredBy
from reconciler.planning.draft import Draft, Facts
from reconciler.planning.earlier import sensitive_after
from reconciler.planning.fields import field_changes


def plan_bookkeeping(facts: Facts, draft: Draft) -> tuple[RecordOnly, ...]:
    """The entries of the record that change though the object itself is not written."""
    found: list[RecordOnly] = []
    to_write = {change.address for change in draft.changes}
    for owned in facts.owned:
        manifest = facts.desired.manifests.get((owned.kind, owned.name))
        if manifest is not None and facts.is_declared(owned):
            if facts.in_scope(owned.kind, owned.name):
                sensitive = sensitive_after(owned, manifest)
                if owned.retired or manifest.address in to_write:  # the write records it
                    sensitive = owned.sensitive
                found += _of_declared(facts, draft, owned, manifest, sensitive)
        elif not facts.options.targets and is_gone(facts, owned):
            found.append(RecordOnly(facts.address(owned.kind, owned.name), "gone", owned=owned))
    return tuple(found)


def _of_declared(
    facts: Facts, draft: Draft, owned: Owned, manifest: Manifest, sensitive: tuple[str, ...]
) -> Iterator[RecordOnly]:
    """The entries of a declared object; ``sensitive`` are the paths to record as sensitive."""
    before, after = facts.source(owned), manifest.source or owned.source
    if before and after and not are_of_one_repository(before, after):
        return  # another repository declared it: see plan_takeovers
    dropped, wait = _dropped(owned, manifest), manifest.lifecycle.wait
    if (owned.source, owned.wait, owned.sensitive) == (after, wait, sensitive) and not dropped:
        return
    applied = {name: value for name, value in owned.applied.items() if name not in dropped}
    recorded = replace(owned, source=after, applied=applied, wait=wait, sensitive=sensitive)
    if owned.source != after:
        file = after.file if after else ""
        yield RecordOnly(
            manifest.address, "file", _source_text(before, after), file, owned=owned, recorded=recorded
        )
    if owned.wait != wait:
        former, now = (str(seconds).lower() for seconds in (owned.wait, wait))
        yield RecordOnly(manifest.address, "wait", former, now, owned=owned, recorded=recorded)
    if owned.sensitive != sensitive:
        former, now = ", ".join(owned.sensitive), ", ".join(sensitive)
        yield RecordOnly(manifest.address, "sensitive", former, now, owned=owned, recorded=recorded)
    if dropped:
        stay = _as_they_stay(facts, draft, owned, manifest, dropped)
        yield RecordOnly(
            manifest.address, "fields", ", ".join(dropped), fields=stay, owned=owned, recorded=recorded
        )


def _source_text(before: Source | None, after: Source | None) -> str:
    if before is None:
        return ""
    return before.file if after and before.repository == after.repository else str(before)


def _dropped(owned: Owned, manifest: Manifest) -> list[str]:
    """The fields that were declared and are no longer declared; their live values stay."""
    if owned.retired:
        return []
    return sorted(KINDS[owned.kind].optional & owned.applied.keys() - manifest.spec.keys())


def _as_they_stay(
    facts: Facts, draft: Draft, owned: Owned, manifest: Manifest, names: Sequence[str]
) -> tuple[FieldChange, ...]:
    """The live values of fields that are no longer declared, one FieldChange for each value; none for fields that
    are not set.
    """
    live, kind = facts.still_there(owned), KINDS[owned.kind]
    if live is None:
        return ()
    nothing = {
        name: type(live.spec[name])() for name in names if isinstance(live.spec.get(name), list | dict)
    }
    unset = {name: nothing.get(name) for name in names}
    found = differences(kind, unset, live.spec)
    changes = field_changes(facts, draft, kind, found, manifest=manifest, live=live, owned=owned)
    return tuple(change._replace(drift=False) for change in changes)


def is_gone(facts: Facts, owned: Owned) -> bool:
    """Whether an object that is not declared does not exist live either.

    Objects that files outside the run declare do not count.
    """
    if KINDS[owned.kind].section in facts.live.missing or owned.kind not in facts.live.objects:
        return False
    key, source = (owned.kind, owned.name), facts.source(owned)
    is_ours = source is None or facts.is_covered(source) or facts.consent(key) is not None
    return is_ours and key not in facts.desired.invalid and facts.still_there(owned) is None


def plan_takeovers(facts: Facts, draft: Draft) -> None:
    """Add or mark changes for declared objects that another repository declared last: they need consent."""
    planned = {change.address: index for index, change in enumerate(draft.changes)}
    for (kind, name), before in facts.declared_before_elsewhere():
        manifest, owned = facts.desired.manifests[kind, name], facts.current(kind, name)
        if before is None or manifest.source is None or owned is None:
            continue
        if are_of_one_repository(before, manifest.source):
            continue
        if (index := planned.get(manifest.address)) is not None:
            change = draft.changes[index]
            if change.action != "delete":
                if isinstance(change, Replace | Adopt):
                    former = _former_taken_over(facts, manifest, change.retires)
                    change = replace(change, retires=(*change.retires, *former))
                draft.changes[index] = _taken_over(change, before)
        elif manifest.address in draft.unchanged and (live := facts.still_there(owned)):
            draft.unchanged.discard(manifest.address)
            adopted = Adopt(
                manifest.address,
                location=manifest.location,
                live_name=owned.live_name,
                desired=manifest,
                live=live,
                owned=owned,
                retires=_former_taken_over(facts, manifest, ()),
            )
            draft.changes.append(_taken_over(adopted, before))


def _former_taken_over(facts: Facts, manifest: Manifest, retires: Sequence[Owned]) -> tuple[Owned, ...]:
    """The old versions of an object as declared by this manifest's file, except those in ``retires``."""
    known = {owned.live_name for owned in retires}
    former = facts.retired(manifest.address.kind, manifest.address.name)
    return tuple(replace(owned, source=manifest.source) for owned in former if owned.live_name not in known)


def _taken_over(change: Write, before: Source) -> Write:
    taken = replace(change, reasons=(*change.reasons, DeclaredBy(before)), taken_from=before)
    return _as_adopt(taken) if taken.action == "update" else taken


def _as_adopt(change: Update) -> Adopt:
    """The same change as an adopt."""
    return Adopt(**{field.name: getattr(change, field.name) for field in fields(change)})
