"""A Terraform provider for services and configs, written in Python with PyPI's ``tf``, for comparison.

Terraform starts it (see peers.py) and sends at most ten calls at a time, a limit of its framework. Each thread
keeps an HTTP connection open, so that HTTP does not slow it down.
"""

import http.client
import json
import threading
from base64 import b64encode
from typing import Any, ClassVar
from urllib.parse import urlsplit

from tf.iface import Provider, Resource
from tf.runner import run_provider
from tf.schema import Attribute, Schema
from tf.types import List, Map, Number, String

INSIDE = "/companies/company_1/clusters/cluster_1"
HEADERS = {"Authorization": f"Basic {b64encode(b'bench:bench').decode()}", "Content-Type": "application/json"}
TEXTS = (
    "image", "args", "protocol", "healthcheck_path", "update_order", "update_failure_action", "rollback_order"
)  # fmt: skip
NUMBERS = (
    "replicas", "port", "healthcheck_interval", "healthcheck_timeout", "update_delay", "update_parallelism",
    "update_monitor",
)  # fmt: skip
OTHERS = {
    "hosts": List(String()),
    "placement_constraints": List(String()),
    "environment_variables": Map(String()),
    "configs": List(Map(String())),
}
SERVICE = {**dict.fromkeys(TEXTS, String()), **dict.fromkeys(NUMBERS, Number()), **OTHERS}


class Medstack(Provider):
    """The provider: the API's address, and a connection for each thread."""

    def __init__(self) -> None:
        self.host, self.prefix, self.own = "", "", threading.local()

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Send a request; returns the answer's JSON, None for an empty answer or 404."""
        if not hasattr(self.own, "connection"):
            self.own.connection = http.client.HTTPConnection(self.host)
        data = None if body is None else json.dumps(body)
        self.own.connection.request(method, self.prefix + INSIDE + path, data, HEADERS)
        answer = self.own.connection.getresponse()
        text = answer.read()
        if answer.status >= 300 and answer.status != 404:
            raise RuntimeError(f"{method} {path}: {answer.status}")
        return json.loads(text) if text and answer.status != 404 else None

    def configure_provider(self, diags: Any, config: dict[str, Any]) -> None:  # noqa: ARG002
        parts = urlsplit(config["url"])
        self.host, self.prefix = parts.netloc, parts.path

    def get_provider_schema(self, diags: Any) -> Schema:  # noqa: ARG002
        return Schema(attributes=[Attribute("url", String(), required=True)])

    def validate_config(self, diags: Any, config: dict[str, Any]) -> None: ...

    def get_model_prefix(self) -> str:
        return "medstack_"

    def full_name(self) -> str:
        return "bench.test/bench/medstack"

    def get_data_sources(self) -> list[Any]:
        return []

    def get_resources(self) -> list[Any]:
        return [Service, Config]


class Service(Resource):
    """A service, updated in place: everything except its name can change."""

    name = "service"
    fields: ClassVar[dict[str, Any]] = SERVICE
    fixed: ClassVar[tuple[str, ...]] = ("name",)

    def __init__(self, provider: Medstack) -> None:
        self.provider, self.path = provider, f"/{self.name}s"

    @classmethod
    def get_name(cls) -> str:
        return cls.name

    @classmethod
    def get_schema(cls) -> Schema:
        given = {"name": String(), **cls.fields}
        return Schema(
            version=1,
            attributes=[
                Attribute("id", String(), computed=True),
                *(
                    Attribute(
                        field,
                        kind,
                        required=field == "name",
                        optional=field != "name",
                        requires_replace=field in cls.fixed,
                    )
                    for field, kind in given.items()
                ),
            ],
        )

    def create(self, ctx: Any, planned: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        return self.outputs(self.provider.call("POST", self.path, self.body(planned)), planned)

    def read(self, ctx: Any, current: dict[str, Any]) -> dict[str, Any] | None:  # noqa: ARG002
        there = self.provider.call("GET", f"{self.path}/{current['id']}")
        return None if there is None else self.outputs(there, current)

    def update(self, ctx: Any, current: dict[str, Any], planned: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        return self.outputs(
            self.provider.call("PUT", f"{self.path}/{current['id']}", self.body(planned)), planned
        )

    def delete(self, ctx: Any, current: dict[str, Any]) -> None:  # noqa: ARG002
        self.provider.call("DELETE", f"{self.path}/{current['id']}")

    def body(self, planned: dict[str, Any]) -> dict[str, Any]:
        """The request body: the declared fields."""
        return {field: planned[field] for field in ("name", *self.fields) if planned.get(field) is not None}

    def outputs(self, there: dict[str, Any], declared: dict[str, Any]) -> dict[str, Any]:
        """The state for Terraform: the API's values of the declared fields."""
        asked = {field: None if declared.get(field) is None else there.get(field) for field in self.fields}
        return {"id": there["id"], "name": there["name"], **asked}


class Config(Service):
    """A config, which cannot be changed: a new text is a new config."""

    name = "config"
    fields: ClassVar[dict[str, Any]] = {"data": String()}
    fixed: ClassVar[tuple[str, ...]] = ("name", "data")


if __name__ == "__main__":
    run_provider(Medstack())
