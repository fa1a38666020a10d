"""Converts a service between the API's fields and a Swarm service spec. Makes no request.

Field by field by the Docker Engine API (ServiceCreate, TaskSpec); other parts of a spec are kept.
"""

import shlex
from collections.abc import Mapping
from typing import Any

from reconciler.emulator.answers import invalid
from reconciler.emulator.spec import words
from reconciler.emulator.swarm import labels

Fields = Mapping[str, Any]
Spec = dict[str, Any]

_NANO = 1_000_000_000
_POLICY = {
    "order": ("Order", "stop-first"),
    "delay": ("Delay", 0),
    "parallelism": ("Parallelism", 1),
    "failure_action": ("FailureAction", "pause"),
    "max_failure_ratio": ("MaxFailureRatio", 0.0),
    "monitor": ("Monitor", 5),
}
_FOLDER = {"secrets": "/run/secrets/", "configs": "/"}
_WORD = {"secrets": "Secret", "configs": "Config"}


def fields_of(service: Mapping[str, Any]) -> dict[str, Any]:
    """The API's fields of a service from the engine."""
    spec = service["Spec"]
    task = spec["TaskTemplate"]
    container = task.get("ContainerSpec") or {}
    kept = spec.get("Labels") or {}
    mode = (spec.get("Mode") or {}).get("Replicated")
    return {
        "image": container.get("Image", ""),
        "replicas": 1 if mode is None else mode.get("Replicas", 1),
        "command": _text(container.get("Command"), kept.get(f"{labels.TEXTS}command")),
        "args": _text(container.get("Args"), kept.get(f"{labels.TEXTS}args")),
        "protocol": "",
        "healthcheck_path": "",
        **labels.read(spec["Name"], kept),
        "secrets": [_reference("secrets", reference) for reference in container.get("Secrets") or ()],
        "configs": [_reference("configs", reference) for reference in container.get("Configs") or ()],
        "mounts": [
            {
                "type": mount["Type"],
                "target": mount["Target"],
                "source": mount.get("Source", ""),
                "readonly": mount.get("ReadOnly", False),
            }
            for mount in container.get("Mounts") or ()
        ],
        "environment_variables": [_variable(variable) for variable in container.get("Env") or ()],
        "placement_constraints": list((task.get("Placement") or {}).get("Constraints") or ()),
        **_policy("update", spec.get("UpdateConfig")),
        **_policy("rollback", spec.get("RollbackConfig")),
    }


_FIELD_BY_WORDS = {
    "expanding env": "environment_variables",
    "name must be": "name",
    "mount": "mounts",
    "secret": "secrets",
    "config": "configs",
    "repository/tag": "image",
}


def field_of(refusal: str) -> str:
    """The API's field that an engine's error about a service names: the engine has it only in its text."""
    return next((field for words, field in _FIELD_BY_WORDS.items() if words in refusal), "body")


def spec_of(name: str, fields: Fields, former: Mapping[str, Any], references: Mapping[str, Any]) -> Spec:
    """The engine's spec with these fields, over a ``former`` one (empty for a new service).

    ``references`` maps a section and a name or id to the engine's object. Raises Refusal for what Docker cannot accept.
    """
    spec = {key: value for key, value in former.items() if value is not None}
    task = dict(spec.get("TaskTemplate") or {})
    container = dict(task.get("ContainerSpec") or {})
    container["Image"] = fields.get("image", "")
    container["Command"] = words("command", fields.get("command") or "")
    container["Args"] = words("args", fields.get("args") or "")
    container["Env"] = [
        f"{variable['key']}={variable.get('value', '')}"
        for variable in fields.get("environment_variables") or ()
    ]
    container["Mounts"] = [_mount(mount) for mount in fields.get("mounts") or ()]
    for section in ("secrets", "configs"):
        container[_WORD[section] + "s"] = [
            _bound(section, reference, references) for reference in fields.get(section) or ()
        ]
    task["ContainerSpec"] = {key: value for key, value in container.items() if value not in (None, [], "")}
    placement = {
        **(task.get("Placement") or {}),
        "Constraints": list(fields.get("placement_constraints") or ()),
    }
    task["Placement"] = placement
    spec["Name"] = name
    spec["TaskTemplate"] = task
    if "Global" not in (spec.get("Mode") or {}):
        spec["Mode"] = {"Replicated": {"Replicas": int(fields.get("replicas", 1))}}
    spec["Labels"] = labels.written(name, fields, spec.get("Labels") or {})
    for when in ("update", "rollback"):
        spec[f"{when.capitalize()}Config"] = {
            engine: _as_engine(field, fields.get(f"{when}_{field}", default))
            for field, (engine, default) in _POLICY.items()
        }
    return spec


def _as_engine(field: str, value: Any) -> Any:
    return int(value) * _NANO if field in ("delay", "monitor") else value


def _policy(when: str, config: Mapping[str, Any] | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field, (engine, default) in _POLICY.items():
        value = (config or {}).get(engine, default if config is None else _zero(field))
        found[f"{when}_{field}"] = (
            value // _NANO if field in ("delay", "monitor") and engine in (config or {}) else value
        )
    return found


def _zero(field: str) -> Any:
    """The value of a field that the engine leaves out of an existing policy."""
    return {"parallelism": 0, "delay": 0, "monitor": 0, "max_failure_ratio": 0.0}.get(
        field, _POLICY[field][1]
    )


def _text(words: list[str] | None, kept: str | None) -> str:
    """The text as it was given, if it still gives these words."""
    try:
        if kept is not None and shlex.split(kept) == (words or []):
            return kept
    except ValueError:
        pass
    return shlex.join(words or [])


def _variable(text: str) -> dict[str, str]:
    key, _, value = text.partition("=")
    return {"key": key, "value": value}


def _mount(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Type": given.get("type", "volume"),
        "Source": given["source"],
        "Target": given["target"],
        "ReadOnly": bool(given.get("readonly", False)),
    }


def _bound(section: str, given: Mapping[str, Any], references: Mapping[str, Any]) -> dict[str, Any]:
    word = _WORD[section]
    found = references.get(f"{section}/{given['name']}")
    if found is None:
        raise invalid(section, f"{word.lower()} not found: {given['name']}")
    default = found["Spec"]["Name"] if section == "secrets" else f"/{found['Spec']['Name']}"
    try:
        mode = int(given.get("mode", "292"))
    except ValueError:
        raise invalid(section, f"mode of {word.lower()} {given['name']} is no number") from None
    return {
        f"{word}ID": found["ID"],
        f"{word}Name": found["Spec"]["Name"],
        "File": {
            "Name": given.get("file_name", default),
            "UID": str(given.get("uid", "0")),
            "GID": str(given.get("gid", "0")),
            "Mode": mode,
        },
    }


def _reference(section: str, given: Mapping[str, Any]) -> dict[str, Any]:
    word, file = _WORD[section], given.get("File") or {}
    return {
        "id": given[f"{word}ID"],
        "name": given[f"{word}Name"],
        "file_name": file.get("Name", ""),
        "uid": _number(file.get("UID")),
        "gid": _number(file.get("GID")),
        "mode": str(file.get("Mode", 0)),
    }


def _number(text: Any) -> int:
    return int(text) if str(text).isdigit() else 0
