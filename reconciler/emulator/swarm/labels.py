"""Hosts, port, protocol and health check of a service as the labels that Traefik 2 and 3 read in Swarm mode."""

import re
from collections.abc import Mapping
from typing import Any

_HOST = re.compile(r"Host\(`([^`]*)`\)")
_FIELDS = {
    "port": "server.port",
    "protocol": "server.scheme",
    "healthcheck_path": "healthcheck.path",
    "healthcheck_interval": "healthcheck.interval",
    "healthcheck_timeout": "healthcheck.timeout",
}
_SECONDS = frozenset({"healthcheck_interval", "healthcheck_timeout"})
TEXTS = "reconciler.emulator."
"""The prefix of the labels that keep ``command`` and ``args`` as they were given."""


def written(name: str, spec: Mapping[str, Any], former: Mapping[str, str]) -> dict[str, str]:
    """All labels of a service: foreign ones unchanged, the emulator's by ``spec`` (the API's fields)."""
    labels = {key: value for key, value in former.items() if not key.startswith(("traefik.", TEXTS))}
    if hosts := spec.get("hosts"):
        labels["traefik.enable"] = "true"
        labels[f"traefik.http.routers.{name}.rule"] = " || ".join(f"Host(`{host}`)" for host in hosts)
    for field, label in _FIELDS.items():
        value = spec.get(field)
        if value not in (None, ""):
            text = f"{value}s" if field in _SECONDS else str(value)
            labels[f"traefik.http.services.{name}.loadbalancer.{label}"] = text
    for field in ("command", "args"):
        if spec.get(field):
            labels[TEXTS + field] = spec[field]
    return labels


def read(name: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """The API's fields that the labels hold."""
    fields: dict[str, Any] = {"hosts": _HOST.findall(labels.get(f"traefik.http.routers.{name}.rule", ""))}
    for field, label in _FIELDS.items():
        text = labels.get(f"traefik.http.services.{name}.loadbalancer.{label}")
        if text is None:
            continue
        number = text.removesuffix("s")
        fields[field] = int(number) if field in {"port", *_SECONDS} and number.isdigit() else text
    return fields
