"""Reboots over real HTTP with the emulator; waits use the test's own clock."""

from typing import cast

from reconciler.api.client import ClusterRef, Reader
from reconciler.emulator import serve
from reconciler.model import Address, Live, Sensitive
from reconciler.model.operation import AnswerLost, NotReadyAgain, OperationEnd
from reconciler.pipeline.lookups import Found, nodes_at
from reconciler.pipeline.operation import OperationClock, exit_code
from reconciler.pipeline.reboot import NOTICE, READY_WITHIN, reboot
from reconciler.pipeline.session import Session, connect
from reconciler.transport import Transport
from tests.api.fakes import Fake, calls, said
from tests.pipeline.outside import Outside


def node(name):
    return Address("production", "node", name)


def test_nodes_are_rebooted_one_after_the_other(api, session, watch):
    made = api.make("nodes", size_id="node_size_kwM9o3B8")
    nodes = api.all("nodes")
    manager = next(listed for listed in nodes if listed["swarm_manager"])

    found = nodes_at(session, [node(manager["public_ip_address"]), node(made["id"])])
    ended = reboot(session, found, tell=lambda _: None, clock=watch.clock())

    assert [result.status for result in ended] == ["applied", "applied"]
    paths = [
        request["path"]
        for request in api.ask("GET", "/_emulator/requests")["requests"]
        if request["method"] == "POST"
    ]
    assert [path.split("/")[-2] for path in paths if path.endswith("/reboot")] == [manager["id"], made["id"]]
    assert watch.time >= 2 * NOTICE


def test_a_hostile_status_stays_on_its_line():
    status = iter(["x\n::add-mask::web", "Ready"])
    answers = [said({"id": "n"}, 202), *(said({"id": "n", "status": text}) for text in status)]
    asked = calls(Fake(answers))
    session = Session("memory", cast(Transport, None), asked, Reader(asked), 1)
    found = Found(node("n"), ClusterRef("c", "d"), Live("node", "n", "n", {}, {}))
    lines: list[str] = []

    (ended,) = reboot(session, [found], tell=lines.append, clock=OperationClock(lambda: 0.0, lambda _: None))

    assert ended.status == "applied"
    assert lines == ["production/node/n: rebooting", r"production/node/n: x\n::add-mask::web"]


def test_a_node_is_waited_for_until_it_is_ready_again(watch):
    lines: list[str] = []
    with (
        serve(pace=1000) as emulator,
        Outside(emulator) as api,
        connect(emulator.url, key=emulator.key, value=Sensitive(emulator.value), parallelism=4) as session,
    ):

        def tell(text: str) -> None:
            lines.append(text)
            if text.endswith("updating"):
                api.pass_time(10_000)

        (manager,) = api.all("nodes")
        found = nodes_at(session, [node(manager["id"])])

        (ended,) = reboot(session, found, tell=tell, clock=watch.clock())

    assert (ended.status, ended.end) == ("applied", OperationEnd.REBOOTED)
    assert lines == [f"production/node/{manager['id']}: {word}" for word in ("rebooting", "updating")]


def test_the_first_failed_reboot_ends_the_operation(api, session, watch):
    made = api.make("nodes", size_id="node_size_kwM9o3B8")
    (manager,) = (listed for listed in api.all("nodes") if listed["swarm_manager"])
    api.fault("drop-before", "/reboot$", nth=1)

    found = nodes_at(session, [node(made["id"]), node(manager["id"])])
    ended = reboot(session, found, tell=lambda _: None, clock=watch.clock())

    assert [result.status for result in ended] == ["unknown", "skipped"]
    assert isinstance(ended[0].end, AnswerLost)
    assert exit_code(ended) == 1


def test_an_unreadable_node_is_retried_for_a_limited_time(api, session, watch):
    (manager,) = api.all("nodes")
    found = nodes_at(session, [node(manager["id"])])
    api.fault("403", f"/nodes/{manager['id']}$", method="GET")

    (ended,) = reboot(session, found, tell=lambda _: None, clock=watch.clock())

    assert ended.status == "failed"
    assert ended.end == NotReadyAgain(READY_WITHIN)
    assert watch.time >= READY_WITHIN
