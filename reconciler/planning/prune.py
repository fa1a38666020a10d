"""Plans deletes of recorded objects that are no longer declared. Secrets and configs that services use are kept."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from reconciler.kinds import KINDS, RUNNING, VERSIONED
from reconciler.kinds.service import is_platform_service
from reconciler.model import Delete, Kept, Live, Named, Owned
from reconciler.model.note import KeptInUse, KeptMounted, Mount, Note, RemovedNothing, RemovedNotManaged
from reconciler.model.reason import DeclaredBy, KeptVersion, PlainReason, Reason
from reconciler.model.refusal import ObjectFault, RefusedObject, RemovedAndDeclared
from reconciler.planning.bookkeeping import is_gone
from reconciler.planning.draft import Draft, Facts
from reconciler.planning.external import is_external
from reconciler.planning.fields import deleted_value
from reconciler.planning.uses import Use, UsedAs, Uses, users_of
from reconciler.planning.versions import version_address


class ToLookUp(NamedTuple):
    """The objects to search for in other manifests of the repository.

    ``may_be_declared``: objects that would be deleted, and objects that a file outside the run declared last.
    ``may_be_twice``: all other objects that are declared here.
    """

    may_be_declared: frozenset[Named]
    may_be_twice: frozenset[Named]


def plan_prune(facts: Facts, draft: Draft, uses: Uses) -> tuple[Owned, ...]:
    """Add deletes of managed objects that are no longer declared, and notes on those that are kept.

    Returns the released objects, which are forgotten and not deleted.
    """
    for owned, live in leaving(facts):
        kept = why_kept(facts, owned)
        if kept is None:
            _leave(facts, draft, owned, live, uses)
        elif not owned.retired or facts.current(owned.kind, owned.name) is None:
            draft.kept.append(kept)
            _refuse_contradiction(facts, draft, owned, kept)
    return tuple(entry for entry in facts.owned if _is_released(facts, entry) and not is_gone(facts, entry))


def leaving(facts: Facts) -> list[tuple[Owned, Live]]:
    """Managed objects that exist live and are neither declared nor released."""
    return [
        (entry, live)
        for entry in facts.owned
        if not (facts.is_declared(entry) or _is_released(facts, entry)) and (live := facts.still_there(entry))
    ]


def why_kept(facts: Facts, owned: Owned) -> Kept | None:
    """Why an object that the manifests do not declare is kept; None if it may be deleted."""
    key = (owned.kind, owned.name)
    address = version_address(facts, owned) if owned.retired else facts.address(*key)
    there, source = facts.options.elsewhere.get(key), facts.source(owned)
    if there and there.how == "declared":
        return Kept(address, "declared", there.source)
    if facts.consent(key) or facts.options.prune:
        return None
    if source is None:
        return Kept(address, "not recorded")
    if not facts.is_covered(source):
        return Kept(address, "elsewhere", source)
    return Kept(address, there.how, there.source) if there else None


def to_look_for(facts: Facts) -> ToLookUp:
    """The objects to search for in the other manifests of the repository."""
    deleted = {(entry.kind, entry.name) for entry, _ in leaving(facts) if why_kept(facts, entry) is None}
    declared = {
        key
        for key, manifest in facts.desired.manifests.items()
        if facts.in_scope(*key) and manifest.source is not None and not is_external(manifest)
    }
    before = {key for key, _ in facts.declared_before_elsewhere()}
    return ToLookUp(frozenset(deleted | before), frozenset(declared - before - deleted))


def _refuse_contradiction(facts: Facts, draft: Draft, owned: Owned, kept: Kept) -> None:
    consent = facts.consent((owned.kind, owned.name))
    if consent and kept.why == "declared" and kept.source:
        section = KINDS[owned.kind].section
        draft.refusals.append(RemovedAndDeclared(kept.address, section, consent, kept.source.file))


def _is_released(facts: Facts, owned: Owned) -> bool:
    return (owned.kind, owned.name) in facts.desired.released and not facts.is_declared(owned)


def _leave(facts: Facts, draft: Draft, owned: Owned, live: Live, uses: Uses) -> None:
    address = version_address(facts, owned) if owned.retired else facts.address(owned.kind, owned.name)
    key = (owned.kind, owned.name)
    consent, replaced = facts.consent(key), facts.options.replaced.get(key)
    needed = uses.get((owned.kind, owned.live_name), ()) if owned.kind in VERSIONED else ()
    if needed and (consent is None or any(use.how == "mounts" for use in needed)):
        draft.notes += [] if owned.retired else [_kept(facts, owned, needed)]
        return
    if owned.kind in RUNNING and is_platform_service(live.name, str(live.spec.get("image") or "")):
        draft.refusals.append(RefusedObject(address, ObjectFault.PLATFORM_SERVICE_DELETED))
        return
    draft.changes.append(
        Delete(
            address,
            reasons=_reasons(facts, owned),
            location=consent,
            live_name=owned.live_name,
            live=live,
            owned=owned,
            runs=deleted_value(facts, owned, live, "image"),
            consented=owned.retired or consent is not None,
            replaced_by=replaced.to if replaced and key not in facts.desired.removed else "",
        )
    )


def _reasons(facts: Facts, owned: Owned) -> tuple[Reason, ...]:
    """Why an object is deleted; includes the file that declared it, if that is outside the run."""
    source = facts.source(owned)
    what = PlainReason.NOT_DECLARED_OLD_VERSION if owned.retired else PlainReason.NOT_DECLARED
    if source is None:
        return what, PlainReason.FILE_NOT_RECORDED
    return (what,) if facts.is_covered(source) else (what, DeclaredBy(source))


def _kept(facts: Facts, owned: Owned, needed: Sequence[Use]) -> Note:
    """The note on an object that is no longer declared but still used: which services use it."""
    address = facts.address(owned.kind, owned.name)
    uses = [use for use in needed if use.how == "mounts"]
    if uses:
        declared = [use for use in uses if (use.kind, use.user) in facts.desired.manifests]
        return KeptMounted(
            address, owned.live_name, _mounts(uses), _mounts(declared or uses), are_declared=bool(declared)
        )
    how: UsedAs = "recorded" if any(use.how == "recorded" for use in needed) else "previous"
    kept = KeptVersion(owned.live_name, how, users_of(needed, how))
    return KeptInUse(address, KINDS[owned.kind].section, kept)


def _mounts(uses: Iterable[Use]) -> tuple[Mount, ...]:
    return tuple(Mount(use.user, use.field, use.stack) for use in uses)


def stale_consents(facts: Facts, draft: Draft) -> None:
    """Note the names under ``removed`` that match no managed object."""
    for (kind, name), _ in sorted(facts.desired.removed.items(), key=lambda item: item[0]):
        if KINDS[kind].capacity:
            continue  # the planner of its kind notes these
        owned = facts.current(kind, name)
        if owned and facts.still_there(owned):
            continue
        live = facts.found(kind, name)
        section = KINDS[kind].section
        is_unmanaged = live is not None and owned is None
        draft.notes.append(
            RemovedNotManaged(section, name) if is_unmanaged else RemovedNothing(section, name)
        )
