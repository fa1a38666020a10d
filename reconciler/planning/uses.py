"""Which services need which secrets and configs: what they mount once the plan is done, and what their previous
spec mounts, since the platform may roll them back to it. Pure.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, get_args

from reconciler.kinds import RUNNING, VERSIONED, running
from reconciler.kinds.mounts import mounted
from reconciler.model import Blocker, Live, Named, Owned, Write
from reconciler.model.reason import KeptVersion
from reconciler.planning.draft import Draft, Facts

How = Literal["mounts", "previous", "recorded"]
HOW: tuple[How, ...] = get_args(How)


class Use(NamedTuple):
    """One service that needs an object. ``field`` is the service's field that mounts it and ``kind`` its kind, ""
    where that is not known; ``stack`` is the other stack that owns the service.

    ``how``: the service mounts it once the plan is done; or its previous spec does, or may; or the record of
    another stack names it.
    """

    user: str
    how: How
    field: str = ""
    kind: str = ""
    stack: str = ""


Uses = Mapping[Named, tuple[Use, ...]]
"""By kind and live name."""


def uses_of(facts: Facts, draft: Draft, going: Collection[str]) -> Uses:
    """Who needs what. ``going`` are the ids of the live services that the plan deletes: they need nothing."""
    found: dict[Named, list[Use]] = defaultdict(list)
    planned = {change.live_name: change for change in draft.writes() if change.address.kind in RUNNING}
    for live in running(facts.live):
        if live.id not in going:
            for named, use in _uses_of_service(facts, live, planned.pop(live.name, None)):
                found[named].append(use)
    for change in planned.values():
        for mount in mounted(change.spec):
            found[mount.kind, mount.name].append(
                Use(change.live_name, "mounts", mount.field, change.address.kind)
            )
    for named, services in facts.options.foreign_uses.items():
        found[named] += [Use(service, "recorded") for service in services]
    return {named: tuple(dict.fromkeys(some)) for named, some in found.items()}


def _uses_of_service(facts: Facts, live: Live, change: Write | None) -> Iterator[tuple[Named, Use]]:
    after = {**live.spec, **change.spec} if change else live.spec
    for mount in mounted(after):
        yield (
            (mount.kind, mount.name),
            Use(live.name, "mounts", mount.field, live.kind, facts.owner(live)),
        )
    if change and is_written(change):
        previous = [(mount.kind, mount.name) for mount in mounted(live.spec)]
    else:
        owned = _recorded(facts, live)
        previous = list(previous_of(owned)) if owned else []
    for named in previous:
        yield named, Use(live.name, "previous", kind=live.kind)


def _recorded(facts: Facts, live: Live) -> Owned | None:
    """What the record knows of a live service; of one that was released, what it knew then."""
    known = (facts.current(live.kind, live.name), *facts.record.released)
    return next(
        (owned for owned in known if owned and owned.kind == live.kind and facts.still_there(owned) is live),
        None,
    )


def previous_of(owned: Owned) -> Iterator[Named]:
    """What the service's previous spec may mount: a rollback makes the spec that failed the previous one."""
    for text in owned.previous:
        kind, _, name = text.partition("/")
        yield kind, name
    if owned.state != "verified":
        yield from ((mount.kind, mount.name) for mount in mounted(owned.applied))


def worked_with(facts: Facts, draft: Draft, going: Collection[str]) -> Mapping[Named, tuple[Blocker, ...]]:
    """Per secret and config, by kind and live name, the services that worked with it last and are not up by the record.

    Without those that the plan writes or deletes, and those that nothing is to wait for. With targets only theirs.
    """
    found: dict[Named, list[Blocker]] = defaultdict(list)
    planned = {
        change.live_name for change in draft.writes() if change.address.kind in RUNNING and is_written(change)
    }
    for owned in (*facts.owned, *facts.record.released):
        live = facts.still_there(owned) if owned.kind in RUNNING and owned.state != "verified" else None
        is_meant = facts.in_scope(owned.kind, owned.name) and _is_waited_for(facts, owned)
        if live is not None and is_meant and live.id not in going and live.name not in planned:
            for mount in mounted(owned.last_verified):
                found[mount.kind, mount.name].append(Blocker(owned.name, owned.state))
    there = {live.name for live in running(facts.live) if live.id not in going}
    for named, services in facts.options.foreign_worked.items() if not facts.options.targets else ():
        found[named] += [Blocker(name, state, stack) for name, state, stack in services if name in there]
    return {named: tuple(dict.fromkeys(some)) for named, some in found.items() if named[0] in VERSIONED}


def _is_waited_for(facts: Facts, owned: Owned) -> bool:
    manifest = facts.desired.manifests.get((owned.kind, owned.name))
    return owned.wait if manifest is None else manifest.lifecycle.wait


def is_written(change: Write) -> bool:
    """Whether the change of a live service writes it, so that what is live becomes its previous spec."""
    return any(not field.is_of_the_record for field in change.fields)


def kept_version(live_name: str, uses: Sequence[Use]) -> KeptVersion:
    """An old version and why it is kept: for the nearest use that it has, else as the last one that worked."""
    for how in HOW:
        if users := tuple(dict.fromkeys(use.user for use in uses if use.how == how)):
            return KeptVersion(live_name, how, users)
    return KeptVersion(live_name, "last")
