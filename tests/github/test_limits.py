"""Size limits are kept for a plan larger than every limit, and what is left out is stated."""

import json
from pathlib import Path

from tests.github.server import LONGEST

SUMMARY = 1_000_000
SERVICES = 1_200


VARIABLES = "".join(f"      VARIABLE_{number}: {'x' * 150}\n" for number in range(8))


def manifest(more=f"    environment_variables:\n{VARIABLES}"):
    return "cluster: production\nservices:\n" + "".join(
        f"  service-{number:05}:\n    image: registry.example.com/clinic/part\n{more}"
        for number in range(SERVICES)
    )


def test_a_plan_larger_than_every_limit_is_shortened(runner):
    runner.write(manifest())

    step = runner.plan()

    assert (step.code, step.outputs["create"]) == (0, str(SERVICES))
    assert len(runner.comment()) <= LONGEST
    assert "Too long to show in full" in runner.comment()
    assert "actions/runs/77" in runner.comment()
    assert len(step.summary.encode()) <= SUMMARY
    assert "Too long to show in full" in step.summary
    assert 0 < len(step.annotations("warning")) <= 10
    assert "more warnings" in step.annotations("notice")[0]
    assert sum(len(value) for value in step.outputs.values()) < 100_000
    assert len(json.loads(Path(step.outputs["plan-json"]).read_text(encoding="utf-8"))["changes"]) == SERVICES


def test_very_many_mistakes_are_shortened(runner):
    runner.write(manifest(more="    replica: 2\n"))

    step = runner.plan()

    assert step.outputs["failure-reason"] == "invalid"
    assert len(runner.comment()) <= LONGEST
    assert len(step.summary.encode()) <= SUMMARY
    assert len(step.annotations("error")) <= 10
    assert len(step.annotations("warning")) <= 10
