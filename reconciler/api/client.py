"""The API's 34 operations as methods: those of ``Reader`` change nothing, ``Writer`` has the rest.

Arguments are plain ids, results are the validated bodies of the answers. A plan gets a ``Reader``, which cannot write.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

from reconciler.api.answers import Shape, about, parse_empty, parse_list, parse_object, part, whole
from reconciler.api.calls import Calls
from reconciler.api.operations import OPERATIONS
from reconciler.api.redact import HiddenValues
from reconciler.model import Body

T = TypeVar("T")
Bodies = tuple[Body, ...]


class ClusterRef(NamedTuple):
    """The ids that address a cluster."""

    company_id: str
    cluster_id: str

    def ids(self, **more: str) -> dict[str, str]:
        """The ids for an operation's path."""
        return {"company_id": self.company_id, "cluster_id": self.cluster_id, **more}


def _concealed(task: Body, sought: HiddenValues) -> Body:
    status = task.get("status")
    if not isinstance(status, dict):
        return task
    concealed = {
        name: sought.conceal(text)
        for name in ("error", "message")
        if isinstance(text := status.get(name), str)
    }
    return {**task, "status": {**status, **concealed}} if any(concealed.values()) else task


class Reader:
    """The 15 operations that read. Threads share it.

    Every method raises ``Unauthorized``, ``NotFound``, ``Rejected``, ``RateLimited``, ``ServerFault``,
    ``BadAnswer``, ``Unreachable`` or ``Ambiguous``, after retries if the error may be temporary.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def server_time(self) -> float | None:
        """The server's time in seconds since the epoch; None if it is not known or not reliable."""
        return self._calls.server_time()

    def company(self) -> Body:
        """The token's company."""
        return self._calls.call(OPERATIONS["company"], part("company"), {})

    def clusters(self, company_id: str) -> Bodies:
        """The clusters of a company."""
        return self._calls.call(OPERATIONS["clusters"], parse_list("cluster"), {"company_id": company_id})

    def cluster(self, at: ClusterRef) -> Body:
        """The cluster itself."""
        return self._of("cluster", about("id", at.cluster_id, whole("cluster")), at)

    def webhooks(self, company_id: str) -> Bodies:
        """The outgoing webhooks of a company (in preview)."""
        return self._calls.call(OPERATIONS["webhooks"], parse_list("webhook"), {"company_id": company_id})

    def webhook(self, company_id: str, webhook_id: str) -> Body:
        """One outgoing webhook (in preview)."""
        return self._calls.call(
            OPERATIONS["webhook"],
            about("id", webhook_id, whole("webhook")),
            {"company_id": company_id, "id": webhook_id},
        )

    def node_sizes(self, at: ClusterRef) -> Bodies:
        """The sizes that a node of the cluster can have."""
        return self._of("node_sizes", parse_list("node_size"), at)

    def nodes(self, at: ClusterRef) -> Bodies:
        """The nodes (in preview)."""
        return self._of("nodes", parse_list("node"), at)

    def node(self, at: ClusterRef, node_id: str) -> Body:
        """One node (in preview)."""
        return self._of("node", about("id", node_id, whole("node")), at, id=node_id)

    def services(self, at: ClusterRef) -> Bodies:
        """The services, also those of the platform itself."""
        return self._of("services", parse_list("service"), at)

    def service(self, at: ClusterRef, service_id: str) -> Body:
        """One service."""
        return self._of("service", about("id", service_id, whole("service")), at, id=service_id)

    def secrets(self, at: ClusterRef) -> Bodies:
        """The secrets, without their values."""
        return self._of("secrets", parse_list("secret"), at)

    def configs(self, at: ClusterRef) -> Bodies:
        """The configs, with their data."""
        return self._of("configs", parse_list("config"), at)

    def config(self, at: ClusterRef, config_id: str) -> Body:
        """One config."""
        return self._of("config", about("id", config_id, whole("config")), at, id=config_id)

    def volumes(self, at: ClusterRef) -> Bodies:
        """The volumes, with the services that use them."""
        return self._of("volumes", parse_list("volume"), at)

    def tasks(self, at: ClusterRef) -> Bodies:
        """The tasks of all services (in preview, on request), with hidden values masked in their messages."""
        return tuple(
            _concealed(task, self._calls.sought) for task in self._of("tasks", parse_list("task"), at)
        )

    def _of(self, name: str, shape: Shape[T], at: ClusterRef, **ids: str) -> T:
        return self._calls.call(OPERATIONS[name], shape, at.ids(**ids))


