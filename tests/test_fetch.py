"""Live state is read in few round trips, completely or not at all, and from the right cluster."""

import base64
import json
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from reconciler.api.calls import Calls
from reconciler.api.client import ClusterRef, Reader, Writer
from reconciler.api.rate_limiter import RateLimiter
from reconciler.api.shapes import fit
from reconciler.emulator import Emulator, serve
from reconciler.errors import BadAnswer, Rejected, ServerFault, Unauthorized, UsageError
from reconciler.fetch import ask_company, fetch, live, read_kind, resolve
from reconciler.model import COMPANY, Body
from reconciler.transport import Exchange, Transport
from tests.api.fakes import Fake, FakeTime, calls, said

ALL = ("nodes", "webhooks")
COLLECTIONS = {"services", "secrets", "configs", "volumes", "nodes", "node-sizes"}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with serve(pace=0.0) as running:
        yield running


@pytest.fixture
def control(emulator) -> Iterator[Callable[..., Any]]:
    def tell(method: str, path: str, body: Any = None) -> None:
        pair = base64.b64encode(f"{emulator.key}:{emulator.value}".encode()).decode()
        request = urllib.request.Request(
            emulator.url.removesuffix("/v1") + "/_emulator" + path,
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Basic {pair}", "Content-Type": "application/json"},
            method=method,
        )
        urllib.request.urlopen(request).close()

    yield tell
    tell("DELETE", "/faults")
    tell("POST", "/reset")


@pytest.fixture
def seen() -> list[Exchange]:
    return []


@pytest.fixture
def writer(emulator, seen, control) -> Iterator[Writer]:
    with Transport(emulator.url, key=emulator.key, value=emulator.value, observe=seen.append) as transport:
        clock = FakeTime().clock
        yield Writer(Calls(transport, pace=RateLimiter(16, clock=clock), clock=clock))


def place(writer: Writer, label: str = "production") -> ClusterRef:
    company = writer.company()["id"]
    return next(
        ClusterRef(company, cluster["id"])
        for cluster in writer.clusters(company)
        if cluster["label"] == label
    )


def test_everything_of_a_cluster_is_read_sorted(writer):
    at = place(writer)
    for name in ("b1", "a1"):
        writer.create_volume(at, {"name": name})
        writer.create_secret(at, {"name": name, "data": "x"})
    writer.create_webhook(at.company_id, {"url": "https://example.com/hook", "label": "deploys"})

    state = fetch(writer, ["production"], sections=ALL)["production"]

    assert (state.company_id, state.cluster_id, state.cluster_label) == (
        at.company_id,
        at.cluster_id,
        "production",
    )
    assert set(state.objects) == {"service", "secret", "config", "volume", "node", "webhook"}
    assert [volume.name for volume in state.objects["volume"]] == ["a1", "b1"]
    assert [webhook.name for webhook in state.objects["webhook"]] == ["deploys"]
    assert [service.name for service in state.objects["service"]] == ["loadbalancer"]
    assert [node.name == node.id for node in state.objects["node"]] == [True]
    assert state.node_sizes
    assert state.missing == {}


def test_a_plan_takes_nine_requests_and_no_more(writer, seen):
    fetch(writer, ["production"], sections=ALL)

    assert [request.path for request in seen[:1]] == ["/companies/current"]
    assert len(seen) == 9
    assert {request.path.rpartition("/")[2] for request in seen} >= COLLECTIONS


def test_unneeded_collections_are_not_read(writer, seen):
    state = fetch(writer, ["production"])["production"]

    assert len(seen) == 6
    assert set(state.objects) == {"service", "secret", "config", "volume"}


def test_clusters_are_read_by_label_or_by_id_under_the_name_that_was_used(writer):
    staging = place(writer, "staging").cluster_id

    states = fetch(writer, ["production", staging])

    assert [(name, state.cluster_label) for name, state in states.items()] == [
        ("production", "production"),
        (staging, "staging"),
    ]


def test_of_the_company_only_webhooks_are_read(writer, seen):
    state = fetch(writer, [COMPANY], sections=["webhooks"])[COMPANY]

    assert (state.cluster_id, set(state.objects)) == ("", {"webhook"})
    assert len(seen) == 3


def test_the_company_can_be_requested_before_the_clusters_are_known(writer, seen):
    with ThreadPoolExecutor(2) as threads:
        company = threads.submit(ask_company, writer, threads, ("webhooks",))

        state = fetch(writer, ["production"], sections=["webhooks"], company=company)["production"]

    assert state.cluster_label == "production"
    assert len(seen) == 7
    assert len({request.path for request in seen}) == 7


def test_a_failed_request_for_the_company_is_raised_when_needed(writer, control):
    control("POST", "/faults", [{"kind": "401", "match": {"path_regex": "current$"}}])
    with ThreadPoolExecutor(2) as threads:
        company = threads.submit(ask_company, writer, threads, ())

        with pytest.raises(Unauthorized):
            fetch(writer, ["production"], company=company)


