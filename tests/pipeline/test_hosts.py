"""Hosts that resolve elsewhere are reported before the platform refuses their services."""

import threading

from reconciler.kinds import KINDS
from reconciler.model import Address, Live, Plan
from reconciler.pipeline.hosts import addresses_of, hosts_written, manager_address, strays
from reconciler.render.notes import note_text
from tests.changes import change_of

DNS = {"here.example.com": frozenset({"192.0.2.1"}), "old.example.com": frozenset({"192.0.2.9"})}


def resolve(host):
    return DNS.get(host, frozenset())


def service(action="update", spec=None, live=None):
    found = Live("service", "api", "1", live or {}, {})
    return change_of(Address("c", "service", "api"), action, spec=spec or {}, live=found)


def test_a_host_that_resolves_to_the_manager_is_not_reported():
    assert tuple(map(note_text, strays(["here.example.com"], "192.0.2.1", resolve=resolve))) == ()


def test_a_host_that_resolves_elsewhere_or_not_is_reported():
    notes = tuple(
        map(
            note_text,
            strays(["gone.example.com", "here.example.com", "old.example.com"], "192.0.2.1", resolve=resolve),
        )
    )

    assert [note.partition(". ")[0] for note in notes] == [
        "The host gone.example.com does not resolve",
        "The host old.example.com resolves to 192.0.2.9",
    ]
    assert all("192.0.2.1" in note for note in notes)


def test_a_slow_name_server_does_not_delay_the_plan():
    never = threading.Event()

    assert (
        tuple(
            map(
                note_text,
                strays(
                    ["slow.example.com"],
                    "192.0.2.1",
                    resolve=lambda _: frozenset(str(never.wait(30))),
                    seconds=0.01,
                ),
            )
        )
        == ()
    )
    never.set()


def test_hosts_of_written_services_are_the_declared_else_the_live_ones():
    plan = Plan(
        "c", "1", "2", "default",
        changes=(
            service(spec={"hosts": ["B.example.com ", "a.example.com"]}, live={"hosts": ["z.example.com"]}),
            service(spec={"image": "x"}, live={"hosts": ["a.example.com", "kept.example.com"]}),
            service("delete", live={"hosts": ["gone.example.com"]}),
        ),
    )  # fmt: skip

    assert hosts_written(plan) == ("a.example.com", "b.example.com", "kept.example.com")


def test_the_manager_node_is_found():
    def node(name, manager):
        body = {"id": name, "swarm_manager": manager, "public_ip_address": f"ip-{name}"}
        return Live("node", name, name, KINDS["node"].decode(body), body)

    assert manager_address([node("a", False), node("b", True)]) == "ip-b"
    assert manager_address([node("a", False)]) == ""
    assert manager_address([node("a", True), node("b", True)]) == ""


def test_loopback_resolves_and_invalid_names_do_not():
    assert "127.0.0.1" in addresses_of("127.0.0.1")
    assert addresses_of("name.invalid.") == frozenset()
    assert addresses_of("." * 300) == frozenset()
