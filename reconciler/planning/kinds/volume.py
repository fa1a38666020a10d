"""Plans volumes. A volume has only a name, so it cannot differ; its data must not be lost."""

from reconciler.kinds.volume import VOLUME
from reconciler.model import Adopt, Create
from reconciler.model.reason import NotManaged, PlainReason
from reconciler.model.refusal import OtherCase, OwnedByStack
from reconciler.planning.draft import Draft, Facts
from reconciler.planning.external import is_external, resolve_external


def plan(facts: Facts, draft: Draft) -> None:
    """Plan creates of missing volumes and adopts of existing ones."""
    for name, manifest in facts.declared(VOLUME.name):
        if is_external(manifest):
            resolve_external(facts, draft, manifest)
            continue
        owned, live = facts.current(VOLUME.name, name), facts.found(VOLUME.name, name)
        if live and owned and owned.id in ("", live.id):
            draft.unchanged.add(manifest.address)
            continue
        if live and (stack := facts.owner(live)):
            draft.refusals.append(OwnedByStack(manifest.address, stack))
            continue
        namesake = facts.namesake(VOLUME.name, name)
        if live is None and namesake:
            draft.refusals.append(OtherCase(manifest.address, namesake.name))
            continue
        if live:
            draft.changes.append(
                Adopt(
                    manifest.address,
                    reasons=(NotManaged(),),
                    location=manifest.location,
                    live_name=name,
                    desired=manifest,
                    live=live,
                    owned=owned,
                )
            )
            continue
        draft.changes.append(
            Create(
                manifest.address,
                reasons=(PlainReason.DELETED_OUTSIDE_GIT_WITH_DATA,) if owned else (),
                location=manifest.location,
                live_name=name,
                desired=manifest,
                owned=owned,
            )
        )
