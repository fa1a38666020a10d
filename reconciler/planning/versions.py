"""Plans versions of secrets and configs. The API cannot change either, so each new value is a new object.

Decides which version is current, whether a new one is created, and which old ones are kept or deleted.
"""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple, TypedDict

from msgspec.structs import replace

from reconciler.kinds import RUNNING, VERSIONED, Kind
from reconciler.kinds.mounts import mounted
from reconciler.kinds.versions import split, versioned
from reconciler.model import (
    Address,
    Adopt,
    Change,
    Create,
    Delete,
    FieldChange,
    Live,
    Location,
    Manifest,
    Named,
    Owned,
    Replace,
    Spec,
)
from reconciler.model.note import OldVersionsStay
from reconciler.model.reason import KeptVersions, NewVersion, NotManaged, PlainReason, Reason
from reconciler.planning.draft import Draft, Facts
from reconciler.planning.external import is_external, resolve_external
from reconciler.planning.fields import data_change
from reconciler.planning.uses import Uses, kept_version


class Content(NamedTuple):
    """How the contents of a kind are compared.

    ``is_same``       whether the live version holds the declared value; None if unknown
    ``why_replaced``  why a new version is needed, if it does not
    ``is_adopted_as_it_is``  whether an existing unmanaged object is adopted without a new version
    """

    is_same: Callable[[Facts, Draft, Manifest, Owned, Live], bool | None]
    why_replaced: Callable[[Facts, Manifest, Owned, Live], PlainReason]
    is_adopted_as_it_is: Callable[[Facts, Draft, Manifest, Live], bool]


def plan_versions(facts: Facts, draft: Draft, kind: Kind, content: Content) -> None:
    """Plan every declared object of a kind, and set the live names that services will mount in ``draft.live_names``."""
    for _, manifest in facts.declared(kind.name):
        if is_external(manifest):
            resolve_external(facts, draft, manifest)
        else:
            _plan_version(facts, draft, manifest, content)


def _plan_version(facts: Facts, draft: Draft, manifest: Manifest, content: Content) -> None:
    kind, name = manifest.address.kind, manifest.address.name
    owned = facts.current(kind, name)
    live = facts.still_there(owned) if owned else None
    if owned and live:
        known = content.is_same(facts, draft, manifest, owned, live)
        if known is None:
            draft.unchecked.append(manifest.address)
        if known is not False:
            draft.live_names[kind, name] = live.name
            draft.unchanged.add(manifest.address)
            return
        reason = content.why_replaced(facts, manifest, owned, live)
        version = _next_version(facts, draft, manifest, reason, owned=owned, live=live)
        retires = (_retiring(facts, manifest, owned),)
        draft.changes.append(Replace(manifest.address, **version, live=live, owned=owned, retires=retires))
    elif owned:
        version = _next_version(facts, draft, manifest, PlainReason.DELETED_OUTSIDE_GIT, owned=owned)
        draft.changes.append(Create(manifest.address, **version, owned=owned))
    elif adoptable := [
        candidate
        for candidate in facts.versions(kind, name)
        if not (facts.owner(candidate) or facts.is_ours(candidate))
    ]:
        _adopt(facts, draft, manifest, adoptable, content)
    else:
        draft.changes.append(Create(manifest.address, **_next_version(facts, draft, manifest, None)))


def _adopt(facts: Facts, draft: Draft, manifest: Manifest, found: list[Live], content: Content) -> None:
    kind, name = manifest.address.kind, manifest.address.name
    *older, newest = found
    retires = tuple(_retired(manifest, live) for live in older if split(live.name)[1])
    reason = NotManaged(newest.name)
    if not content.is_adopted_as_it_is(facts, draft, manifest, newest):
        version = _next_version(facts, draft, manifest, reason, live=newest)
        retires = (*retires, _retired(manifest, newest))
        draft.changes.append(Adopt(manifest.address, **version, live=newest, retires=retires))
        return
    draft.live_names[kind, name] = newest.name
    draft.changes.append(
        Adopt(
            manifest.address,
            reasons=(reason,),
            location=manifest.location,
            live_name=newest.name,
            spec=manifest.spec,
            desired=manifest,
            live=newest,
            retires=retires,
        )
    )


class _Version(TypedDict):
    """The fields that all changes with a new version share."""

    fields: tuple[FieldChange, ...]
    reasons: tuple[Reason, ...]
    location: Location
    live_name: str
    spec: Spec
    desired: Manifest


