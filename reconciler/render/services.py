"""The health of services in words: how many tasks run, how rollouts ended, and what waits for them."""

from collections.abc import Mapping

from reconciler.model import Address, Owned
from reconciler.model.rollout import Finding, Health, RolloutResult
from reconciler.render.failures import failure_text

_FINDINGS: Mapping[Finding, str] = {
    "up": "{running}",
    "no tasks shown": "accepted, not verified: this platform shows no tasks",
    "not watched": "accepted; its rollout was not watched",
    "tasks hidden": (
        "not verified: this cluster has shown tasks before, and shows none now{because}; "
        "--no-tasks goes on without them"
    ),
    "tasks unseen": "not verified: tasks of other services are listed, and none of this one",
    "unread": "could not be verified within {within}{why}",
    "rolled back": "the platform rolled it back to the previous version",
    "tasks failed": "{running}, {failed} failed",
    "not up in time": "{running}{window} (after {within})",
    "deleted": "the service was deleted meanwhile",
    "missing": "missing after the write",
    "not taken": "fields unchanged after the write: {fields}",
    "as recorded": "{state} at its last rollout",
}


def running_text(health: Health) -> str:
    """``1 of 3 running``, and their version if known, as in ``1 of 3 running, of the previous version``."""
    text = f"{len(health.running)} of {health.replicas} running"
    former = len(health.former)
    if former and former == len(health.running):
        return f"{text}, of the previous version"
    return f"{text}, {former} of the previous version" if former else text


def running_text_of(owned: Owned, health: Health) -> str:
    """``running_text`` of a recorded service; it says if the version of some of its tasks is unknown."""
    known = health.former | health.verified
    told_apart = owned.state in ("unverified", "failed") and bool(owned.known)
    text = running_text(health)
    return text if told_apart or health.running <= known else f"{text}, version not known"


def rollout_text(result: RolloutResult) -> str:
    """How a rollout ended, with the errors of its tasks."""
    return "; ".join((_finding(result), *result.errors))


def written_text(result: RolloutResult) -> str:
    """How the rollout of a service that the run wrote ended, and its consequences."""
    text = rollout_text(result)
    if result.advancing:
        return f"{text}; the rollout goes on, the next apply verifies it"
    if result.put_back:
        return f"{text}; its previous spec was restored (on_failure: rollback)"
    if result.not_put_back:
        return f"{text}; its previous spec could not be restored: {failure_text(result.not_put_back)}"
    return text


def unwritten_text(address: Address, result: RolloutResult) -> str:
    """The problem of a service that the run does not write."""
    if result.finding == "as recorded":
        return f"{address} {result.state} at its last rollout"
    is_not_up = " is not up" if result.status == "failed" else ""
    return f"{address}{is_not_up}: {rollout_text(result)}"


def _finding(result: RolloutResult) -> str:
    trouble = failure_text(result.trouble) if result.trouble else ""
    if result.finding == "unread" and not result.within:
        return f"written, not verified: {trouble}"
    health = result.health
    return _FINDINGS[result.finding].format(
        running=running_text(health) if health else "",
        window=", not yet for its window" if health and health.is_whole else "",
        failed="1 task" if result.failed == 1 else f"{result.failed} tasks",
        within=f"{result.within:.0f} s",
        fields=", ".join(result.fields),
        state=result.state,
        why=f": {trouble}" if trouble else "",
        because=f" ({trouble})" if trouble else "",
    )
