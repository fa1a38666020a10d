"""Compares the real state with the reports: final states, untrue outcomes, duplicates."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler import record
from reconciler.diff import differences
from reconciler.emulator import blobs
from reconciler.fetch import fetch
from reconciler.kinds import KINDS
from reconciler.model import COMPANY, Change, Live, LiveState, Outcome, Write
from reconciler.render.outcomes import error_text
from tests.faults.world import ApplyEnd, FaultWorld

_IDS = {"id", "object"}


def shape(state: Mapping[str, Any], secrets: Iterable[str]) -> dict[str, Any]:
    """The part of a platform's state that does not depend on faults: without ids and counters.

    For each secret, which of ``secrets`` is its value. For each record, its objects, pending changes and lease.
    """
    values = tuple(secrets)
    seen: dict[str, Any] = {}
    configs: dict[str, list[dict[str, Any]]] = {}
    machines: Counter[str] = Counter()
    webhooks: Counter[str] = Counter()
    for cluster, kind, body in state["objects"]:
        if kind == "service":
            seen[f"{cluster}/service/{body['name']}"] = _service(body["spec"])
        elif kind == "secret":
            held = [value for value in values if blobs.holds(body, value)]
            seen[f"{cluster}/secret/{body['name']}"] = held
        elif kind == "config":
            configs.setdefault(cluster, []).append(body)
            if not record.is_record(body["name"]):
                seen[f"{cluster}/config/{body['name']}"] = body["data"]
        elif kind == "volume":
            seen[f"{cluster}/volume/{body['name']}"] = True
        elif kind == "node" and body["busy"] != "Deleting":
            machines[f"{cluster}/node/{body['size']}"] += 1
        elif kind == "outgoing_webhook":
            webhooks[f"webhook/{body['label']} {body['url']} {body['cluster_id']}"] += 1
    return {**seen, **machines, **webhooks, **_records(configs)}


def _service(spec: Mapping[str, Any]) -> Any:
    plain = json.loads(json.dumps(spec))
    for section in ("secrets", "configs"):
        plain[section] = [
            {k: v for k, v in item.items() if k not in _IDS} for item in plain.get(section) or ()
        ]
    return plain


def _records(configs: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for cluster, bodies in configs.items():
        for stack in record.stacks(bodies):
            read = record.read(bodies, stack).record
            owned = sorted(
                (entry.kind, entry.name, entry.live_name, entry.state, entry.retired, entry.protected)
                for entry in read.owned
            )
            found[f"{cluster}/record/{stack}"] = [owned, list(read.pending), read.lease]
    return found


def duplicates(state: Mapping[str, Any]) -> list[str]:
    """Webhooks with the same label and cluster, which must not exist."""
    labels = Counter(
        (body["label"], body["cluster_id"])
        for _, kind, body in state["objects"]
        if kind == "outgoing_webhook"
    )
    return [
        f"webhook {label} of {cluster} is there {count} times"
        for (label, cluster), count in labels.items()
        if count > 1
    ]


def machines(state: Mapping[str, Any]) -> Counter[str]:
    """The number of nodes of each size, without those being deleted."""
    return Counter(
        body["size"] for _, kind, body in state["objects"] if kind == "node" and body["busy"] != "Deleting"
    )


def lies(world: FaultWorld, result: ApplyEnd) -> list[str]:
    """Untrue statements of a report about planned changes, compared with the live state."""
    if not result.outcomes:
        return []
    clusters = sorted({outcome.change.address.cluster for outcome in result.outcomes})
    with world.session(parallelism=8) as session:
        states = fetch(session.reader, clusters, sections=("nodes", "webhooks"))
    return [
        false_reports
        for outcome in result.outcomes
        if (false_reports := _lie(outcome, states[outcome.change.address.cluster], result))
    ]


def _lie(outcome: Outcome, live: LiveState, result: ApplyEnd) -> str:
    change = outcome.change
    there = _is_there(change, live, result)
    if there is None or outcome.status == "unknown":
        return ""
    if outcome.status == "applied" and not there:
        return f"{change.address} is told to be applied, and is not there: {change.action}"
    if outcome.status in ("failed", "skipped") and there and outcome.rollout is None:
        return f"{change.address} is told to be {outcome.status} ({error_text(outcome)}), and it was done"
    return ""


def _is_there(change: Change, live: LiveState, result: ApplyEnd) -> bool | None:
    """Whether the goal of a change is reached; None if unknown for this change alone."""
    kind = change.address.kind
    if kind == "node":
        return _machines_are_there(change, live, result)
    if change.action == "delete":
        return not any(live_object.id == change.live.id for live_object in live.objects[kind])
    if change.action == "update" and not change.fields:
        return None
    cluster_id = "" if change.address.cluster == COMPANY else live.cluster_id
    found = [
        live_object
        for live_object in live.objects[kind]
        if live_object.name == change.live_name
        and (kind != "webhook" or live_object.spec["cluster_id"] == cluster_id)
    ]
    return bool(found) and _equals(change, found[0])


def _equals(change: Write, live: Live) -> bool:
    kind = KINDS[change.address.kind]
    if kind.name in ("secret", "volume"):
        return True
    return not differences(kind, change.spec, live.spec)


def _machines_are_there(change: Change, live: LiveState, result: ApplyEnd) -> bool:
    nodes = [
        node for node in live.objects["node"] if node.spec["status"].lower() not in ("deleting", "deleted")
    ]
    ids = {node.id for node in nodes}
    if change.action == "delete":
        return change.live.id not in ids
    gone = [
        outcome.change
        for outcome in result.outcomes
        if outcome.change.address.kind == "node"
        and outcome.change.live is not None
        and outcome.change.live.id not in ids
    ]
    there = sum(1 for node in nodes if node.spec["size"] == change.live_name)
    there += sum(1 for delete in gone if delete.live and delete.live.spec["size"] == change.live_name)
    return there >= int(change.fields[0].after)
