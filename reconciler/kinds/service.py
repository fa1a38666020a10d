"""Services (API: services). An update is a PUT of the whole body: the changed fields over a fresh GET."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

from reconciler.credentials.rules import is_boolean, names_credential
from reconciler.kinds import comparators, shorthands
from reconciler.kinds import image as images
from reconciler.kinds.base import Comparator, Kind, NameRule
from reconciler.kinds.wrapping import wrapped
from reconciler.model import Body, Spec

SCALARS = (
    "image", "replicas", "command", "args", "port", "protocol",
    "healthcheck_path", "healthcheck_interval", "healthcheck_timeout",
    "update_order", "update_delay", "update_parallelism", "update_failure_action",
    "update_max_failure_ratio", "update_monitor",
    "rollback_order", "rollback_delay", "rollback_parallelism", "rollback_failure_action",
    "rollback_max_failure_ratio", "rollback_monitor",
)  # fmt: skip
REFERENCES = ("secrets", "configs")
PARTS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(REFERENCES, frozenset({"name", "file_name", "uid", "gid", "mode"})),
    "mounts": frozenset({"source", "target", "readonly"}),
    "environment_variables": frozenset({"key", "value"}),
}
"""The parts of each list's items that a PUT accepts."""
LISTS = ("hosts", "secrets", "configs", "mounts", "environment_variables", "placement_constraints")
DURATIONS = (
    "healthcheck_interval", "healthcheck_timeout",
    "update_delay", "update_monitor", "rollback_delay", "rollback_monitor",
)  # fmt: skip
"""Fields that hold seconds."""
NEVER_ZERO = frozenset({"port", "healthcheck_interval", "healthcheck_timeout"})
"""Fields for which 0 in an answer means that they are not set."""
_POLICY: Mapping[str, Any] = {
    "order": "stop-first",
    "delay": 0,
    "parallelism": 1,
    "failure_action": "pause",
    "max_failure_ratio": 0.0,
    "monitor": 5,
}
"""The defaults for updates and rollbacks, which are the same in MedStack's documentation and Docker's (service
update).
"""
POLICY_DEFAULTS = {
    f"{when}_{field}": value for when in ("update", "rollback") for field, value in _POLICY.items()
}
_UNSET: Mapping[str, Any] = {**dict.fromkeys(NEVER_ZERO, 0), **POLICY_DEFAULTS}
"""The value that "" means in a field that is no text: the value of an unset field."""
FIELDS = frozenset(SCALARS + LISTS)
"""The fields of a PUT body (API: PUT services) except ``mode``, which no response has, and ``object``."""

TEMPLATE = frozenset({"image", "command", "args", "placement_constraints", "environment_variables", "mounts",
                      "secrets", "configs"})  # fmt: skip
"""Fields whose change makes Swarm start new tasks."""

EMPTY: tuple[Any, ...] = (None, "", [], {})
PLATFORM_SERVICE_NAMES = frozenset({"loadbalancer", "traefik"})
"""The names of the platform's own load balancer, which the API lists with all services and which is never written."""


def is_platform_service(name: str, image: str) -> bool:
    """Whether a service is the platform's load balancer, by name or by its image's base name."""
    return name.lower() in PLATFORM_SERVICE_NAMES or images.basename(image) == "traefik"


_CANONICAL: Mapping[str, Callable[[Any], Any]] = {
    "command": shorthands.words,
    "args": shorthands.words,
    **dict.fromkeys(DURATIONS, shorthands.seconds),
    "secrets": lambda items: [shorthands.reference(item) for item in items],
    "configs": lambda items: [shorthands.reference(item) for item in items],
    "mounts": lambda items: [shorthands.mount(item) for item in items],
    "environment_variables": lambda value: dict(shorthands.variables(value)),
    "hosts": list,
    "placement_constraints": list,
}


def canonical(value: Any) -> Spec:
    """A service of the manifest with shorthands expanded, and without fields that the API does not have."""
    given: Mapping[str, Any] = value or {}
    return {
        field: _UNSET[field] if content == "" and field in _UNSET else
        content if content is None or field not in _CANONICAL else _CANONICAL[field](content)
        for field, content in given.items()
        if field in FIELDS
    }  # fmt: skip


