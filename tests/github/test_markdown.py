from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.github import markdown
from reconciler.github.event import Event, Pull
from reconciler.github.job import Job, JobResult
from reconciler.github.target import JobTarget, has_marker, marker
from reconciler.model import Diagnostic, Location, RunResult
from reconciler.pipeline.planned import PlannedRun
from reconciler.planfile import Inputs
from tests.github.test_seal import META
from tests.render.hostile import diagnostics, outcomes, plans, texts

LEAST = 10_000


def job(command="plan", **event):
    return Job(
        command=command,
        event=Event(
            name="pull_request",
            repository="acme/clinic",
            sha="a" * 40,
            branch="",
            actor="nurse",
            run_id="77",
            run_url="https://github.example/acme/clinic/actions/runs/77",
            **event,
        ),
        target=JobTarget(folder=".", path="clinic"),
        path=Path("clinic"),
        api_url="https://api.example",
        workspace=Path("/checkout"),
        folder=Path("/temporary"),
    )


def run_of(made):
    class PlanAlone:
        def __init__(self, plan):
            self.plan = plan

    planned: Any = tuple(PlanAlone(plan) for plan in made)  # rendering uses only the plans
    return PlannedRun(planned, (), META, "github.com/acme/clinic", None, Inputs(), datetime.now(UTC))


@given(
    plans,
    diagnostics,
    st.none() | outcomes.map(tuple),
    st.lists(texts.map(lambda text: text * 50), max_size=60).map(tuple),
    st.sampled_from(sorted(markdown._WORDS)),
    st.integers(LEAST, 80_000),
)
def test_a_page_never_exceeds_its_budget(made, found, ended, details, state, budget):
    end = JobResult(
        state=state,
        headline=(details or ("",))[0],
        details=details,
        diagnostics=tuple(found),
        run=run_of(made) if made else None,
        result=None if ended is None else RunResult(list(ended)),
    )

    assert len(markdown.page(job(), end, budget=budget).text.encode("utf-8", "replace")) <= budget


def test_parts_that_do_not_fit_are_counted():
    mistakes = tuple(
        Diagnostic(Location("a.yaml", number, 1), "error", "schema", "wrong " * 50)
        for number in range(1, 501)
    )

    page = markdown.page(
        job(), JobResult(state="failed", headline="no", diagnostics=mistakes), budget=LEAST
    ).text

    assert len(page.encode()) <= LEAST
    assert "more, in the log" in page


def test_the_name_of_the_pull_requests_branch_is_escaped():
    pull = Pull(number=7, base_ref="x`@acme/everyone<b>", base_sha="b" * 40, head_sha="1" * 40)

    page = markdown.page(job(pull=pull), JobResult(state="planned", headline=""), budget=LEAST).text

    assert "@" not in page
    assert "<b>" not in page


@pytest.mark.parametrize(
    "body, ours",
    [
        ("{mark}\ntext", True),
        ("{mark}\r\ntext", True),
        ("text\n{mark}", False),
        ("{mark} text", False),
        ("", False),
    ],
)
def test_the_marker_counts_only_on_the_first_line(body, ours):
    mark = marker(JobTarget(folder=".", path="clinic"), "plan")

    assert has_marker(body.format(mark=mark), mark) is ours


def test_a_comments_target_depends_on_its_scope_and_not_on_order():
    target = JobTarget(folder=".", path="clinic", clusters=("a", "b"))

    assert target.key == JobTarget(folder=".", path="clinic", clusters=("b", "a")).key
    others = [
        JobTarget(folder="x", path="clinic", clusters=("a", "b")),
        JobTarget(folder=".", path="other", clusters=("a", "b")),
        JobTarget(folder=".", path="clinic", clusters=("a",)),
        JobTarget(folder=".", path="clinic", clusters=("a", "b"), addresses=("a/volume/x",)),
    ]
    assert len({target.key, *(other.key for other in others)}) == 5
