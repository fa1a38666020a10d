"""Services: create, replace, patch, refresh, delete, and their tasks."""

from typing import Any

from reconciler.emulator import images, machines, placement, spec, tasks
from reconciler.emulator import shown as shown_tasks
from reconciler.emulator.answers import Answer, answer_json, encode, encode_list, taken
from reconciler.emulator.attempts import STOPPING
from reconciler.emulator.cache import Rendered
from reconciler.emulator.call import Call
from reconciler.emulator.identity import docker_id, long_id
from reconciler.emulator.sqlite import Record

LOAD_BALANCER = "loadbalancer"
_FOREVER = float("inf")


def list_services(call: Call) -> Answer:
    """All services, the load balancer first."""
    return call.listing("services", lambda: _render_list(call))


def get_service(call: Call) -> Answer:
    """One service, after a rollback if one was due."""
    return Answer(200, _render(call, call.find("service", "service_id"))[0])


def list_tasks(call: Call) -> Answer:
    """All tasks of all services now."""
    return call.listing("tasks", lambda: _render_tasks(call))


def create_service(call: Call) -> Answer:
    """Create a service; its tasks start after the answer. Raises 409 if the name is taken."""
    name = str(call.body["name"])
    wanted = {**spec.DEFAULTS, **spec.stored_fields(call)}
    spec.check(call, wanted, own_id=None)
    if call.state.named(call.cluster, "service", name) is not None:
        raise taken(f"name conflicts with an existing object: service {name} already exists")
    service = started(call, docker_id(), name, wanted)
    _save(call, service)
    return _accepted(call, 201, service)


def started(call: Call, key: str, name: str, wanted: spec.Spec) -> Record:
    """A new service whose first tasks are starting."""
    service = {"id": key, "name": name, "spec": wanted, "template": 1, "templates": 1, "previous": None,
               "revert_at": None, "tasks": []}  # fmt: skip
    return tasks.schedule(service, _target(call, wanted, 1), before=None, now=call.now, pace=call.pace)


def replace_service(call: Call) -> Answer:
    """Replace the spec as a whole: fields that are left out get their defaults."""
    service = spec.settled(call.find("service", "service_id"), call.now)
    return _update(call, service, {**spec.DEFAULTS, **spec.stored_fields(call)})


def patch_service(call: Call) -> Answer:
    """Replace the given fields of the spec."""
    service = spec.settled(call.find("service", "service_id"), call.now)
    return _update(call, service, {**service["spec"], **spec.stored_fields(call)})


def refresh_image(call: Call) -> Answer:
    """Start new tasks from the image that the tag names now."""
    service = spec.settled(call.find("service", "service_id"), call.now)
    image = service["spec"]["image"]
    tagged = image.partition("@")[0]
    by_tag = ":" in tagged.rpartition("/")[2]
    wanted = {**service["spec"], "image": spec.resolve_image(call, tagged) if by_tag else image}
    service = _rolled(call, service, wanted)
    _save(call, service)
    return _accepted(call, 200, service)


def delete_service(call: Call) -> Answer:
    """Delete the service with its tasks; its containers still hold its volumes for a moment."""
    service = call.find("service", "service_id")
    held = shown_tasks.held_volumes(service, call.now)
    if held:
        leftover = {"id": service["id"], "held": held, "until": call.now + STOPPING * call.pace}
        call.state.save(call.cluster, "leftover", leftover)
    call.state.remove(call.cluster, "service", service["id"])
    return Answer(204)


def reschedule_all(call: Call) -> None:
    """Reschedule after a change of nodes: waiting tasks get a node, tasks that lost theirs move or wait."""
    for service in list(call.state.all(call.cluster, "service").values()):
        now = spec.settled(service, call.now)
        target = _target(call, now["spec"], now["template"])
        evicted = tasks.evicted(now, target.nodes, call.now)
        if tasks.is_waiting(now, call.now) or evicted is not now:
            moved = tasks.schedule(evicted, target, before=None, now=call.now, pace=call.pace)
            call.state.save(call.cluster, "service", moved)


def users(call: Call, field: str, key: str, value: str) -> list[str]:
    """Names of the services that have an item with ``key`` equal to ``value`` in their list ``field``."""
    services = (
        spec.settled(service, call.now) for service in call.state.all(call.cluster, "service").values()
    )
    return sorted(
        service["name"] for service in services if any(item[key] == value for item in service["spec"][field])
    )


def lost(call: Call, kind: str, key: str) -> None:
    """After a secret or config was deleted: rollouts that would roll back to a spec with it no longer can."""
    for service in list(call.state.all(call.cluster, "service").values()):
        ahead = service["revert_at"] is not None and service["revert_at"] > call.now
        if ahead and any(reference["id"] == key for reference in service["previous"]["spec"][f"{kind}s"]):
            error = f"unable to get {kind} from {kind} store: {kind} ID not found"
            call.state.save(call.cluster, "service", tasks.without(service, error, call.now))