def _file(item: Mapping[str, Any], folder: str) -> str:
    """The path of a reference's file, relative to ``folder`` if inside (Docker: target of secrets and configs)."""
    return str(item["file_name"]).removeprefix(folder)


_PLACES: Mapping[str, Callable[[Any], str]] = {
    "secrets": lambda reference: _file(reference, "/run/secrets/"),
    "configs": lambda reference: f"/{_file(reference, '/')}",
    "mounts": lambda mount: mount["target"].rstrip("/") or "/",
}
"""The path of an item in the container. Each path has at most one item."""


def _merge_keyed(base: Iterable[Any], over: Iterable[Any], key: Callable[[Any], str]) -> list[Any]:
    """The items of ``base``, each replaced by those of ``over`` with the same key, then the others of ``over``."""
    replacing: dict[str, list[Any]] = {}
    for item in over:
        replacing.setdefault(key(item), []).append(item)
    merged: list[Any] = []
    for item in base:
        merged += replacing.pop(key(item), ()) if key(item) in replacing else [item]
    return [*merged, *(item for items in replacing.values() for item in items)]


def merge(base: Spec, over: Spec) -> Spec:
    """Variables by name, references by file, mounts by target; everything else is replaced.

    An empty list or map in ``over`` clears what is inherited.
    """
    merged = {**base, **over}
    for field, key in _PLACES.items():
        if base.get(field) and over.get(field):
            merged[field] = _merge_keyed(base[field], over[field], key)
    below, above = base.get("environment_variables"), over.get("environment_variables")
    if below and above:
        merged["environment_variables"] = {**below, **above}
    return merged


def _mode_from_live(mode: Any) -> str:
    """The API's decimal file mode as octal text; any other text is returned unchanged, and so differs from a valid
    mode.
    """
    return _octal_of(str(mode)) if mode is not None else "0444"


@lru_cache
def _octal_of(text: str) -> str:
    if re.fullmatch(r"0[0-7]{0,9}", text):
        return f"{int(text, 8):04o}"
    if re.fullmatch(r"[1-9][0-9]{0,9}", text):
        return f"{int(text):04o}"
    return text or "0444"


def _reference_from_live(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": item.get("name") or "",
        "file_name": item.get("file_name") or item.get("name") or "",
        "uid": int(item.get("uid") or 0),
        "gid": int(item.get("gid") or 0),
        "mode": _mode_from_live(item.get("mode")),
    }


def _is_set(field: str, value: Any) -> bool:
    return bool(value) or not (value in EMPTY or (value == 0 and field in NEVER_ZERO))


def decode(body: Body) -> Spec:
    """The fields that a PUT can carry; null, "" and [] are left out, since they all mean unset."""
    spec: dict[str, Any] = {}
    for field in SCALARS:
        value = body.get(field)
        if value is not None and _is_set(field, value):
            spec[field] = value
    for field in LISTS:
        items = body.get(field)
        if not items:
            continue
        if field in REFERENCES:
            spec[field] = [_reference_from_live(item) for item in items]
        elif field == "mounts":
            spec[field] = [
                {"source": mount.get("source") or "", "target": mount.get("target") or "",
                 "readonly": bool(mount.get("readonly"))}
                for mount in items
            ]  # fmt: skip
        elif field == "environment_variables":
            spec[field] = {variable.get("key") or "": variable.get("value") or "" for variable in items}
        else:
            spec[field] = list(items)
    return spec


def _encode_reference(item: Mapping[str, Any]) -> dict[str, Any]:
    """API: uid and gid are strings in requests; the mode is a decimal number written as text."""
    return {
        "name": item["name"],
        "file_name": item["file_name"],
        "uid": str(item["uid"]),
        "gid": str(item["gid"]),
        "mode": str(int(item["mode"], 8)),
    }


def _encode_field(field: str, value: Any) -> Any:
    if field in REFERENCES:
        return [_encode_reference(item) for item in value]
    if field == "environment_variables":
        return [{"key": key, "value": text} for key, text in (value or {}).items()]
    return value


def _is_cleared(field: str, value: Any) -> bool:
    """Whether a field is unset by leaving it out of the body."""
    return value is None or (value == 0 and field in NEVER_ZERO)


