"""Volumes: a name, and which services mount it."""

from typing import Any

from reconciler.emulator.answers import Answer, answer_json, conflict, encode, encode_list
from reconciler.emulator.call import Call
from reconciler.emulator.services import new_volume
from reconciler.emulator.shown import held_volumes
from reconciler.emulator.spec import settled
from reconciler.emulator.sqlite import Record


def list_volumes(call: Call) -> Answer:
    """All volumes by their names, each with the services that mount it."""
    usage: dict[str, list[str]] = {}
    for service in call.state.all(call.cluster, "service").values():
        for source in {mount["source"] for mount in settled(service, call.now)["spec"]["mounts"]}:
            usage.setdefault(source, []).append(service["name"])
    volumes = sorted(call.state.all(call.cluster, "volume").values(), key=lambda volume: str(volume["name"]))
    shown = [_describe(volume, sorted(usage.get(volume["name"], []))) for volume in volumes]
    return Answer(200, encode_list([encode(body) for body in shown]))


def create_volume(call: Call) -> Answer:
    """Create a volume; an existing one is unchanged, and the answer is the same."""
    name = call.body["name"]
    volume = next(
        (volume for volume in call.state.all(call.cluster, "volume").values() if volume["name"] == name), None
    )
    if volume is None:
        volume = new_volume(name, call.now)
        call.state.save(call.cluster, "volume", volume)
    return answer_json(201, _describe(volume, []))


def delete_volume(call: Call) -> Answer:
    """Delete the volume. Raises 409 while a container holds it, even an ended one that is still kept."""
    volume = call.find("volume", "volume_id")
    if holder := _holder(call, volume["name"]):
        raise conflict(f"remove {volume['name']}: volume is in use - [{holder}]")
    call.state.remove(call.cluster, "volume", volume["id"])
    return Answer(204)


def _holder(call: Call, name: str) -> str | None:
    for service in call.state.all(call.cluster, "service").values():
        if (container := held_volumes(service, call.now).get(name)) is not None:
            return container
    leftovers = call.state.all(call.cluster, "leftover").values()
    held = [leftover["held"] for leftover in leftovers if leftover["until"] > call.now]
    return next((str(volumes[name]) for volumes in held if name in volumes), None)


def _describe(volume: Record, usage: list[str]) -> dict[str, Any]:
    return {"object": "volume", **volume, "service_usage": usage}
