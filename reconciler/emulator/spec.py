"""A service's spec: from the fields of a request to the form that is stored and shown, with all refusals.

Rules are Docker's: names and limits of Swarm's control API, file modes as decimal numbers. It never looks at
tasks.
"""

import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.emulator import images, placement
from reconciler.emulator.answers import invalid
from reconciler.emulator.call import Call
from reconciler.emulator.sqlite import Record

Spec = dict[str, Any]

_POLICY = {
    "order": "stop-first",
    "delay": 0,
    "parallelism": 1,
    "failure_action": "pause",
    "max_failure_ratio": 0.0,
    "monitor": 5,
}
DEFAULTS: Spec = {
    "image": "",
    "replicas": 1,
    "command": "",
    "args": "",
    "hosts": [],
    "protocol": "",
    "healthcheck_path": "",
    "secrets": [],
    "configs": [],
    "mounts": [],
    "environment_variables": [],
    "placement_constraints": [],
    **{f"update_{key}": value for key, value in _POLICY.items()},
    **{f"rollback_{key}": value for key, value in _POLICY.items()},
}
"""What the platform fills in; every request that starts from here brings an image. The port and the
healthcheck's times have no default and are left out."""

TEMPLATE = (
    "image",
    "command",
    "args",
    "secrets",
    "configs",
    "mounts",
    "environment_variables",
    "placement_constraints",
)
"""Fields whose change makes new containers."""

MAX_REPLICAS = 1000
_WITHOUT_EFFECT = ("name", "mode", "object")
_FILES = {"secrets": ("secret", "/run/secrets/"), "configs": ("config", "/")}
_HIGHEST_ID = 2**32 - 1
_HIGHEST_MODE = 0o7777


def settled(service: Record, now: float) -> Record:
    """The service after the automatic rollback that was due, if one was."""
    if service["revert_at"] is None or service["revert_at"] > now:
        return service
    return {**service, **service["previous"], "previous": version(service), "revert_at": None}


def version(service: Record) -> Record:
    """What a rollback returns to."""
    return {"spec": service["spec"], "template": service["template"]}


def stored_fields(call: Call) -> Spec:
    """The fields that the body gives, in their stored form.

    Raises: Refusal (400).
    """
    body = call.body
    spec = {key: value for key, value in body.items() if key not in _WITHOUT_EFFECT}
    if "image" in body:
        spec["image"] = _image(call, body["image"])
    for field in _FILES:
        if field in body:
            spec[field] = _references(call, field, body[field])
    if "mounts" in body:
        spec["mounts"] = [_mount(call, mount) for mount in body["mounts"]]
    if "environment_variables" in body:
        spec["environment_variables"] = _environment(body["environment_variables"])
    for prefix in ("update", "rollback"):
        if f"{prefix}_max_failure_ratio" in body:
            spec[f"{prefix}_max_failure_ratio"] = _float32(body[f"{prefix}_max_failure_ratio"])
    return spec


def check(call: Call, spec: Spec, *, own_id: str | None) -> None:
    """What can only be said of the whole spec. ``own_id`` is the service it is for, if that exists.

    Raises: Refusal (400).
    """
    if spec["replicas"] > MAX_REPLICAS:
        raise invalid("replicas", f"must be at most {MAX_REPLICAS} here")
    for text in spec["placement_constraints"]:
        if not placement.is_constraint(text):
            raise invalid(
                "placement_constraints", f"invalid constraint {text!r}: expected key == value or key != value"
            )
    for field, (_, folder) in _FILES.items():
        _refuse_duplicates(field, "file_name", [_full_path(folder, ref["file_name"]) for ref in spec[field]])
    _refuse_duplicates("mounts", "target", [mount["target"].rstrip("/") for mount in spec["mounts"]])
    if spec["hosts"]:
        check_hosts(spec["hosts"], _hosts(call, own_id))


def resolve_image(call: Call, text: str) -> str:
    """The stored form of an image that was accepted before, as its tag stands now."""
    image = images.parse(text)
    if image is None:
        raise invalid("image", "invalid reference format")
    pushes = call.state.find("", "push", image.tagged)
    return images.pinned(image, pushes=pushes["count"] if pushes else 0)


def _image(call: Call, text: str) -> str:
    return resolve_image(call, text)


def _references(call: Call, field: str, given: Sequence[Mapping[str, Any]]) -> list[Record]:
    """References to secrets or configs, with ids and every default filled in."""
    kind = _FILES[field][0]
    references = []
    for reference in given:
        found = _by_name_or_id(call, kind, reference["name"])
        if found is None:
            raise invalid(field, f"{kind} not found: {reference['name']}")
        default = found["name"] if kind == "secret" else f"/{found['name']}"
        mode = int(reference.get("mode", "292"))
        owner = {key: int(reference.get(key, "0")) for key in ("uid", "gid")}
        if mode > _HIGHEST_MODE or max(owner.values()) > _HIGHEST_ID:
            raise invalid(field, f"uid, gid or mode of {kind} {reference['name']} is out of range")
        file_name = reference.get("file_name", default)
        references.append(
            {"id": found["id"], "name": found["name"], "file_name": file_name, **owner, "mode": str(mode)}
        )
    return sorted(references, key=lambda one: (_shuffled(one["file_name"]), one["file_name"]))


def _mount(call: Call, given: Mapping[str, Any]) -> Record:
    volume = _by_name_or_id(call, "volume", given["source"])
    if volume is None:
        raise invalid("mounts", f"volume not found: {given['source']}")
    readonly = given.get("readonly", False)
    return {"type": "volume", "target": given["target"], "source": volume["name"], "readonly": readonly}


def _by_name_or_id(call: Call, kind: str, text: str) -> Record | None:
    return call.state.named(call.cluster, kind, text) or call.state.find(call.cluster, kind, text)


def _environment(given: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """In an order of the platform's own, as nothing promises another."""
    variables = [{"key": one["key"], "value": one.get("value", "")} for one in given]
    return sorted(variables, key=lambda one: (_shuffled(one["key"]), one["key"], one["value"]))


def _shuffled(text: str) -> int:
    return zlib.crc32(text.encode())


def _float32(number: float) -> float:
    return float(struct.unpack("f", struct.pack("f", number))[0])


def _full_path(folder: str, file_name: str) -> str:
    return file_name if file_name.startswith("/") else folder + file_name


def _refuse_duplicates(field: str, key: str, values: Sequence[str]) -> None:
    for value in values:
        if values.count(value) > 1:
            raise invalid(field, f"{key} {value} is given more than once")


def check_hosts(hosts: Sequence[str], taken: Mapping[str, str]) -> None:
    """Refuse hosts that do not resolve, and those that another service has (``taken``: its name by lower-case host).

    Raises: Refusal (400).
    """
    unresolved = [host for host in hosts if host.lower().rstrip(".").endswith(".invalid")]
    if unresolved:
        raise invalid("hosts", f"hosts no ip address for {', '.join(unresolved)}")
    shared = sorted({host.lower() for host in hosts} & taken.keys())
    if shared:
        raise invalid("hosts", f"hosts {', '.join(shared)} already used by service {taken[shared[0]]}")


def _hosts(call: Call, own_id: str | None) -> dict[str, str]:
    """The hosts that the other services have, with the service's name."""
    return {
        host.lower(): service["name"]
        for service in call.state.all(call.cluster, "service").values()
        if service["id"] != own_id
        for host in settled(service, call.now)["spec"]["hosts"]
    }
