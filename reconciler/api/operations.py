"""The 34 operations of MedStack's API v1 as data, an entry for each in its reference. Sends nothing."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

from reconciler.errors import UsageError

COMPANY = "/companies/{company_id}"
CLUSTER = COMPANY + "/clusters/{cluster_id}"
WEBHOOKS = COMPANY + "/webhooks/outgoing"
WEBHOOK = WEBHOOKS + "/{id}"
NODE = CLUSTER + "/nodes/{id}"
SERVICE = CLUSTER + "/services/{id}"


class Operation(NamedTuple):
    """An operation. ``path`` is a template; ``status`` is the documented status of success, but any 2xx is accepted."""

    method: str
    path: str
    status: int

    @property
    def safe(self) -> bool:
        """Whether the operation changes nothing, so that it may be repeated."""
        return self.method == "GET"

    def fill(self, ids: Mapping[str, str]) -> str:
        """The path with ``ids`` filled in, percent-encoded. Raises ``UsageError`` for an id that is empty or only
        dots."""
        return self.path.format_map({name: _quoted(name, text) for name, text in ids.items()})


OPERATIONS: Mapping[str, Operation] = {
    "company": Operation("GET", "/companies/current", 200),
    "clusters": Operation("GET", COMPANY + "/clusters", 200),
    "cluster": Operation("GET", CLUSTER, 200),
    "webhooks": Operation("GET", WEBHOOKS, 200),
    "webhook": Operation("GET", WEBHOOK, 200),
    "create_webhook": Operation("POST", WEBHOOKS, 201),
    "replace_webhook": Operation("PUT", WEBHOOK, 200),
    "delete_webhook": Operation("DELETE", WEBHOOK, 204),
    "test_webhook": Operation("POST", WEBHOOK + "/test", 202),
    "node_sizes": Operation("GET", CLUSTER + "/node-sizes", 200),
    "nodes": Operation("GET", CLUSTER + "/nodes", 200),
    "node": Operation("GET", NODE, 202),
    "create_node": Operation("POST", CLUSTER + "/nodes", 202),
    "resize_node": Operation("PATCH", NODE, 202),
    "delete_node": Operation("DELETE", NODE, 202),
    "reboot_node": Operation("POST", NODE + "/reboot", 202),
    "services": Operation("GET", CLUSTER + "/services", 200),
    "service": Operation("GET", SERVICE, 200),
    "create_service": Operation("POST", CLUSTER + "/services", 201),
    "replace_service": Operation("PUT", SERVICE, 201),
    "patch_service": Operation("PATCH", SERVICE, 201),
    "delete_service": Operation("DELETE", SERVICE, 204),
    "refresh_image": Operation("POST", SERVICE + "/refresh_image", 200),
    "secrets": Operation("GET", CLUSTER + "/secrets", 200),
    "create_secret": Operation("POST", CLUSTER + "/secrets", 201),
    "delete_secret": Operation("DELETE", CLUSTER + "/secrets/{id}", 204),
    "configs": Operation("GET", CLUSTER + "/configs", 200),
    "config": Operation("GET", CLUSTER + "/configs/{id}", 200),
    "create_config": Operation("POST", CLUSTER + "/configs", 201),
    "delete_config": Operation("DELETE", CLUSTER + "/configs/{id}", 204),
    "volumes": Operation("GET", CLUSTER + "/volumes", 200),
    "create_volume": Operation("POST", CLUSTER + "/volumes", 201),
    "delete_volume": Operation("DELETE", CLUSTER + "/volumes/{id}", 204),
    "tasks": Operation("GET", CLUSTER + "/tasks", 200),
}
"""By the name of the method of ``Reader`` or ``Writer`` that carries it out."""


def _quoted(name: str, text: str) -> str:
    """An id, percent-encoded. Raises ``UsageError`` for an empty id or dots, which would change the path."""
    if text.strip(".") == "":
        raise UsageError(f"{text!r} is not a {name.replace('_', ' ')}")
    return quote(text, safe="")
