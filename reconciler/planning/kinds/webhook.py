"""Plans webhooks. Only their ids are unique."""

from reconciler.diff import differences
from reconciler.kinds.webhook import WEBHOOK
from reconciler.model import COMPANY, Adopt, Live, Manifest, Update
from reconciler.model.note import WebhooksNotRead
from reconciler.model.reason import NotManaged
from reconciler.model.refusal import InPreview, OwnedByStack, SameWebhooks
from reconciler.planning.draft import Draft, Facts
from reconciler.planning.fields import create, field_changes, why_changed


def plan(facts: Facts, draft: Draft) -> None:
    """Match webhooks by recorded id, else by label and cluster; several matches are refused."""
    declared = list(facts.declared(WEBHOOK.name))
    if WEBHOOK.section in facts.live.missing:
        _unseen(facts, draft, facts.live.missing[WEBHOOK.section], declared=bool(declared))
        return
    cluster_id = "" if facts.desired.cluster == COMPANY else facts.live.cluster_id
    for name, manifest in declared:
        spec = {**manifest.spec, "cluster_id": cluster_id}
        owned = facts.current(WEBHOOK.name, name)
        matches = [
            webhook
            for webhook in facts.live.objects.get(WEBHOOK.name, ())
            if owned and webhook.id == owned.id
        ]
        has_owned = bool(matches)
        matches = matches or [
            webhook
            for webhook in facts.live.objects.get(WEBHOOK.name, ())
            if webhook.name == name and webhook.spec["cluster_id"] == cluster_id
        ]
        if "url" not in spec:  # its URL is not available, so nothing is decided
            draft.unchecked.append(manifest.address)
            if has_owned:
                draft.unchanged.add(manifest.address)
        elif len(matches) > 1:
            ids = tuple(match.id for match in matches)
            draft.refusals.append(SameWebhooks(manifest.address, ids))
        elif not matches:
            draft.changes.append(create(facts, draft, WEBHOOK, manifest, spec=spec, owned=owned))
        else:
            _change(facts, draft, manifest, spec, matches[0], ours=has_owned)


def _unseen(facts: Facts, draft: Draft, status: int, *, declared: bool) -> None:
    """Plan nothing, since the list could not be read (``status``); managed webhooks stay recorded."""
    if declared:
        draft.refusals.append(InPreview(WEBHOOK.section, "", status))
    elif owned_hooks := [
        owned for owned in facts.owned if owned.kind == WEBHOOK.name and not facts.is_declared(owned)
    ]:
        addresses = tuple(facts.address(WEBHOOK.name, owned.name) for owned in owned_hooks)
        draft.notes.append(WebhooksNotRead(status, addresses))


def _change(
    facts: Facts, draft: Draft, manifest: Manifest, spec: dict[str, object], live: Live, *, ours: bool
) -> None:
    owned = facts.current(WEBHOOK.name, manifest.address.name) if ours else None
    found = differences(WEBHOOK, {**spec, "label": manifest.address.name}, live.spec)
    if ours and not found:
        draft.unchanged.add(manifest.address)
        return
    if not ours and (stack := facts.options.foreign.get((WEBHOOK.name, live.id))):
        draft.refusals.append(OwnedByStack(manifest.address, stack, of_company=True))
        return
    fields = field_changes(facts, draft, WEBHOOK, found, manifest=manifest, live=live, owned=owned)
    if owned:
        draft.changes.append(
            Update(
                manifest.address,
                fields=fields,
                reasons=why_changed(fields),
                location=manifest.location,
                live_name=manifest.address.name,
                spec=spec,
                desired=manifest,
                live=live,
                owned=owned,
            )
        )
        return
    draft.changes.append(
        Adopt(
            manifest.address,
            fields=fields,
            reasons=(NotManaged(),),
            location=manifest.location,
            live_name=manifest.address.name,
            spec=spec,
            desired=manifest,
            live=live,
        )
    )
