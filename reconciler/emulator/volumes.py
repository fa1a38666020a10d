"""Volumes: a name, and which services mount it."""

from typing import Any

from reconciler.emulator.answers import Answer, answer_json, conflict, encode, encode_list
from reconciler.emulator.call import Call
from reconciler.emulator.identity import long_id
from reconciler.emulator.services import users
from reconciler.emulator.spec import settled
from reconciler.emulator.sqlite import Record
from reconciler.emulator.tasks import timestamp


def list_volumes(call: Call) -> Answer:
    """All volumes, each with the services that mount it."""
    usage: dict[str, list[str]] = {}
    for service in call.state.all(call.cluster, "service").values():
        for source in {mount["source"] for mount in settled(service, call.now)["spec"]["mounts"]}:
            usage.setdefault(source, []).append(service["name"])
    volumes = call.state.all(call.cluster, "volume")
    shown = [_describe(volumes[key], sorted(usage.get(volumes[key]["name"], []))) for key in sorted(volumes)]
    return Answer(200, encode_list([encode(volume) for volume in shown]))


def create_volume(call: Call) -> Answer:
    """A new volume; its name must be free."""
    name = call.body["name"]
    if call.state.named(call.cluster, "volume", name) is not None:
        raise conflict(f"volume {name} already exists")
    volume = {"id": long_id(), "name": name, "created": timestamp(call.now)}
    call.state.save(call.cluster, "volume", volume)
    return answer_json(201, _describe(volume, []))


def delete_volume(call: Call) -> Answer:
    """Gone, unless a service mounts it."""
    volume = call.find("volume", "volume_id")
    names = users(call, "mounts", "source", volume["name"])
    if names:
        raise conflict(f"volume {volume['name']} is in use by {', '.join(names)}")
    call.state.remove(call.cluster, "volume", volume["id"])
    return Answer(204)


def _describe(volume: Record, usage: list[str]) -> dict[str, Any]:
    return {"object": "volume", **volume, "service_usage": usage}
