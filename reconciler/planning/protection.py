"""Plans protection: ``prevent_destroy`` is kept in the record, so a change of it is a change of the record."""

from msgspec.structs import replace

from reconciler.model import FieldChange, Live, Manifest, Owned, Update
from reconciler.model.note import AboutObject, Fact
from reconciler.model.reason import PlainReason
from reconciler.planning.draft import Draft, Facts


def plan_protection(facts: Facts, draft: Draft) -> None:
    """Add the changes that set or lift protection; an object whose manifest does not say keeps its protection."""
    planned = {change.address: index for index, change in enumerate(draft.changes)}
    for (kind, name), manifest in sorted(facts.desired.manifests.items(), key=lambda item: item[0]):
        wanted, owned = manifest.lifecycle.prevent_destroy, facts.current(kind, name)
        if owned is None or wanted == owned.protected:
            continue
        if wanted is None:
            if owned.protected:
                draft.notes.append(AboutObject(manifest.address, Fact.STAYS_PROTECTED))
            continue
        field = FieldChange("lifecycle", owned.protected, wanted, keys=("prevent_destroy",))
        index = planned.get(manifest.address)
        live = facts.still_there(owned)
        if index is not None:
            change = draft.changes[index]
            if change.action != "delete":
                draft.changes[index] = replace(change, fields=(*change.fields, field))
        elif live is not None and manifest.address in draft.unchanged:
            draft.changes.append(_of_the_record(manifest, owned, live, field))
            draft.unchanged.remove(manifest.address)


def _of_the_record(manifest: Manifest, owned: Owned, live: Live, field: FieldChange) -> Update:
    return Update(
        manifest.address,
        fields=(field,),
        reasons=(PlainReason.RECORD_ONLY,),
        location=manifest.location,
        live_name=owned.live_name,
        desired=manifest,
        live=live,
        owned=owned,
    )
