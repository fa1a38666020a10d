"""Plans configs. Their data can be read, so it is compared directly."""

from reconciler import digest
from reconciler.kinds.config import CONFIG
from reconciler.model import Live, Manifest, Owned
from reconciler.model.note import AboutObject, Fact
from reconciler.model.reason import PlainReason
from reconciler.planning.draft import Draft, Facts
from reconciler.planning.versions import Content, plan_versions


def plan(facts: Facts, draft: Draft) -> None:
    """Plan a version of every declared config: a new one, unless the live version holds its data."""
    content = Content(is_same, why_replaced, is_adopted_as_it_is)
    plan_versions(facts, draft, CONFIG, content)


def is_same(facts: Facts, draft: Draft, manifest: Manifest, owned: Owned, live: Live) -> bool | None:
    """Whether the live version holds the declared data, or was created from it but stored in another form."""
    data, applied = manifest.spec["data"], owned.applied.get("data")
    if live.spec["data"] == data:
        return True
    made_of_it = digest.same_as_applied(CONFIG.name, "data", data, applied, key=facts.options.digest_key)
    if made_of_it:  # a config cannot be changed, and a new version would be stored the same way
        draft.notes.append(AboutObject(manifest.address, Fact.STORED_DIFFERENTLY))
    return bool(made_of_it)


def why_replaced(_facts: Facts, manifest: Manifest, _owned: Owned, live: Live) -> PlainReason:
    """Whether only line endings changed, or more."""
    if _differs_in_line_endings(live.spec["data"], manifest.spec["data"]):
        return PlainReason.LINE_ENDINGS_CHANGED
    return PlainReason.VALUE_CHANGED


def _differs_in_line_endings(live: object, desired: object) -> bool:
    """Whether two texts differ only in CR LF and LF, which git may convert at checkout."""
    if not isinstance(live, str) or not isinstance(desired, str):
        return False
    return live.replace("\r\n", "\n") == desired.replace("\r\n", "\n")


def is_adopted_as_it_is(_facts: Facts, _draft: Draft, manifest: Manifest, live: Live) -> bool:
    """Whether the existing config holds the declared data."""
    return bool(live.spec["data"] == manifest.spec["data"])