@pytest.mark.parametrize("kind", ["401", "403", "404"])
def test_a_missing_preview_feature_is_reported_without_an_error(writer, control, kind):
    control("POST", "/faults", [{"kind": kind, "match": {"path_regex": "nodes$|node-sizes$|outgoing$"}}])

    state = fetch(writer, ["production"], sections=ALL)["production"]

    assert state.missing == {"nodes": int(kind), "node-sizes": int(kind), "webhooks": int(kind)}
    assert set(state.objects) == {"service", "secret", "config", "volume"}


def test_a_failing_preview_feature_is_an_error_unless_optional(writer, control):
    control("POST", "/faults", [{"kind": "500-before", "match": {"path_regex": "outgoing$"}}])

    with pytest.raises(ServerFault):
        fetch(writer, ["production"], sections=ALL)
    state = fetch(writer, ["production"], sections=ALL, spared=("webhooks",))["production"]

    assert state.missing == {"webhooks": 500}
    assert "webhook" not in state.objects


@pytest.mark.parametrize(
    "kind, error",
    [("401", Unauthorized), ("409", Rejected), ("500-before", ServerFault), ("html-200", BadAnswer)],
)
def test_a_collection_that_is_not_in_preview_must_answer(writer, control, kind, error):
    control("POST", "/faults", [{"kind": kind, "match": {"path_regex": "configs$"}}])

    with pytest.raises(error):
        fetch(writer, ["production"])


def test_transient_errors_are_retried(writer, control, seen):
    control(
        "POST",
        "/faults",
        [
            {"kind": kind, "match": {"path_regex": f"{path}$", "nth": 1}}
            for kind, path in {
                "502-html": "current",
                "429": "clusters",
                "html-200": "services",
                "drop-before": "secrets",
                "half-json": "configs",
                "truncated": "volumes",
            }.items()
        ],
    )

    assert fetch(writer, ["production"])["production"].cluster_label == "production"
    assert len(seen) == 12


CLUSTERS: tuple[Body, ...] = (
    {"id": "cluster_1", "label": "production"},
    {"id": "cluster_2", "label": "staging"},
    {"id": "cluster_3", "label": "staging"},
    {"id": "cluster_4", "label": None},
)


@pytest.mark.parametrize(
    "names, said_of_it",
    [
        (
            ["prodction"],
            r"no cluster 'prodction' in company 'Clinic', which has .*did you mean 'production'\?",
        ),
        (["Production"], r"did you mean 'production'\?"),
        (["staging"], r"the label of several clusters.*cluster_2, cluster_3"),
        (["production", "cluster_1"], r"'production' and 'cluster_1' are the same cluster"),
    ],
)
def test_an_unknown_or_ambiguous_cluster_is_reported(names, said_of_it):
    with pytest.raises(UsageError, match=said_of_it):
        resolve(names, CLUSTERS, "Clinic")


def test_all_unknown_clusters_are_reported_together():
    with pytest.raises(UsageError) as caught:
        resolve(["x", "production", "y"], CLUSTERS, "Clinic")

    assert [line[:14] for line in str(caught.value).splitlines()] == ["no cluster 'x'", "no cluster 'y'"]


def test_a_company_without_clusters_is_reported():
    with pytest.raises(UsageError, match="company 'Clinic', whose token this is, has no cluster"):
        resolve(["production"], (), "Clinic")


def test_the_company_and_a_cluster_without_a_label_resolve():
    assert resolve([COMPANY, "cluster_4"], CLUSTERS, "Clinic") == {"cluster_4": CLUSTERS[3]}


@pytest.mark.parametrize(
    "kind, body",
    [
        ("service", {"id": "x"}),
        ("service", {"id": "x", "name": ""}),
        ("secret", {"id": "x", "name": None}),
    ],
)
def test_an_object_without_a_name_is_a_bad_answer(kind, body):
    with pytest.raises(BadAnswer, match=f"the server gave a {kind}"):
        live(kind, body)


def test_a_field_of_the_wrong_type_is_removed_and_reported():
    found = live("service", fit("service", {"id": "x", "name": "api", "replicas": "three"}))

    assert found.misfits == ("replicas is a text, expected integer",)
    assert "replicas" not in found.body


def test_a_kind_is_read_again_in_one_request(writer, seen):
    at = place(writer)
    writer.create_config(at, {"name": "nginx", "data": "x"})
    seen.clear()

    counts = {
        kind: len(read_kind(writer, at, kind)) for kind in ("node", "volume", "config", "secret", "service")
    }

    assert counts == {"node": 1, "volume": 0, "config": 1, "secret": 0, "service": 1}
    assert len(read_kind(writer, at, "webhook")) == 0
    assert len(seen) == 6


def test_fetching_needs_only_a_reader():
    fake = Fake([said({"id": "c", "data": [{"id": "k", "label": "production", "name": "n"}]})])

    assert fetch(Reader(calls(fake)), ["production"])["production"].cluster_id == "k"
