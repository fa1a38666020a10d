"""Services: create, replace, patch, refresh, delete, and their tasks."""

from typing import Any

from reconciler.emulator import images, machines, placement, spec, tasks
from reconciler.emulator.answers import Answer, answer_json, conflict, encode, encode_list
from reconciler.emulator.cache import Rendered
from reconciler.emulator.call import Call
from reconciler.emulator.identity import docker_id
from reconciler.emulator.sqlite import Record

LOAD_BALANCER = "loadbalancer"
_FOREVER = float("inf")


def list_services(call: Call) -> Answer:
    """All services, the load balancer first."""
    return call.listing("services", lambda: _render_list(call))


def get_service(call: Call) -> Answer:
    """One service, as it stands after a rollback that was due."""
    return Answer(200, _render(call, call.find("service", "service_id"))[0])


def list_tasks(call: Call) -> Answer:
    """All tasks of all services, at this moment."""
    return call.listing("tasks", lambda: _render_tasks(call))


def create_service(call: Call) -> Answer:
    """A new service, its tasks on their way."""
    name = str(call.body["name"])
    if call.state.named(call.cluster, "service", name) is not None:
        raise conflict(f"name conflicts with an existing object: service {name} already exists")
    wanted = {**spec.DEFAULTS, **spec.stored_fields(call)}
    spec.check(call, wanted, own_id=None)
    service = started(call, docker_id(), name, wanted)
    call.state.save(call.cluster, "service", service)
    return _accepted(call, 201, service)


def started(call: Call, key: str, name: str, wanted: spec.Spec) -> Record:
    """A new service, its first tasks on their way."""
    service = {"id": key, "name": name, "spec": wanted, "template": 1, "templates": 1, "previous": None,
               "revert_at": None, "tasks": []}  # fmt: skip
    return tasks.schedule(service, _target(call, wanted, 1), before=None, now=call.now, pace=call.pace)


def replace_service(call: Call) -> Answer:
    """A whole new spec: what is left out returns to its default."""
    service = spec.settled(call.find("service", "service_id"), call.now)
    return _update(call, service, {**spec.DEFAULTS, **spec.stored_fields(call)})


def patch_service(call: Call) -> Answer:
    """The spec with the given fields replaced."""
    service = spec.settled(call.find("service", "service_id"), call.now)
    return _update(call, service, {**service["spec"], **spec.stored_fields(call)})


def refresh_image(call: Call) -> Answer:
    """New tasks from the image that the tag names now."""
    service = spec.settled(call.find("service", "service_id"), call.now)
    image = service["spec"]["image"]
    tagged = image.partition("@")[0]
    by_tag = ":" in tagged.rpartition("/")[2]
    wanted = {**service["spec"], "image": spec.resolve_image(call, tagged) if by_tag else image}
    service = _rolled(call, service, wanted)
    call.state.save(call.cluster, "service", service)
    return _accepted(call, 200, service)


def delete_service(call: Call) -> Answer:
    """Gone, with its tasks."""
    call.state.remove(call.cluster, "service", call.find("service", "service_id")["id"])
    return Answer(204)


def reschedule_all(call: Call) -> None:
    """After a change of nodes: waiting tasks find their place, tasks that lost it wait."""
    for service in list(call.state.all(call.cluster, "service").values()):
        if not service["spec"]["placement_constraints"]:
            continue
        now = spec.settled(service, call.now)
        target = _target(call, now["spec"], now["template"])
        evicted = tasks.evicted(now, call.now) if target.begin is None else now
        if tasks.is_waiting(now, call.now) or evicted is not now:
            moved = tasks.schedule(evicted, target, before=None, now=call.now, pace=call.pace)
            call.state.save(call.cluster, "service", moved)


def users(call: Call, field: str, key: str, value: str) -> list[str]:
    """Names of the services that have an item with ``key`` equal to ``value`` in their list ``field``."""
    services = (spec.settled(one, call.now) for one in call.state.all(call.cluster, "service").values())
    return sorted(one["name"] for one in services if any(item[key] == value for item in one["spec"][field]))


def _update(call: Call, service: Record, wanted: spec.Spec) -> Answer:
    spec.check(call, wanted, own_id=service["id"])
    live = service["spec"]
    if any(wanted[field] != live[field] for field in spec.TEMPLATE):
        updated = _rolled(call, service, wanted)
    else:
        previous = service["previous"] if service["revert_at"] else spec.version(service)
        updated = {**service, "spec": wanted, "previous": previous}
        if wanted["replicas"] != live["replicas"]:
            target = _target(call, wanted, service["template"])
            updated = tasks.schedule(updated, target, before=None, now=call.now, pace=call.pace)
    if wanted == live:
        return _accepted(call, 201, service)
    call.state.save(call.cluster, "service", updated)
    return _accepted(call, 201, updated)


def _rolled(call: Call, service: Record, wanted: spec.Spec) -> Record:
    """The service on its way from its present containers to those of ``wanted``."""
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


def _target(call: Call, wanted: spec.Spec, template: int) -> tasks.Target:
    image = images.parse(wanted["image"])
    nodes = machines.facts(call.state, call.cluster, call.now)
    return tasks.Target(
        template=template,
        replicas=wanted["replicas"],
        image=wanted["image"].partition("@")[0],
        fate=images.fate(image) if image else "reject",
        begin=placement.ready_at(wanted["placement_constraints"], nodes),
    )


def _accepted(call: Call, status: int, service: Record) -> Answer:
    """The service as it was asked for, even where a rollback has undone that already."""
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
    """The load balancer first, the others in no order that means anything."""
    services = call.state.all(call.cluster, "service").values()
    ordered = sorted(services, key=lambda one: (one["name"] != LOAD_BALANCER, one["id"]))
    rendered = [_render(call, one) for one in ordered]
    return encode_list([body for body, _ in rendered]), min(
        (until for _, until in rendered), default=_FOREVER
    )


def _render_tasks(call: Call) -> Rendered:
    nodes = [node["until"] for node in machines.alive(call.state, call.cluster, call.now)]
    until = min((moment for moment in nodes if moment > call.now), default=_FOREVER)

    def render(record: Record) -> Rendered:
        shown, until = tasks.describe(record, call.now, len(nodes))
        return b",".join(map(encode, shown)), until

    services = call.state.all(call.cluster, "service").values()
    rendered = [call.cache.item(f"tasks on {len(nodes)}", one, call.now, render) for one in services]
    return encode_list([body for body, _ in rendered if body]), min(
        [until, *(until for _, until in rendered)]
    )
