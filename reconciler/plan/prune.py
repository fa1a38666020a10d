"""Planning deletes: only what the record holds, only what left the manifests, never what something still uses."""

from collections.abc import Mapping

from reconciler.kinds import KINDS
from reconciler.kinds.service import is_managed
from reconciler.model import Change, Live, Owned
from reconciler.plan.draft import Draft, Facts
from reconciler.plan.versions import version_address


def plan_prune(facts: Facts, draft: Draft, mounted: Mapping[str, frozenset[str]]) -> tuple[Owned, ...]:
    """Add the deletes of what is owned and no longer declared. Returns what is released: forgotten, not deleted."""
    gone = leaving(facts)
    if may_delete(facts):
        for owned, live in gone:
            _leave(facts, draft, owned, live, mounted)
    elif names := ", ".join(str(facts.address(one.kind, one.name)) for one, _ in gone if not one.retired):
        draft.notes.append(
            f"this run is of {facts.options.path}, the record was written by {facts.record.path}: nothing is "
            f"deleted. Not declared here: {names}. Use --prune to delete them."
        )
    return tuple(one for one in facts.owned if _is_released(facts, one))


def may_delete(facts: Facts) -> bool:
    """Whether what is not declared may be taken to have left the manifests: the record is of the same PATH."""
    return facts.options.prune or facts.record.path in ("", facts.options.path)


def leaving(facts: Facts) -> list[tuple[Owned, Live]]:
    """What is ours and there, and neither declared nor released."""
    return [
        (one, live)
        for one in facts.owned
        if not (facts.is_declared(one) or _is_released(facts, one)) and (live := facts.still_there(one))
    ]


def _is_released(facts: Facts, owned: Owned) -> bool:
    return (owned.kind, owned.name) in facts.desired.released and not facts.is_declared(owned)


def _leave(
    facts: Facts, draft: Draft, owned: Owned, live: Live, mounted: Mapping[str, frozenset[str]]
) -> None:
    address = version_address(facts, owned) if owned.retired else facts.address(owned.kind, owned.name)
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
        if owned and facts.still_there(owned):
            continue
        live = facts.found(kind, name)
        what = "is not ours, so it is not deleted" if live and not owned else "names nothing (any more)"
        draft.notes.append(f"removed.{KINDS[kind].section}: {name} {what}.")