class Writer(Reader):
    """The 19 operations that write, and all that read. Threads share it.

    ``permit`` is called before each attempt at a write, and stops it by raising (for example if a lease expires).
    A write that may have been carried out raises ``Ambiguous``, also if the server answered 5xx, with an invalid body
    or with another object. ``Rejected``, ``NotFound``, ``Unauthorized``, ``RateLimited`` and ``Unreachable`` mean that
    it was not.
    """

    def __init__(self, calls: Calls, *, permit: Callable[[], None] | None = None) -> None:
        super().__init__(calls)
        self._permit = permit

    def create_webhook(self, company_id: str, body: Body) -> Body:
        """Add an outgoing webhook: ``url``, ``label``, ``cluster_id``."""
        return self._write(
            "create_webhook", about("label", body.get("label")), {"company_id": company_id}, body
        )

    def replace_webhook(self, company_id: str, webhook_id: str, body: Body) -> Body:
        """Change an outgoing webhook as a whole (PUT)."""
        return self._write(
            "replace_webhook", about("id", webhook_id), {"company_id": company_id, "id": webhook_id}, body
        )

    def delete_webhook(self, company_id: str, webhook_id: str) -> None:
        """Delete an outgoing webhook."""
        self._write("delete_webhook", parse_empty, {"company_id": company_id, "id": webhook_id})

    def test_webhook(self, company_id: str, webhook_id: str) -> None:
        """Send a test event to the webhook's URL."""
        self._write("test_webhook", parse_empty, {"company_id": company_id, "id": webhook_id})

    def create_node(self, at: ClusterRef, body: Body) -> Body:
        """Request a new node of a size: ``size_id``. It is created after the answer."""
        return self._on("create_node", parse_object, at, body)

    def resize_node(self, at: ClusterRef, node_id: str, body: Body) -> Body:
        """Request another size for a node: ``size_id``. It is changed after the answer."""
        return self._on("resize_node", about("id", node_id), at, body, id=node_id)

    def delete_node(self, at: ClusterRef, node_id: str) -> None:
        """Request the deletion of a node. It is deleted after the answer."""
        self._on("delete_node", parse_empty, at, id=node_id)

    def reboot_node(self, at: ClusterRef, node_id: str) -> None:
        """Request the reboot of a node."""
        self._on("reboot_node", parse_empty, at, id=node_id)

    def create_service(self, at: ClusterRef, body: Body) -> Body:
        """Add a service; the body is the whole spec."""
        return self._on("create_service", about("name", body.get("name")), at, body)

    def replace_service(self, at: ClusterRef, service_id: str, body: Body) -> Body:
        """Change a service as a whole (PUT): fields that the body leaves out are cleared."""
        return self._on("replace_service", about("id", service_id), at, body, id=service_id)

    def patch_service(self, at: ClusterRef, service_id: str, body: Body) -> Body:
        """Change the fields of a service that are in the body (PATCH); a list is replaced as a whole."""
        return self._on("patch_service", about("id", service_id), at, body, id=service_id)

    def delete_service(self, at: ClusterRef, service_id: str) -> None:
        """Delete a service."""
        self._on("delete_service", parse_empty, at, id=service_id)

    def refresh_image(self, at: ClusterRef, service_id: str) -> None:
        """Stop and start all of a service's containers, with the image pulled again."""
        self._on("refresh_image", parse_empty, at, id=service_id)

    def create_secret(self, at: ClusterRef, body: Body) -> Body:
        """Add a secret: ``name``, ``data``."""
        return self._on("create_secret", about("name", body.get("name")), at, body)

    def delete_secret(self, at: ClusterRef, secret_id: str) -> None:
        """Delete a secret."""
        self._on("delete_secret", parse_empty, at, id=secret_id)

    def create_config(self, at: ClusterRef, body: Body) -> Body:
        """Add a config: ``name``, ``data``."""
        return self._on("create_config", about("name", body.get("name")), at, body)

    def delete_config(self, at: ClusterRef, config_id: str) -> None:
        """Delete a config."""
        self._on("delete_config", parse_empty, at, id=config_id)

    def create_volume(self, at: ClusterRef, body: Body) -> Body:
        """Add a volume: ``name``."""
        return self._on("create_volume", about("name", body.get("name")), at, body)

    def delete_volume(self, at: ClusterRef, volume_id: str) -> None:
        """Delete a volume and its data."""
        self._on("delete_volume", parse_empty, at, id=volume_id)

    def _write(self, name: str, shape: Shape[T], ids: Mapping[str, str], body: Body | None = None) -> T:
        return self._calls.call(OPERATIONS[name], shape, ids, body, permit=self._permit)

    def _on(self, name: str, shape: Shape[T], at: ClusterRef, body: Body | None = None, **ids: str) -> T:
        return self._write(name, shape, at.ids(**ids), body)
