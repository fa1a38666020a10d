"""Plans secrets. A value cannot be read, so its recorded digest is compared."""

from reconciler.kinds.secret import SECRET
from reconciler.model import Live, Manifest, Owned
from reconciler.model.note import AboutObject, Fact
from reconciler.model.reason import PlainReason
from reconciler.planning.draft import Draft, Facts
from reconciler.planning.versions import Content, plan_versions


def plan(facts: Facts, draft: Draft) -> None:
    """Plan a version of every declared secret: a new one, unless the recorded digest matches or there is no value."""
    content = Content(is_same, why_replaced, is_adopted_as_it_is)
    plan_versions(facts, draft, SECRET, content)


def is_same(facts: Facts, _draft: Draft, manifest: Manifest, _owned: Owned, _live: Live) -> bool | None:
    """Whether the recorded digest matches the declared value; None if no value is available."""
    if not _has_value(manifest):
        return None
    return bool(facts.options.same_value.get(manifest.address.name))


def why_replaced(facts: Facts, manifest: Manifest, owned: Owned, _live: Live) -> PlainReason:
    """Why the value counts as changed."""
    if not owned.digest:
        return PlainReason.NO_DIGEST_RECORDED
    if facts.options.same_value.get(manifest.address.name) is None:
        return PlainReason.OTHER_DIGEST_KEY
    return PlainReason.VALUE_CHANGED


def is_adopted_as_it_is(_facts: Facts, draft: Draft, manifest: Manifest, _live: Live) -> bool:
    """Always true: the declared value is assumed to be the live value, and a note says so."""
    if not _has_value(manifest):
        draft.unchecked.append(manifest.address)
    else:
        draft.notes.append(AboutObject(manifest.address, Fact.VALUE_ASSUMED))
    return True


def _has_value(manifest: Manifest) -> bool:
    """Whether a value, or the sealed text of one, is available for comparison."""
    return manifest.spec.get("data") is not None or manifest.spec.get("sealed") is not None
