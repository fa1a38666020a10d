"""The text for outcomes of changes and for other problems of a run."""

from typing import get_args

import pytest

from reconciler.model import Address, HostsLeft, Outcome, Taken
from reconciler.model.failure import Failure
from reconciler.model.hold import NeedNotDone
from reconciler.model.problem import (
    AuditIncomplete,
    ClustersNotStarted,
    HostsNotRecorded,
    NothingWritten,
    NotRead,
    NotReady,
    RecordNotWritten,
    RunProblem,
    ServiceNotUp,
    StaysRolledBack,
)
from reconciler.model.rollout import RolloutResult
from reconciler.render.outcomes import error_text, note_text, problem_text, where_hosts_are
from tests.changes import change_of

API = Address("production", "service", "api")
CHANGE = change_of(API, "update")
REFUSED = Failure("rejected", "400: no such image", 400)
GONE = RolloutResult("deleted", "failed")
OUTCOMES = [
    (Outcome(CHANGE, "applied"), "", ""),
    (
        Outcome(CHANGE, "applied", rollout=RolloutResult("not watched", "unverified")),
        "",
        "accepted; its rollout was not watched",
    ),
    (Outcome(CHANGE, "failed", REFUSED), "400: no such image", ""),
    (Outcome(CHANGE, "failed", rollout=GONE), "the service was deleted meanwhile", ""),
    (Outcome(CHANGE, "skipped", NeedNotDone(API)), "it needs production/service/api, which was not done", ""),
    (
        Outcome(CHANGE, "unknown", Failure("bug", "KeyError")),
        "a bug in reconciler (KeyError); whether it was written is not known",
        "",
    ),
    (
        Outcome(CHANGE, "failed", REFUSED, hosts=HostsLeft(lost=("a.example",))),
        "400: no such image; no service has a.example now",
        "",
    ),
    (
        Outcome(CHANGE, "failed", REFUSED, hosts=Failure("unreachable", "no answer")),
        "400: no such image; the hosts could not be given back: no answer",
        "",
    ),
]
PROBLEMS: list[tuple[RunProblem, str]] = [
    (ServiceNotUp(API, GONE), "production/service/api is not up: the service was deleted meanwhile"),
    (
        StaysRolledBack(API),
        (
            "production/service/api was rolled back with this spec, and is not sent again until it changes, or with "
            "--retry"
        ),
    ),
    (NotRead(API), "production/service/api is not changed: it could not be read"),
    (NotReady(API, REFUSED), "production/service/api: 400: no such image"),
    (NothingWritten(REFUSED), "nothing was written: 400: no such image"),
    (HostsNotRecorded(REFUSED), "the hosts that services have now could not be recorded: 400: no such image"),
    (
        RecordNotWritten(REFUSED),
        (
            "the record was not written at the end; the next apply continues from its journal: 400: no such image"
        ),
    ),
    (ClustersNotStarted("a", ("b", "c")), "Not started, because a failed: b, c."),
    (
        AuditIncomplete("No space left on device"),
        "the audit file is not complete: No space left on device",
    ),
    (REFUSED, "400: no such image"),
]


@pytest.mark.parametrize("outcome, error, note", OUTCOMES)
def test_an_outcome_is_worded(outcome: Outcome, error: str, note: str):
    assert (error_text(outcome), note_text(outcome)) == (error, note)


@pytest.mark.parametrize("problem, text", PROBLEMS)
def test_a_problem_is_worded(problem: RunProblem, text: str):
    assert problem_text(problem) == text


def test_every_problem_has_words():
    assert {type(problem) for problem, _ in PROBLEMS} == set(get_args(RunProblem))


def test_without_moved_hosts_nothing_is_shown():
    assert where_hosts_are(HostsLeft()) == ""


def test_each_host_is_named_with_where_it_is_now():
    left = HostsLeft(
        ("a.example",), (Taken("hidden.example", "api", "s1", "b.example"),), ("c.example", "d.example")
    )
    assert where_hosts_are(left) == (
        "; hosts given back to the services that had them: a.example; it has b.example now, and api no longer does; "
        "no service has c.example, d.example now"
    )