def encode(live_name: str, spec: Spec) -> Body:
    """The body that creates the service."""
    given = {field: value for field, value in spec.items() if not _is_cleared(field, value)}
    return wrapped(
        {"name": live_name, **{field: _encode_field(field, value) for field, value in given.items()}}
    )


def _carried_item(field: str, item: Mapping[str, Any], keep: Collection[str]) -> dict[str, Any]:
    carried = {
        part: value
        for part, value in item.items()
        if value is not None and (part in PARTS[field] or f"{field}[].{part}" in keep)
    }
    if field == "environment_variables":
        return {"value": "", **carried}
    return {**carried, **{part: str(carried[part]) for part in ("uid", "gid", "mode") if part in carried}}


def carried_over(body: Body, keep: Collection[str] = ()) -> dict[str, Any]:
    """A GET's answer as the body of a PUT: all fields that a PUT accepts, and the unknown fields in ``keep``.

    Fields that are not set are left out, since a PUT clears the fields that it leaves out.
    """
    return {
        field: [_carried_item(field, item, keep) for item in body[field]] if field in PARTS else body[field]
        for field in sorted(FIELDS | {name for name in keep if "[]" not in name})
        if _is_set(field, body.get(field))
    }


def encode_update(body: Body, spec: Spec, fields: Iterable[str], keep: Collection[str] = ()) -> Body:
    """The PUT body: ``body``, the answer of a fresh GET, with ``fields`` replaced by those of ``spec``.

    A field that is None in ``spec`` is left out, which unsets it. ``keep`` names fields that this version does not know
    and that are sent back unchanged. Existing environment variables keep the server's order.
    """
    put = carried_over(body, keep)
    for field in sorted(fields):
        value = spec[field]
        if _is_cleared(field, value):
            put.pop(field, None)
            continue
        if field == "environment_variables" and value:
            kept = [variable["key"] for variable in put.get(field) or () if variable["key"] in value]
            value = {key: value[key] for key in dict.fromkeys([*kept, *value])}
        put[field] = _encode_field(field, value)
    return wrapped(put)


def _constraint(text: str) -> str:
    for operator in ("==", "!="):
        key, found, value = text.partition(operator)
        if found:
            return f"{key.strip()} {operator} {value.strip()}"
    return text.strip()


COMPARATORS: Mapping[str, Comparator] = {
    "image": images.comparable,
    "hosts": comparators.as_set(lambda host: host.strip().lower()),
    "placement_constraints": comparators.as_set(_constraint),
    **{field: comparators.keyed(_PLACES[field], "name", "uid", "gid", "mode") for field in REFERENCES},
    "mounts": comparators.keyed(_PLACES["mounts"], "source", "readonly"),
    "environment_variables": lambda desired, live: (desired or {}, live or {}),
    **dict.fromkeys(NEVER_ZERO, comparators.never_zero),
    **{field: comparators.with_default(value) for field, value in POLICY_DEFAULTS.items()},
    **{field: comparators.ratio for field in POLICY_DEFAULTS if field.endswith("_ratio")},
}


def sensitive(field: str, key: str, value: Any) -> bool:
    """Environment variables whose name says that they are credentials."""
    return field == "environment_variables" and names_credential(key) and not is_boolean(value)


SERVICE_NAME = NameRule(
    re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9])?"),
    "at most 63 letters, digits, dashes and underscores; it begins and ends with a letter or digit",
)
"""swarmkit: names of services."""

SHOWN = frozenset({"mounts", "secrets", "configs", "depends_on", "lifecycle"})
"""Fields whose values are names, which are always shown."""

SERVICE = Kind(
    name="service",
    section="services",
    level=2,
    canonical=canonical,
    merge=merge,
    decode=decode,
    encode=encode,
    comparators=COMPARATORS,
    optional=FIELDS,
    never_cleared=frozenset({"image", "replicas"}),
    sensitive=sensitive,
    digested=frozenset({"environment_variables", "command", "args", "healthcheck_path"}),
    rolls_out=True,
    name_rule=SERVICE_NAME,
    maskable=lambda field: field not in SHOWN,
    declare="declare it under services",
)
