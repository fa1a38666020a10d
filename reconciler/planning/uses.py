"""Which services use which secrets and configs: after the plan, or in their previous spec, to which the platform
may roll them back. Pure.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, get_args

from reconciler.kinds import RUNNING, VERSIONED, running
from reconciler.kinds.mounts import mounted
from reconciler.model import Blocker, Live, Named, Owned, ServiceUser, Write
from reconciler.model.reason import KeptVersion
from reconciler.planning.draft import Draft, Facts

UsedAs = Literal["mounts", "previous", "recorded"]
USED_AS: tuple[UsedAs, ...] = get_args(UsedAs)


class Use(NamedTuple):
    """A service that uses an object.

    ``how``: ``mounts``: it mounts the object after the plan. ``previous``: its previous spec does, or may.
    ``recorded``: the record of another stack says so. ``field`` is the service's field that mounts the object and
    ``kind`` the service's kind, "" if unknown; ``stack`` is the other stack that owns the service, "" for none.
    """

    user: str
    how: UsedAs
    field: str = ""
    kind: str = ""
    stack: str = ""


Uses = Mapping[Named, tuple[Use, ...]]
"""By kind and live name of an object."""


def uses_of(facts: Facts, draft: Draft, going: Collection[str]) -> Uses:
    """The uses of every object.

    ``going`` are the ids of the live services that the plan deletes, which are left out.
    """
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
        found[named] += [Use(user.name, "recorded", stack=user.stack) for user in services]
    return {named: tuple(dict.fromkeys(uses)) for named, uses in found.items()}


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
    """The record's entry of a live service, or of one that was released."""
    candidates = (facts.current(live.kind, live.name), *facts.record.released)
    return next(
        (
            owned
            for owned in candidates
            if owned and owned.kind == live.kind and facts.still_there(owned) is live
        ),
        None,
    )


def previous_of(owned: Owned) -> Iterator[Named]:
    """The objects that a service's previous spec may mount. After a failed rollout this includes the applied spec."""
    for text in owned.previous:
        kind, _, name = text.partition("/")
        yield kind, name
    if owned.state != "verified":
        yield from ((mount.kind, mount.name) for mount in mounted(owned.applied))


def worked_with(facts: Facts, draft: Draft, going: Collection[str]) -> Mapping[Named, tuple[Blocker, ...]]:
    """By kind and live name of a secret or config: the services that worked with it last and are not up by the record.

    Without services that the plan writes or deletes, and services that nothing waits for. With targets, only
    services of the run.
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
    live_names = {live.name for live in running(facts.live) if live.id not in going}
    for named, services in facts.options.foreign_worked.items() if not facts.options.targets else ():
        found[named] += [Blocker(name, state, stack) for name, state, stack in services if name in live_names]
    return {
        named: tuple(dict.fromkeys(services_of_one))
        for named, services_of_one in found.items()
        if named[0] in VERSIONED
    }


def _is_waited_for(facts: Facts, owned: Owned) -> bool:
    manifest = facts.desired.manifests.get((owned.kind, owned.name))
    return owned.wait if manifest is None else manifest.lifecycle.wait


def is_written(change: Write) -> bool:
    """Whether a change of a live service writes it, so that the live spec becomes its previous spec."""
    return any(not field.is_of_the_record for field in change.fields)


def users_of(uses: Sequence[Use], how: UsedAs) -> tuple[ServiceUser, ...]:
    """The services that use an object in this way, each once; with their stack if its record says so."""
    return tuple(
        dict.fromkeys(
            ServiceUser(use.user, use.stack if how == "recorded" else "") for use in uses if use.how == how
        )
    )


def kept_version(live_name: str, uses: Sequence[Use]) -> KeptVersion:
    """An old version with the first reason to keep it, in the order of ``USED_AS``; without uses it is the last one
    that worked.
    """
    for how in USED_AS:
        if users := users_of(uses, how):
            return KeptVersion(live_name, how, users)
    return KeptVersion(live_name, "last")