def _update(call: Call, service: Record, wanted: spec.Spec) -> Answer:
    spec.check(call, wanted, own_id=service["id"])
    live = service["spec"]
    if spec.needs_new_containers(live, wanted):
        updated = _rolled(call, service, wanted)
    elif tasks.is_unfinished(service, call.now):
        updated = _disturbed(call, service, wanted)
    else:
        updated = {**service, "spec": wanted, "previous": spec.version(service)}
        target = _target(call, wanted, service["template"])
        if wanted["placement_constraints"] != live["placement_constraints"]:
            updated = _moved(call, service, wanted)
        elif wanted["replicas"] != live["replicas"]:
            updated = tasks.schedule(updated, target, before=None, now=call.now, pace=call.pace)
    _save(call, updated)
    return _accepted(call, 201, updated)


def _disturbed(call: Call, service: Record, wanted: spec.Spec) -> Record:
    """The service after a write during its rollout that starts no new containers.

    Swarm (seen: Docker 20.10.24): from now on a failure rolls back to the spec just before this write, even a bad one;
    a write that changes nothing removes the failure action, or resumes a paused rollout.
    """
    updated = {**service, "spec": wanted, "previous": spec.version(service)}
    target = _target(call, wanted, service["template"])
    rolls_back = service["revert_at"] is not None and service["revert_at"] > call.now
    return tasks.schedule(
        updated,
        target,
        before=_target(call, service["spec"], service["template"]),
        now=call.now,
        pace=call.pace,
        action="continue" if rolls_back and wanted == service["spec"] else None,
    )


def _save(call: Call, service: Record) -> None:
    """Save a service whose tasks were scheduled, and create the volumes that these name on their nodes."""
    call.state.save(call.cluster, "service", service)
    known = {volume["name"] for volume in call.state.all(call.cluster, "volume").values()}
    starting = (task for task in service["tasks"] if task["begin"] is not None and task["fate"] != "reject")
    for name in sorted({volume for task in starting for volume in task.get("volumes", ())} - known):
        call.state.save(call.cluster, "volume", new_volume(name, call.now))


def new_volume(name: str, now: float) -> Record:
    """A volume as it is stored."""
    return {"id": long_id(), "name": name, "created": shown_tasks.timestamp(now)}


def _moved(call: Call, service: Record, wanted: spec.Spec) -> Record:
    """The service after a move to other nodes: tasks whose node still fits stay, the others are replaced one after the
    other."""
    nodes = _target(call, wanted, 0).nodes
    return _rolled(call, tasks.renumbered(service, nodes, service["templates"] + 1, call.now), wanted)


def _rolled(call: Call, service: Record, wanted: spec.Spec) -> Record:
    """The service during an update from its present containers to those of ``wanted``."""
    template = service["templates"] + 1
    updated = {
        **service,
        "spec": wanted,
        "template": template,
        "templates": template,
        "previous": spec.version(service),
    }
    before = _target(call, service["spec"], service["template"])
    return tasks.schedule(
        updated, _target(call, wanted, template), before=before, now=call.now, pace=call.pace
    )


def _target(call: Call, wanted: spec.Spec, template: int) -> tasks.TaskTarget:
    image = images.parse(wanted["image"])
    constraints = wanted["placement_constraints"]
    nodes = placement.fitting(constraints, machines.facts(call.state, call.cluster, call.now))
    begin = min((node["ready_at"] for node in nodes), default=None)
    error = spec.why_rejected(wanted)
    return tasks.TaskTarget(
        template=template,
        replicas=wanted["replicas"],
        image=wanted["image"],
        fate="reject" if error or image is None else images.fate(image),
        begin=begin,
        nodes=[node["node.id"] for node in nodes if node["ready_at"] == begin],
        volumes=sorted({mount["source"] for mount in wanted["mounts"] if mount["type"] == "volume"}),
        error=error,
    )


def _accepted(call: Call, status: int, service: Record) -> Answer:
    """The service as requested, even if a rollback has undone that already."""
    if service["revert_at"] is not None and service["revert_at"] <= call.now:
        return answer_json(status, _describe(service))
    return Answer(status, _render(call, service)[0])


def _describe(service: Record) -> dict[str, Any]:
    return {"id": service["id"], "name": service["name"], **service["spec"], "object": "service"}


def _render(call: Call, service: Record) -> Rendered:
    def render(record: Record) -> Rendered:
        until = record["revert_at"]
        return encode(
            _describe(spec.settled(record, call.now))
        ), until if until and until > call.now else _FOREVER

    return call.cache.item("service", service, call.now, render)


def _render_list(call: Call) -> Rendered:
    """All services, the load balancer first, the others in no defined order."""
    services = call.state.all(call.cluster, "service").values()
    ordered = sorted(services, key=lambda service: (service["name"] != LOAD_BALANCER, service["id"]))
    rendered = [_render(call, service) for service in ordered]
    return encode_list([body for body, _ in rendered]), min(
        (until for _, until in rendered), default=_FOREVER
    )


def _render_tasks(call: Call) -> Rendered:
    nodes = [node["until"] for node in machines.alive(call.state, call.cluster, call.now)]
    until = min((moment for moment in nodes if moment > call.now), default=_FOREVER)

    def render(record: Record) -> Rendered:
        shown, until = shown_tasks.describe(record, call.now, len(nodes))
        return b",".join(map(encode, shown)), until

    services = call.state.all(call.cluster, "service").values()
    rendered = [call.cache.item(f"tasks on {len(nodes)}", service, call.now, render) for service in services]
    return encode_list([body for body, _ in rendered if body]), min(
        [until, *(until for _, until in rendered)]
    )
