"""The data of the page, as JSON values, from the handlers that answer the API, without what must not be shown.

No value of a secret, config or variable, no command and no URL of a webhook is in it.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from msgspec.structs import asdict

from reconciler.emulator.answers import Refusal
from reconciler.emulator.app import Platform
from reconciler.emulator.call import Call

REQUESTS = 200
"""The number of the last requests that are shown."""
TASKS = 12
"""The number of tasks of a service that are shown."""
SERVICES = 500
"""How many services of a cluster are shown; the rest is counted."""
_VERSION = re.compile(r"(reconciler\.[^.]+(?=\.\d)|.+(?=\.v\d))\.v?([0-9]{1,9})")
"""The name that versions share, and the number of a version: of secrets and configs, and of reconciler's own
records."""
_ENDED = ("shutdown", "failed", "rejected", "complete", "remove", "orphaned")


def view(platform: Platform) -> dict[str, Any]:
    """The clusters, webhooks and last requests now."""
    platform.state.refresh()
    clusters = _asked(platform, "listClusters", "")
    labels = {cluster["id"]: cluster["label"] for cluster in clusters}
    return {
        "now": platform.now(),
        "requests": [asdict(entry) for entry in list(platform.journal.entries)[-REQUESTS:]],
        "clusters": [_cluster(platform, cluster) for cluster in clusters],
        "webhooks": [
            {
                "id": webhook["id"],
                "label": webhook["label"] or "",
                "host": _host(webhook["url"]),
                "cluster": labels.get(webhook["cluster_id"], "") if webhook["cluster_id"] else "all clusters",
            }
            for webhook in _asked(platform, "listOutgoingWebhooks", "")
        ],
    }


def _asked(platform: Platform, operation: str, cluster: str) -> list[dict[str, Any]]:
    """The objects that an operation lists; none if it is refused."""
    call = Call(
        state=platform.state,
        cache=platform.cache,
        params={"cluster_id": cluster} if cluster else {},
        cluster=cluster,
        body={},
        now=platform.now(),
        pace=platform.pace,
    )
    try:
        listed = json.loads(platform.handlers[operation](call).body)
    except Refusal:
        return []
    found: list[dict[str, Any]] = listed["data"]
    return found


def _cluster(platform: Platform, cluster: Mapping[str, Any]) -> dict[str, Any]:
    key = cluster["id"]
    services = _asked(platform, "listServices", key)
    tasks: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for task in _asked(platform, "listTasks", key):
        tasks[task["service_id"]].append(task)
    sizes = {size["id"]: size["title"] for size in _asked(platform, "listNodeSizes", key)}
    return {
        "id": key,
        "label": cluster["label"],
        "services": [_service(service, tasks[service["id"]]) for service in services[:SERVICES]],
        "more": max(0, len(services) - SERVICES),
        "nodes": [
            {
                "id": node["id"],
                "status": node["status"],
                "address": node["public_ip_address"],
                "manager": node["swarm_manager"],
                "size": sizes.get(node["size"], node["size"]),
            }
            for node in _asked(platform, "listNodes", key)
        ],
        "secrets": _versions(_asked(platform, "listSecrets", key), services, "secrets"),
        "configs": _versions(_asked(platform, "listConfigs", key), services, "configs"),
        "volumes": [
            {"name": volume["name"], "users": volume["service_usage"]}
            for volume in _asked(platform, "listVolumes", key)
        ],
    }


def _service(service: Mapping[str, Any], tasks: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    newest = sorted(tasks, key=lambda task: str(task["created_at"]), reverse=True)
    current = [task for task in newest if task["desired_state"] == "running"]
    running = sum(task["status"]["state"] == "running" for task in current)
    ended = [task for task in newest if task["status"]["state"] in _ENDED]
    failed = [task for task in ended if task["status"]["error"]]
    return {
        "id": service["id"],
        "name": service["name"],
        "image": _without_digest(service["image"]),
        "replicas": service["replicas"],
        "running": running,
        "moving": running != service["replicas"] or len(current) != running,
        "tasks": [_task(task) for task in (*current, *ended)[:TASKS]],
        "error": failed[0]["status"]["error"] if failed and running < service["replicas"] else "",
        "hosts": service["hosts"],
        "secrets": [reference["name"] for reference in service["secrets"]],
        "configs": [reference["name"] for reference in service["configs"]],
        "volumes": [
            mount["source"] for mount in service["mounts"] if mount.get("type", "volume") == "volume"
        ],
    }


def _task(task: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": task["id"], "state": task["status"]["state"], "error": task["status"]["error"] or ""}


def _without_digest(image: str) -> str:
    return image.partition("@")[0]


def _versions(
    objects: Iterable[Mapping[str, Any]], services: Sequence[Mapping[str, Any]], field: str
) -> list[dict[str, Any]]:
    """Objects by the name that their versions share, each with the services that mount it."""
    users = defaultdict(list)
    for service in services:
        for reference in service[field]:
            users[reference["name"]].append(service["name"])
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for name in sorted(item["name"] for item in objects):
        version = _VERSION.fullmatch(name)
        found[version[1] if version else name].append(
            {"name": name, "number": int(version[2]) if version else 0, "users": sorted(set(users[name]))}
        )
    return [
        {"name": name, "versions": sorted(versions, key=lambda version: int(version["number"]), reverse=True)}
        for name, versions in sorted(found.items())
    ]


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
