"""Hosts that services exchange or claim, in real applies that succeed, fail or are killed."""

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Bench
from tests.pipeline.outside import Outside

TWO = """\
cluster: production
services:
  web: {{image: "{web}", hosts: [{first}], update_monitor: 1{more}}}
  api: {{image: "{api}", hosts: [{second}], update_monitor: 1{more}}}
"""


@pytest.fixture
def outside(bench: Bench) -> Iterator[Outside]:
    with Outside(bench.server) as api:
        yield api


BEFORE = {"web": ["a.example.com"], "api": ["b.example.com"]}
AFTER = {"web": ["b.example.com"], "api": ["a.example.com"]}


def manifest(first: str, second: str, *, web: str = "web:1", api: str = "api:1", more: str = "") -> str:
    return TWO.format(first=first, second=second, web=web, api=api, more=more)


def hosts(outside: Outside) -> dict[str, list[str]]:
    return {name: outside.named("services", name)["hosts"] for name in ("web", "api")}


@pytest.fixture
def applied(bench: Bench) -> Bench:
    bench.write(manifest("a.example.com", "b.example.com"))
    assert bench.run("apply", "--yes").code == 0
    return bench


def test_two_services_exchange_their_hosts_in_one_apply(applied: Bench, outside: Outside) -> None:
    applied.write(manifest("b.example.com", "a.example.com", web="web:2"))

    ended = applied.run("apply", "--yes")

    assert ended.code == 0, ended.text
    assert "which is updated first: the host is briefly down" in ended.err
    assert hosts(outside) == AFTER
    assert "No changes" in applied.run("plan").out


def test_hosts_are_restored_if_the_write_of_the_new_service_is_refused(
    applied: Bench, outside: Outside
) -> None:
    service = outside.named("services", "api")["id"]
    applied.write(manifest("b.example.com", "a.example.com"))
    outside.fault("409", f"/services/{service}$", method="PUT")

    ended = applied.run("apply", "--yes")

    assert ended.code == 1
    assert hosts(outside) == BEFORE
    assert "hosts given back to the services that had them: a.example.com" in ended.out
    assert "No drift" in applied.run("drift").out
    outside.ask("POST", "/_emulator/faults", [])
    assert applied.run("apply", "--yes").code == 0
    assert hosts(outside) == AFTER


def test_hosts_left_by_a_failed_chain_of_moves_are_not_drift(bench: Bench) -> None:
    def declare(*placed: str, image: str = "b:1") -> None:
        lines = (
            f"  {name}: {{image: '{of}', hosts: [{host}.example.com], update_monitor: 1}}\n"
            for name, of, host in zip("abc", ("x:1", image, "x:1"), placed, strict=True)
        )
        bench.write("cluster: production\nservices:\n" + "".join(lines))

    declare("one", "two", "three")
    assert bench.run("apply", "--yes").code == 0
    declare("two", "three", "one", image="b:crash")

    ended = bench.run("apply", "--yes", "--timeout", "60")

    assert ended.code == 1
    assert "hosts given back to the services that had them: one.example.com" in ended.out
    assert "it has three.example.com now, and c no longer does" in ended.out
    assert "No drift" in bench.run("drift").out
    assert "changed outside git" not in bench.run("plan").out
    declare("two", "three", "one")
    assert bench.run("apply", "--yes").code == 0
    assert "No changes" in bench.run("plan").out


@pytest.mark.parametrize("more", ["update_failure_action: rollback", "lifecycle: {on_failure: rollback}"])
def test_hosts_are_restored_if_the_new_service_is_rolled_back(
    applied: Bench, outside: Outside, more: str
) -> None:
    applied.write(manifest("b.example.com", "a.example.com", api="api:crash", more=f", {more}"))

    ended = applied.run("apply", "--yes", "--timeout", "60")

    assert ended.code == 1
    assert hosts(outside) == BEFORE
    applied.write(manifest("b.example.com", "a.example.com", api="api:2"))
    carried_on = applied.run("apply", "--yes")
    assert carried_on.code == 0, carried_on.text
    assert hosts(outside) == AFTER


def test_the_next_run_repairs_one_killed_between_the_two_steps(applied: Bench, outside: Outside) -> None:
    api = outside.named("services", "api")["id"]
    applied.write(manifest("b.example.com", "a.example.com"))
    outside.hold("hang", f"/services/{api}$", "PUT")
    process = applied.begin("apply", "--yes")
    while f"PUT {api}" not in outside.writes():
        assert process.poll() is None
    process.kill()
    process.wait()
    outside.ask("POST", "/_emulator/faults", [])
    assert hosts(outside) == {"web": [], "api": ["b.example.com"]}
    assert applied.run("unlock", "production", "--yes", "--force").code == 0

    planned = applied.plan()
    ended = applied.run("apply", "--yes")

    assert "changed outside git" not in str(planned["changes"])
    assert ended.code == 0, ended.text
    assert hosts(outside) == AFTER


def test_a_host_that_another_service_has_is_refused_in_the_plan_by_name(
    applied: Bench, outside: Outside
) -> None:
    applied.write(
        "cluster: production\nstack: other\nservices: {shop: {image: 'a:1', hosts: [a.example.com]}}\n",
        "o/o.yaml",
    )
    writes = outside.writes()

    planned = applied.run("plan", "o")
    ended = applied.run("apply", "o", "--yes")

    sentence = (
        "service/shop declares the host a.example.com, which belongs to the service web of the stack default."
    )
    assert (planned.code, ended.code) == (3, 3)
    assert sentence in planned.out.replace("\n", " ").replace("  ", " ")
    assert outside.writes() == writes
