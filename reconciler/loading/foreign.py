"""YAML files that are no manifests: Compose files, workflows, Kubernetes objects. Pure."""

from difflib import get_close_matches
from typing import Any

from reconciler.loading.schema_types import top_level_fields

_SHARED = frozenset({"services", "volumes", "configs", "secrets"})
"""Top-level fields that a Compose file has as well."""
_COMPOSE = frozenset({"version", "networks", "name", "include", "models"})
_COMPOSE_SERVICE = frozenset(
    {
        "build", "cap_add", "container_name", "deploy", "devices", "entrypoint", "env_file", "environment",
        "expose", "extra_hosts", "healthcheck", "labels", "logging", "network_mode", "networks", "ports",
        "privileged", "restart", "ulimits", "user", "volumes", "working_dir",
    }
)  # fmt: skip
"""Fields of a Compose file's service that a manifest's service does not have."""


def what_it_is(values: list[Any]) -> str:
    """What the documents of a file seem to be, such as "a Docker Compose file"; "" for a manifest.

    A file is foreign only if each of its documents is.
    """
    kinds = [_kind(value) for value in values]
    return kinds[0] if kinds and all(kinds) else ""


def _kind(value: Any) -> str:
    if not isinstance(value, dict):
        return "a list" if isinstance(value, list) else "plain text"
    fields = {field for field in value if not field.startswith("x-")}
    ours = fields & top_level_fields()
    others = fields - ours
    if not fields or ours - _SHARED:
        return ""
    if "apiVersion" in others and "kind" in others:
        return "a Kubernetes object"
    if "jobs" in others and "on" in others:
        return "a workflow of GitHub Actions"
    if ours:
        return "a Docker Compose file" if others & _COMPOSE or _has_compose_services(value) else ""
    return "" if _is_misspelt(others) else "something else"


def _has_compose_services(value: dict[str, Any]) -> bool:
    services = value.get("services")
    if not isinstance(services, dict):
        return False
    return any(isinstance(one, dict) and not _COMPOSE_SERVICE.isdisjoint(one) for one in services.values())


def _is_misspelt(fields: set[str]) -> bool:
    """Whether a field was probably meant to be one of ours."""
    some = sorted(field for field in fields if len(field) <= 20)[:50]
    return any(get_close_matches(field.lower(), top_level_fields(), n=1, cutoff=0.75) for field in some)