def _next_version(
    facts: Facts,
    draft: Draft,
    manifest: Manifest,
    reason: Reason | None,
    *,
    owned: Owned | None = None,
    live: Live | None = None,
) -> _Version:
    """A new version. Its number is one more than the highest existing number, of any owner."""
    kind, name = manifest.address.kind, manifest.address.name
    names = [version.name for version in facts.versions(kind, name)] + [
        entry.live_name for entry in facts.retired(kind, name)
    ]
    names += [owned.live_name] if owned else []
    live_name = versioned(name, 1 + max((split(existing)[1] for existing in names), default=0))
    draft.live_names[kind, name] = live_name
    if manifest.spec.get("data") is None:
        draft.unchecked.append(manifest.address)
    return _Version(
        fields=(data_change(facts, draft, manifest, live, owned=owned),),
        reasons=(reason, NewVersion(live_name)) if reason else (),
        location=manifest.location,
        live_name=live_name,
        spec=manifest.spec,
        desired=manifest,
    )


def _retired(manifest: Manifest, live: Live) -> Owned:
    _, kind, name = manifest.address
    return Owned(kind, name, live.name, live.id, retired=True, source=manifest.source)


def _retiring(facts: Facts, manifest: Manifest, owned: Owned) -> Owned:
    """The current version as an old version, recorded for the file that declares the new one.

    Its state is ``failed`` if services were given it and none was seen to work with it.
    """
    named = (owned.kind, owned.live_name)
    users = [
        service
        for service in facts.owned
        if service.kind in RUNNING
        and named in {(mount.kind, mount.name) for mount in mounted(service.applied)}
    ]
    never = users and all(service.state in ("failed", "rolled back") for service in users)
    source = manifest.source or owned.source
    return replace(owned, retired=True, source=source, state="failed" if never else "verified")


def plan_sweep(facts: Facts, draft: Draft, uses: Uses) -> None:
    """Add deletes of old versions, except the last one that worked and those that a service uses.

    The versions kept beside a new version become a reason of its change.
    """
    planned = {
        (change.address.kind, change.address.name): index
        for index, change in enumerate(draft.changes)
        if change.action != "delete"
    }
    for kind in VERSIONED:
        for name, manifest in facts.declared(kind):
            if is_external(manifest):
                continue
            at = planned.get((kind, name))
            former = _former(facts, kind, name, draft.changes[at].retires if at is not None else ())
            kept = {owned.live_name for owned in former if (kind, owned.live_name) in uses}
            kept |= {owned.live_name for owned in [owned for owned in former if owned.state != "failed"][:1]}
            draft.changes += [
                _delete_version(facts, owned, live)
                for owned in former
                if owned.live_name not in kept and (live := facts.still_there(owned))
            ]
            if kept and at is not None and not _is_first(draft.changes[at]):
                versions = tuple(
                    kept_version(owned.live_name, uses.get((kind, owned.live_name), ()))
                    for owned in former
                    if owned.live_name in kept
                )
                change = draft.changes[at]
                draft.changes[at] = replace(change, reasons=(*change.reasons, KeptVersions(versions)))


def _is_first(change: Change) -> bool:
    """Whether a change creates the first version of an object."""
    return change.action == "create" and change.owned is None


def hold_lone_sweep(facts: Facts, draft: Draft) -> None:
    """Postpone deletes of old versions that other stacks use, if the plan has no other change.

    Such a stack may be applied later in the same run and only then stop using a version. Without this rule, a plan
    right after that run would not be empty.
    """
    if facts.options.targets or draft.verify or draft.held:
        return
    shared = {
        (owned.kind, owned.name)
        for owned in facts.owned
        if (owned.kind, owned.live_name) in facts.options.foreign_uses
    }
    if not draft.changes or not all(_is_sweep_of(change, shared) for change in draft.changes):
        return
    draft.notes.append(OldVersionsStay(tuple(change.live_name for change in draft.changes)))
    draft.changes.clear()


def _is_sweep_of(change: Change, among: Collection[Named]) -> bool:
    """Whether a change deletes an old version of one of the objects ``among``, without consent under ``removed``."""
    owned = change.owned if isinstance(change, Delete) and change.location is None else None
    return owned is not None and owned.retired and (owned.kind, owned.name) in among


def _former(facts: Facts, kind: str, name: str, retires: Sequence[Owned]) -> list[Owned]:
    """The old versions that exist, newest first, including ``retires``."""
    former = {owned.live_name: owned for owned in (*facts.retired(kind, name), *retires)}
    newest_first = sorted(former.values(), key=lambda owned: split(owned.live_name)[1], reverse=True)
    return [owned for owned in newest_first if facts.still_there(owned)]


def version_address(facts: Facts, old: Owned) -> Address:
    """The address of an old version.

    An adopted one without a number is version 0, so that it differs from the current version's address.
    """
    return facts.address(old.kind, versioned(old.name, split(old.live_name)[1]))


def _delete_version(facts: Facts, old: Owned, live: Live) -> Delete:
    return Delete(
        version_address(facts, old),
        reasons=(PlainReason.OLD_VERSION,),
        live_name=old.live_name,
        live=live,
        owned=old,
        consented=True,
    )
