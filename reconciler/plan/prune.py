"""Planning deletes: only what the record holds, only what left the manifests, never what something still uses."""

from collections.abc import Iterable, Sequence

from reconciler.kinds import KINDS
from reconciler.kinds.service import is_managed
from reconciler.kinds.versions import KINDS_WITH_VERSIONS
from reconciler.model import Change, Live, Owned
from reconciler.plan.draft import Draft, Facts
from reconciler.plan.uses import Use, Uses
from reconciler.plan.versions import version_address


def plan_prune(facts: Facts, draft: Draft, uses: Uses) -> tuple[Owned, ...]:
    """Add the deletes of what is owned and no longer declared. Returns what is released: forgotten, not deleted."""
    gone = leaving(facts)
    if may_delete(facts):
        for owned, live in gone:
            _leave(facts, draft, owned, live, uses)
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


def _leave(facts: Facts, draft: Draft, owned: Owned, live: Live, uses: Uses) -> None:
    address = version_address(facts, owned) if owned.retired else facts.address(owned.kind, owned.name)
    consent = facts.desired.removed.get((owned.kind, owned.name))
    needed = uses.get((owned.kind, owned.live_name), ()) if owned.kind in KINDS_WITH_VERSIONS else ()
    if needed and (consent is None or any(one.how == "mounts" for one in needed)):
        draft.notes += [] if owned.retired else [_kept(facts, owned, needed)]
        return
    if owned.kind == "service" and is_managed(live.name, str(live.spec.get("image") or "")):
        draft.refusals.append(f"{address} is the platform's load balancer. It is never deleted.")
        return
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


def _kept(facts: Facts, owned: Owned, needed: Sequence[Use]) -> str:
    """What is not declared any more and kept: which services need it, and what to do."""
    what = f"{facts.address(owned.kind, owned.name)} ({owned.live_name}) is not declared any more and is kept"
    mounts = [one for one in needed if one.how == "mounts"]
    previous = _services(one for one in needed if one.how == "previous")
    elsewhere = ", ".join(dict.fromkeys(one.service for one in needed if one.how == "recorded"))
    if mounts:
        who = ", ".join(f"service {one.service} in its {one.field}" for one in mounts)
        return f"{what}: it is mounted by {who}. {_remedy(facts, mounts)}"
    if elsewhere:
        return f"{what}: it is in use by {elsewhere}."
    return (
        f"{what}: the previous spec of {previous} mounts it, and the platform can roll back to that. It is deleted in "
        f"a later apply, once {previous} was changed again; to delete it now, name it under "
        f"removed.{KINDS[owned.kind].section}."
    )


def _remedy(facts: Facts, mounts: Sequence[Use]) -> str:
    ours = [one for one in mounts if ("service", one.service) in facts.desired.manifests]
    fields = dict.fromkeys(f"{one.field} of service {one.service}" for one in ours or mounts)
    how = "give the whole list without it ([] for none)" if ours else "they are not declared here"
    return f"To delete it, take it out of {', '.join(fields)}: {how}."


def _services(uses: Iterable[Use]) -> str:
    return ", ".join(dict.fromkeys(f"service {one.service}" for one in uses))


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
