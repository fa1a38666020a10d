"""A run over several clusters, in the order of the files, stops before the next cluster if one failed."""

import json

from tests.e2e.conftest import Bench

SERVICE = (
    "cluster: {cluster}\nstack: {stack}\nservices: {{{name}: {{image: '{image}', update_monitor: 1}}}}\n"
)


def files(bench: Bench, *, first: str, second: str) -> None:
    """Staging before production, by the names of the files and not of the clusters."""
    bench.write(SERVICE.format(cluster="staging", stack="default", name="web", image=first), "1.yaml")
    bench.write(SERVICE.format(cluster="production", stack="default", name="web", image=second), "2.yaml")


def test_after_a_failure_no_other_cluster_is_begun_and_the_report_names_it(bench: Bench) -> None:
    files(bench, first="web:crash", second="web:1")

    ended = bench.run("apply", "--yes", "--timeout", "60")

    assert ended.code == 1, ended.text
    assert "Not started, because staging failed: production." in ended.out
    assert "production/service/web" not in bench.run("status").out
    bench.write(SERVICE.format(cluster="staging", stack="default", name="web", image="web:1"), "1.yaml")
    carried_on = bench.run("apply", "--yes", "--timeout", "60")
    assert carried_on.code == 0, carried_on.text
    assert "No changes" in bench.run("plan").out


def test_a_service_that_is_still_down_keeps_the_next_cluster_waiting_too(bench: Bench) -> None:
    files(bench, first="web:crash", second="web:1")
    assert bench.run("apply", "--yes", "--timeout", "60").code == 1

    ended = bench.run("apply", "--yes", "--timeout", "60", "--format", "json")

    assert ended.code == 1
    report = json.loads(ended.out)
    (waiting,) = [outcome for outcome in report["outcomes"] if outcome["cluster"] == "production"]
    assert (waiting["status"], waiting["error"]) == ("skipped", "not started: staging failed")


def test_the_stacks_of_the_cluster_that_failed_are_still_applied(bench: Bench) -> None:
    bench.write(SERVICE.format(cluster="staging", stack="one", name="web", image="web:crash"), "1.yaml")
    bench.write(SERVICE.format(cluster="production", stack="one", name="web", image="web:1"), "2.yaml")
    bench.write(SERVICE.format(cluster="staging", stack="two", name="api", image="api:1"), "3.yaml")

    ended = bench.run("apply", "--yes", "--timeout", "60", "--format", "json")

    outcomes = {
        (outcome["cluster"], outcome["name"]): outcome["status"]
        for outcome in json.loads(ended.out)["outcomes"]
    }
    assert outcomes == {
        ("staging", "web"): "failed",
        ("production", "web"): "skipped",
        ("staging", "api"): "applied",
    }
