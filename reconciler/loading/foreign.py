"""Recognizes YAML files that are not manifests: Compose files, workflows, Kubernetes objects. Pure."""

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


def foreign_format(values: list[Any]) -> str:
    """The probable format of a file that is not a manifest, such as "a Docker Compose file"; "" for a manifest.

    All documents of the file must look foreign.
    """
    kinds = [_kind(value) for value in values]
    return kinds[0] if kinds and all(kinds) else ""


def _kind(value: Any) -> str:
    if not isinstance(value, dict):
        return "a list" if isinstance(value, list) else "plain text"
    fields = {field for field in value if not field.startswith("x-")}
    manifest_fields = fields & top_level_fields()
    other_fields = fields - manifest_fields
    if not fields or manifest_fields - _SHARED:
        return ""
    if "apiVersion" in other_fields and "kind" in other_fields:
        return "a Kubernetes object"
    if "jobs" in other_fields and "on" in other_fields:
        return "a workflow of GitHub Actions"
    if manifest_fields:
        return "a Docker Compose file" if other_fields & _COMPOSE or _has_compose_services(value) else ""
    return "" if _is_misspelt(other_fields) else "something else"


def _has_compose_services(value: dict[str, Any]) -> bool:
    services = value.get("services")
    if not isinstance(services, dict):
        return False
    return any(
        isinstance(service, dict) and not _COMPOSE_SERVICE.isdisjoint(service)
        for service in services.values()
    )


def _is_misspelt(fields: set[str]) -> bool:
    """Whether a field is probably a misspelled field of a manifest."""
    candidates = sorted(field for field in fields if len(field) <= 20)[:50]
    return any(get_close_matches(field.lower(), top_level_fields(), n=1, cutoff=0.75) for field in candidates)
