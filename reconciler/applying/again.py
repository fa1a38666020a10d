"""How services are that a run does not write: up, or held back by what an earlier run left, or down since.

Asks for tasks once, and follows those services that one list does not settle.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from reconciler.applying.context import ApplyContext
from reconciler.applying.verify import UNSHOWN, RolloutEnd, Tasks, Watching, in_words, watch_all
from reconciler.health import fits, replicas_of
from reconciler.kinds.service import SERVICE, TEMPLATE, decode
from reconciler.model import Body, Condition, Owned, Spec, State
from reconciler.normalize import same
from reconciler.policy import breadth_of, longest, monitor_of
from reconciler.rollout import Verdict
from reconciler.watch import Watch, health_by

AGAIN = 30.0
"""Seconds, beside its monitor window, in which a service that is not up, and was not changed, may yet come up."""


class Looked(NamedTuple):
    """A service that the run does not write. ``declared`` is its spec as it would be recorded, None where only the
    record tells what it should be; ``body`` the live one (API: services)."""

    owned: Owned
    body: Body
    declared: Spec | None = None


def look_again(
    context: ApplyContext, services: Sequence[Looked], tasks: Tasks | None, watching: Watching
) -> Mapping[str, RolloutEnd]:
    """How services are that the run does not write: at once where their ``tasks`` tell, else after following them."""
    if not watching.tasks or (tasks is None and not watching.shown):
        return {one.owned.name: _unshown(one.owned) for one in services}
    ended: dict[str, RolloutEnd] = {}
    open_: dict[str, tuple[Looked, Watch]] = {}
    for one in services:
        watch = _watch_again(one, watching)
        seen = health_by(watch, (tasks or {}).get(one.owned.id, ()))
        if tasks is not None and (seen.is_settled or (not seen.replicas and seen.is_whole)):
            ended[one.owned.name] = RolloutEnd("applied", "verified", tasks=seen.running)
        else:
            open_[one.owned.live_name] = one, watch
    verdicts = watch_all(
        context,
        [watch for _, watch in open_.values()],
        intact=lambda name, body: not _is_rolled_back(open_[name][0], body),
        shown=watching.shown or bool(tasks),
    )
    for name, (one, _) in open_.items():
        ended[one.owned.name] = _again(one.owned, verdicts[name])
    return ended


def _is_rolled_back(one: Looked, now: Body) -> bool:
    """Whether the platform took back the rollout that a service was in: its spec is another by ``now``."""
    if one.owned.state not in ("unverified", "failed") or one.body.get("update_failure_action") != "rollback":
        return False
    before, after = decode(one.body), decode(now)
    return not all(same(SERVICE, field, before.get(field), after.get(field)) for field in {*before, *after})


def _unshown(owned: Owned) -> RolloutEnd:
    """What is known of a service on a platform that shows no tasks: what the record says of its last rollout."""
    if owned.state in ("failed", "rolled back"):
        return RolloutEnd(
            "failed", owned.state, error=f"service/{owned.name} {owned.state} at its last rollout"
        )
    return RolloutEnd("applied", "verified", note=UNSHOWN)


def _watch_again(one: Looked, watching: Watching) -> Watch:
    owned, body = one.owned, one.body
    former, verified = _versions(one)
    time = watching.timeout or longest(body)
    return Watch(
        name=owned.live_name,
        id=owned.id,
        replicas=replicas_of(body),
        monitor=monitor_of(body),
        within=time if owned.state == "unverified" else min(time, AGAIN + monitor_of(body)),
        prior=frozenset(() if owned.state == "verified" else owned.known),
        former=former,
        verified=verified,
        breadth=breadth_of(body),
    )


def _versions(one: Looked) -> tuple[frozenset[str], frozenset[str]]:
    """The tasks that run an earlier version than the one that should run, and those that were seen to run this one."""
    owned = one.owned
    if owned.state == "verified":
        return frozenset(), frozenset(owned.tasks)
    declared = owned.applied if one.declared is None else one.declared
    if owned.last_verified and fits(declared, owned.last_verified, TEMPLATE):
        return frozenset(), frozenset(owned.tasks)
    if fits(declared, owned.applied, TEMPLATE):
        return frozenset(owned.known), frozenset()
    return frozenset(), frozenset()


def _again(owned: Owned, verdict: Verdict) -> RolloutEnd:
    if verdict.status == "verified":
        return RolloutEnd("applied", "verified", tasks=verdict.tasks)
    if verdict.status == "accepted":
        return _unshown(owned)
    if verdict.status == "unverified":
        return RolloutEnd("unknown", owned.state, error=f"service/{owned.name}: {in_words(verdict)}")
    state: State = "unverified" if verdict.advancing else "failed"
    if "rolled back" in (owned.state, verdict.status):
        state = "rolled back"
    return RolloutEnd("failed", state, error=f"service/{owned.name} is not up: {in_words(verdict)}")


def condition(before: State, ended: RolloutEnd) -> Condition:
    """How a service that was looked at holds back what waits for it; ``before`` is its recorded state."""
    if ended.status == "applied":
        return "up"
    if ended.status == "unknown":
        return "unverified"
    return "down" if before == "verified" else "failed"
