"""Planning deletes: only what the record holds, only what left the manifests, never what something still uses."""

from collections.abc import Mapping

from reconciler.kinds import KINDS
from reconciler.kinds.service import is_managed
from reconciler.model import Change, Live, Owned
from reconciler.plan.draft import Draft, Facts


def plan_prune(facts: Facts, draft: Draft, mounted: Mapping[str, frozenset[str]]) -> tuple[Owned, ...]:
    """Add the deletes of what is owned and no longer declared. Returns what is released: forgotten, not deleted."""
    released, leaving = [], []
    for owned in facts.record.owned:
        if (owned.kind, owned.name) in facts.desired.manifests or owned.kind == "node":
            continue
        if (owned.kind, owned.name) in facts.desired.released:
            released.append(owned)
        elif live := _still_there(facts, owned):
            leaving.append((owned, live))
    if leaving and not _same_path(facts) and not facts.options.prune:
        names = ", ".join(
            str(facts.address(owned.kind, owned.name)) for owned, _ in leaving if not owned.retired
        )
        draft.notes.append(
            f"this run is of {facts.options.path}, the record was written by {facts.record.path}: nothing is "
            f"deleted. Not declared here: {names}. Use --prune to delete them."
        )
        return tuple(released)
    for owned, live in leaving:
        _leave(facts, draft, owned, live, mounted)
    return tuple(released)


def _same_path(facts: Facts) -> bool:
    return not facts.record.path or facts.record.path == facts.options.path


def _still_there(facts: Facts, owned: Owned) -> Live | None:
    if owned.kind == "webhook":
        return next((one for one in facts.live.objects.get("webhook", ()) if one.id == owned.id), None)
    live = facts.found(owned.kind, owned.live_name)
    return live if live and owned.id in ("", live.id) else None


def _leave(
    facts: Facts, draft: Draft, owned: Owned, live: Live, mounted: Mapping[str, frozenset[str]]
) -> None:
    name = owned.live_name if owned.retired else owned.name
    address = facts.address(owned.kind, name)
    if owned.live_name in mounted.get(owned.kind, ()):
        if not owned.retired:
            draft.notes.append(f"{address} left the manifests, but a service still mounts it: kept.")
        return
    if owned.kind == "service" and is_managed(live.name, str(live.spec.get("image") or "")):
        draft.refusals.append(f"{address} is the platform's load balancer. It is never deleted.")
        return
    consent = facts.desired.removed.get((owned.kind, owned.name))
    draft.changes.append(
        Change(
            address,
            "delete",
            reason="a former version of what left the manifests"
            if owned.retired
            else "it left the manifests",
            location=consent,
            live_name=owned.live_name,
            live=live,
            owned=owned,
            consented=owned.retired or consent is not None,
        )
    )


def stale_consents(facts: Facts, draft: Draft) -> None:
    """Warn of names under ``removed`` that stand for nothing (any more)."""
    for (kind, name), _ in sorted(facts.desired.removed.items(), key=lambda item: item[0]):
        if kind == "node":
            continue
        owned = facts.current(kind, name)
        if owned and _still_there(facts, owned):
            continue
        live = facts.found(kind, name)
        what = "is not ours, so it is not deleted" if live and not owned else "names nothing (any more)"
        draft.notes.append(f"removed.{KINDS[kind].section}: {name} {what}.")
