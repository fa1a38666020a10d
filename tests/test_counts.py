"""Measures that do not depend on the machine: requests, round trips, and the libraries that a plan loads.

The README publishes them as the request budget. benchmarks/run.py measures seconds.
"""

import json
import re
import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from reconciler import emulator
from reconciler.api.calls import Calls
from reconciler.api.client import Reader
from reconciler.api.rate_limiter import RateLimiter
from reconciler.fetch import fetch
from reconciler.transport import Request, Response
from tests.e2e.conftest import Bench
from tests.test_start_up import loaded

PLAN_LOADS = {
    "click", "http.client", "importlib.metadata", "jsonschema_rs", "logging", "msgspec", "requests", "ssl", "urllib3",
    "yaml",
}  # fmt: skip
TOGETHER = 20.0
"""Seconds that a request waits for the others of its wave; reached only by a failing test."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with emulator.serve(pace=0.0) as server:
        yield Bench(tmp_path_factory.mktemp("counts"), server)


def manifest(cluster: str, number: int, *, image: str = "nginx:1.27") -> str:
    names = [f"of-{number}-{i}" for i in range(number)]
    configs = "".join(f"  {name}: {{data: 'line'}}\n" for name in names)
    services = "".join(f"  {name}: {{image: '{image}', configs: [{name}]}}\n" for name in names)
    return f"cluster: {cluster}\nstack: of-{number}\nconfigs:\n{configs}services:\n{services}"


def requests(bench: Bench, *arguments: str) -> Counter[str]:
    """The number of requests of each method in a run of the command."""
    ended = bench.run(*arguments, "--verbose")
    assert ended.code == 0, ended.text
    found = Counter(re.findall(r"^([A-Z]+) /\S+ (?:\d+|no answer) \d+ ms$", ended.err, re.MULTILINE))
    assert found.total()
    return found


@pytest.mark.parametrize("number", [1, 60])
def test_a_plan_sends_seven_requests_for_any_size(bench: Bench, number: int) -> None:
    bench.write(manifest("production", number), f"{number}.yaml")

    assert requests(bench, "plan", f"{number}.yaml") == {"GET": 7}
    assert requests(bench, "plan", f"{number}.yaml") == {"GET": 7}


def test_an_apply_sends_one_write_per_change_and_a_constant_number_for_the_record(bench: Bench) -> None:
    few, many = 2, 40
    made = {}
    for number in (few, many):
        bench.write(manifest("staging", number), "made.yaml")
        made[number] = requests(bench, "apply", "made.yaml", "--yes", "--quiet", "--no-wait")

    more = 2 * (many - few)  # a config and a service each
    assert made[many]["POST"] - made[few]["POST"] == more
    assert made[many]["GET"] == made[few]["GET"] == 7 + 8 + 1  # the configs are listed again
    assert made[few]["POST"] - 2 * few == 2

    # An update is one read of the object, and one write.
    bench.write(manifest("staging", many, image="nginx:1.28"), "made.yaml")
    changed = requests(bench, "apply", "made.yaml", "--yes", "--quiet", "--no-wait")
    assert changed["PUT"] == many
    assert changed["GET"] == 7 + 8 + many

    verified = requests(bench, "apply", "made.yaml", "--yes", "--quiet")
    assert set(verified) <= {"GET", "POST", "DELETE"}
    assert requests(bench, "apply", "made.yaml", "--yes", "--quiet") == {"GET": 8}  # and the tasks


def test_a_plan_loads_only_needed_libraries(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    path = bench.write(manifest("production", 2), "loads.yaml")
    monkeypatch.setenv("MEDSTACK_API_URL", bench.server.url)
    monkeypatch.setenv("MEDSTACK_TOKEN_KEY", bench.server.key)
    monkeypatch.setenv("MEDSTACK_TOKEN_VALUE", bench.server.value)

    assert loaded("plan", str(path)) == PLAN_LOADS


class Waves:
    """A server that answers only when all requests of a wave have arrived; with fewer the run would not continue."""

    confidential = ()

    def __init__(self, *waves: set[str]) -> None:
        self.waves = [(names, threading.Barrier(len(names))) for names in waves]

    def send(self, request: Request) -> Response:
        name = request.path.rpartition("/")[2]
        barrier = next(barrier for names, barrier in self.waves if name in names)
        barrier.wait(TOGETHER)
        body: dict[str, object] = {"data": []}
        if name == "current":
            body = {"id": "company_1", "name": "Clinic"}
        if name == "clusters":
            body = {"data": [{"id": "cluster_1", "label": "production"}]}
        return Response(200, {}, json.dumps(body).encode())


LISTS = {"services", "secrets", "configs", "volumes"}


def reader(*waves: set[str]) -> Reader:
    return Reader(Calls(Waves(*waves), pace=RateLimiter(16)))


def test_a_plan_takes_three_round_trips() -> None:
    server = reader({"current"}, {"clusters", "outgoing"}, LISTS)

    assert fetch(server, ["production"], sections=["webhooks"])["production"].cluster_id == "cluster_1"
