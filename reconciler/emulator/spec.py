"""A service's spec: from the fields of a request to the stored form, with all refusals. Does not look at tasks.

Rules are Docker's: names and limits of Swarm's control API, file modes as decimal numbers.
"""

import re
import shlex
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.emulator import images, placement, templates
from reconciler.emulator.answers import Refusal, invalid, refused_by_swarm
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
"""The platform's defaults; a request that starts from these always has an image. The port and the healthcheck's times
have no default."""

TEMPLATE = (
    "image",
    "command",
    "args",
    "secrets",
    "configs",
    "mounts",
    "environment_variables",
)
"""Fields whose change makes new containers. A change of placement moves only the tasks whose node no longer fits."""

MAX_REPLICAS = 1000
_NAME = re.compile(r"[\w*.-]+")
"""The characters of a host: others never resolve, and would have a meaning in a load balancer's rule."""
_WITHOUT_EFFECT = ("name", "mode", "object")
_FILES = {"secrets": "secret", "configs": "config"}


def settled(service: Record, now: float) -> Record:
    """The service after the automatic rollback that was due, if one was."""
    if service["revert_at"] is None or service["revert_at"] > now:
        return service
    return {**service, **service["previous"], "previous": None, "revert_at": None}


def version(service: Record) -> Record:
    """The spec that a rollback returns to."""
    return {"spec": service["spec"], "template": service["template"]}


def stored_fields(call: Call) -> Spec:
    """The fields of the body, in their stored form. Raises: Refusal (400)."""
    body = call.body
    spec = {key: value for key, value in body.items() if key not in _WITHOUT_EFFECT}
    for field in ("command", "args"):
        words(field, body.get(field, ""))
    if "image" in body:
        spec["image"] = resolve_image(call, body["image"])
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
    """Check the rules for the whole spec, in Swarm's order (seen: Docker 20.10.24).

    ``own_id`` is the id of the service, if it exists. Raises: Refusal (400, 500).
    """
    if spec["hosts"]:
        check_hosts(spec["hosts"], _hosts(call, own_id))
    check_replicas(spec["replicas"])
    for text in spec["placement_constraints"]:
        if why_not := placement.why_not(text):
            raise Refusal(500, f"rpc error: code = Unknown desc = {why_not}")
    for field, kind in _FILES.items():
        _check_references(call, field, kind, spec[field])
    _check_templates(spec)
    if images.parse(spec["image"]) is None:
        raise no_image(spec["image"])
    targets = [mount["target"] for mount in spec["mounts"]]
    for target in targets:
        if targets.count(target) > 1:
            raise refused_by_swarm(f"ContainerSpec: duplicate mount point: {target}", param="mounts")


def words(field: str, text: str) -> list[str]:
    """The words of ``command`` or ``args``, split as a shell does.

    Raises: Refusal (400).
    """
    try:
        return shlex.split(text)
    except ValueError as error:
        raise invalid(field, str(error)) from None


def needs_new_containers(live: Spec, wanted: Spec) -> bool:
    """Whether a change of the spec replaces every task. Of a command the words count, not their quotes."""
    return any(
        words(field, wanted[field]) != words(field, live[field])
        if field in ("command", "args")
        else wanted[field] != live[field]
        for field in TEMPLATE
    )


def no_image(text: str) -> Refusal:
    """400 for an invalid image reference, in Swarm's words."""
    return refused_by_swarm(f'ContainerSpec: "{text}" is not a valid repository/tag', param="image")


def resolve_image(call: Call, text: str) -> str:
    """The stored form of an image, with the tag's digest now; an invalid reference is unchanged."""
    image = images.parse(text)
    if image is None:
        return text
    pushes = call.state.find("", "push", image.tagged)
    return images.pinned(image, pushes=pushes["count"] if pushes else 0)


