"""Changes of a cluster outside git."""

import base64
import http.client
import json
import time
from types import TracebackType
from typing import Any, Self

from reconciler.emulator import Emulator


class Outside:
    """Plain requests to an emulator; ``cluster`` is the path of its cluster "production"."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self._connection = http.client.HTTPConnection("127.0.0.1", emulator.port, timeout=120)
        company = self.ask("GET", "/v1/companies/current")["id"]
        self.company = f"/v1/companies/{company}"
        clusters = self.ask("GET", f"{self.company}/clusters")["data"]
        production = next(cluster for cluster in clusters if cluster["label"] == "production")
        self.cluster_id = production["id"]
        self.cluster = f"{self.company}/clusters/{self.cluster_id}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request, which must succeed; returns the answer's body."""
        status, content = self.answer(method, path, body)
        assert status < 300, content
        return content

    def answer(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Send a request; returns status and body of any answer."""
        token = base64.b64encode(f"{self.emulator.key}:{self.emulator.value}".encode()).decode()
        text = None if body is None else json.dumps(body)
        self._connection.request(method, path, text, {"Authorization": f"Basic {token}"})
        response = self._connection.getresponse()
        content = response.read()
        self._connection.close()  # a test may take longer than a server keeps idle connections
        return response.status, json.loads(content) if content else None

    def make(self, kind: str, **body: Any) -> Any:
        """Create an object in the cluster."""
        return self.ask("POST", f"{self.cluster}/{kind}", body)

    def all(self, kind: str) -> Any:
        """The objects of the cluster."""
        return self.ask("GET", f"{self.cluster}/{kind}")["data"]

    def named(self, kind: str, name: str) -> Any:
        """The object with that name."""
        return next(body for body in self.all(kind) if body["name"] == name)

    def change(self, name: str, **fields: Any) -> None:
        """Change a service."""
        self.ask("PATCH", f"{self.cluster}/services/{self.named('services', name)['id']}", fields)

    def delete(self, kind: str, name: str) -> None:
        """Delete an object of the cluster, as soon as no stopped container uses it any more."""
        path = f"{self.cluster}/{kind}/{self.named(kind, name)['id']}"
        status, content = self.answer("DELETE", path)
        end = time.monotonic() + 120
        while status == 409 and time.monotonic() < end:
            time.sleep(0.05)
            status, content = self.answer("DELETE", path)
        assert status < 300, content

    def fault(self, kind: str, path: str, method: str = "POST", **match: Any) -> None:
        """Inject a fault into matching requests from now on."""
        match = {"method": method, "path_regex": path, **match}
        self.ask("POST", "/_emulator/faults", [{"kind": kind, "match": match}])

    def hold(self, kind: str, path: str, method: str, **match: Any) -> None:
        """Hold matching requests until they are released or the server ends."""
        match = {"method": method, "path_regex": path, **match}
        self.ask("POST", "/_emulator/faults", [{"kind": kind, "match": match, "seconds": 3600}])

    def pass_time(self, seconds: float) -> None:
        """Move the platform's clock ahead by ``seconds``."""
        self.ask("POST", "/_emulator/clock", {"offset": seconds})

    def requests(self) -> list[dict[str, Any]]:
        """The journal of requests."""
        found: list[dict[str, Any]] = self.ask("GET", "/_emulator/requests")["requests"]
        return found

    def writes(self) -> list[str]:
        """Method and last part of the path of each received write."""
        return [
            f"{request['method']} {request['path'].rpartition('/')[2]}"
            for request in self.requests()
            if request["method"] != "GET"
        ]
