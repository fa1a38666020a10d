"""The advice of the command: how to apply a saved plan, and what to do after a failed rollout."""

import shlex

import pytest

from tests.e2e.conftest import Bench

MANIFEST = """\
cluster: production
services:
  web:
    image: nginx:1.27
    update_monitor: 1
    update_failure_action: pause
"""


def test_a_saved_plan_is_reported_with_the_command_that_applies_it(bench: Bench) -> None:
    bench.write(MANIFEST)
    saved = bench.run("plan", "--cluster", "production", "--out", "my plan.json")
    said, command = saved.err.strip().rsplit(": ", 1)

    assert said == "Saved the plan to my plan.json. To apply exactly this plan"
    assert command == "reconciler apply --plan 'my plan.json' --cluster production ."
    assert bench.run(*shlex.split(command)[1:], "--yes").code == 0

    other = bench.write(MANIFEST.replace("1.27", "1.28"))
    refused = bench.run("apply", "--plan", "my plan.json", str(other), "--yes")
    assert refused.code == 3
    assert refused.err.endswith("Make a new plan and have it approved: reconciler plan PATH --out FILE\n")
    assert "The changes are not those that were approved:\n  - production/service/web: " in refused.err


@pytest.mark.parametrize("saying", [(), ("--format", "json")])
def test_a_service_that_is_down_without_a_change_is_reported(bench: Bench, saying: tuple[str, ...]) -> None:
    bench.write(MANIFEST)
    assert bench.run("apply", "--yes").code == 0
    bench.write(MANIFEST.replace("nginx:1.27", "nginx:crash"))

    failed = bench.run("apply", "--yes", "--timeout", "2")
    assert failed.code == 1
    assert "If a service did not start, correct its manifest first." in failed.out
    assert failed.out.endswith("To continue: reconciler apply --timeout 2 .\n")

    again = bench.run("apply", "--yes", "--timeout", "1", *saying)
    assert again.code == 1
    assert "Nothing to apply" not in again.text
    assert "service/web is not up" in again.out


def test_a_released_object_is_reported(bench: Bench) -> None:
    bench.write(MANIFEST)
    assert bench.run("apply", "--yes").code == 0
    bench.write("cluster: production\nreleased: {services: [web]}\n")

    ended = bench.run("apply", "--yes")

    assert (ended.code, ended.out) == (0, "Released 1: production/service/web.\n")