def _references(call: Call, field: str, given: Sequence[Mapping[str, Any]]) -> list[Record]:
    """References to secrets or configs, with ids and every default filled in."""
    kind = _FILES[field]
    references = []
    for reference in given:
        found = _by_name_or_id(call, kind, reference["name"])
        if found is None or reference["name"] not in (found["name"], found["id"]):
            raise invalid(field, f"{kind} not found: {reference['name']}")
        default = found["name"] if kind == "secret" else f"/{found['name']}"
        owner = {key: int(reference.get(key, "0")) for key in ("uid", "gid")}
        file_name, mode = reference.get("file_name", default), str(int(reference.get("mode", "292")))
        references.append(
            {"id": found["id"], "name": found["name"], "file_name": file_name, **owner, "mode": mode}
        )
    return references


def _check_references(call: Call, field: str, kind: str, references: Sequence[Record]) -> None:
    """Check Swarm's rules: referenced objects exist, and no two files have exactly the same name."""
    by_file: dict[str, str] = {}
    for reference in references:
        if call.state.find(call.cluster, kind, reference["id"]) is None:
            raise invalid(field, f"{kind} not found: {reference['name']}")
        if earlier := by_file.get(reference["file_name"]):
            raise refused_by_swarm(
                f"{kind} references '{earlier}' and '{reference['name']}' have a conflicting target: "
                f"'{reference['file_name']}'",
                param=field,
            )
        by_file[reference["file_name"]] = reference["name"]


def _check_templates(spec: Spec) -> None:
    """Refuse templates in variables and mounts that Swarm cannot expand: it tries that with every spec."""
    for variable in spec["environment_variables"]:
        if why_not := templates.why_not(variable["value"]):
            shown = templates.quoted(f"{variable['key']}={variable['value']}")
            why = f"expanding env failed: expanding env {shown}: {why_not}"
            raise refused_by_swarm(why, param="environment_variables")
    for mount in spec["mounts"]:
        for part in ("source", "target"):
            if why_not := templates.why_not(mount[part]):
                shown = templates.quoted(mount[part])
                why = f"expanding mounts failed: expanding mount {part} {shown}: {why_not}"
                raise refused_by_swarm(why, param="mounts")


def _mount(call: Call, given: Mapping[str, Any]) -> Record:
    """A mount by the name of its volume, which need not exist: an engine creates it when a task starts."""
    volume = call.state.find(call.cluster, "volume", given["source"])
    source = volume["name"] if volume else given["source"]
    readonly = given.get("readonly", False)
    return {"type": "volume", "target": given["target"], "source": source, "readonly": readonly}


def why_rejected(spec: Spec) -> str:
    """Why an engine rejects every task of a spec that Swarm has accepted; "" if it does not."""
    for variable in spec["environment_variables"]:
        if not variable["key"]:
            return f"invalid environment variable: ={variable['value']}"
    targets = [mount["target"].rstrip("/") for mount in spec["mounts"]]
    twice = next((target for target in targets if targets.count(target) > 1), None)
    return f"Duplicate mount point: {twice}" if twice else ""


def _by_name_or_id(call: Call, kind: str, text: str) -> Record | None:
    return call.state.named(call.cluster, kind, text) or call.state.find(call.cluster, kind, text)


def _environment(given: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    return [{"key": variable["key"], "value": variable.get("value", "")} for variable in given]


def _float32(number: float) -> float:
    """The number as Docker stores it, in 32 bits, and prints it, with the fewest digits that identify it."""
    kept = struct.pack("f", number)
    (exact,) = struct.unpack("f", kept)
    texts = (f"{exact:.{digits}g}" for digits in range(1, 10))
    return next(float(text) for text in texts if struct.pack("f", float(text)) == kept)


def check_replicas(replicas: int) -> None:
    """Refuse more than an engine can handle: 100,000 blocked one permanently (Docker 20.10.24).

    Raises: Refusal (400).
    """
    if replicas > MAX_REPLICAS:
        raise invalid("replicas", f"must be at most {MAX_REPLICAS} here")


def check_hosts(hosts: Sequence[str], taken: Mapping[str, str]) -> None:
    """Refuse hosts that do not resolve, and those that another service has (``taken``: its name by lower-case host).

    Raises: Refusal (400).
    """
    unresolved = [
        host for host in hosts if not _NAME.fullmatch(host) or host.lower().rstrip(".").endswith(".invalid")
    ]
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
