"""Each law can fail: without one part of reconciler a short sequence breaks it, with all parts none does.

This detects a law that checks nothing, which passing sequences would not show.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from reconciler import digest, guard
from reconciler.applying import run
from reconciler.applying.kinds import service as writing_services
from reconciler.applying.reread import reread
from reconciler.applying.state import ApplyRun
from reconciler.model import RunResult
from reconciler.pipeline import unwritten_services
from reconciler.pipeline.planned import PlannedRun
from reconciler.planning import fields, moved, prune
from reconciler.planning.kinds import config, node, service
from tests.model.laws import LAWS, judged
from tests.model.steps import Break, Declare, DeclaredService, Drop, Hand, Nodes, Rename, Run, Step


class BrokenLaw(NamedTuple):
    """A law, the part of reconciler to disable, and steps that then break the law."""

    law: str
    where: Any
    name: str
    instead: Any
    steps: tuple[Step, ...]


def always(value: Any) -> Callable[..., Any]:
    return lambda *_, **__: value


def _reads_again_and_goes_on(applying: ApplyRun, _written: object) -> str:
    reread(applying.context)
    return ""


API = DeclaredService()
TWO = (Declare("a", "service", "api", API), Declare("a", "service", "db", API))
FAULTS = {
    "a delete does not ask whose file declared it": BrokenLaw(
        "ownership",
        prune,
        "why_kept",
        always(None),
        (*TWO, Declare("b", "service", "web", API), Run("clinic"), Run("a")),
    ),
    "deletes wait for nothing that was down before": BrokenLaw(
        "deletes wait",
        run,
        "blockers",
        always(()),
        (*TWO, Run("a"), Nodes(False), Drop("a", "service", "api"), Run("a")),
    ),
    "deletes wait for no node": BrokenLaw(
        "deletes wait",
        unwritten_services,
        "_not_ready",
        always(()),
        (
            *TWO,
            Declare("a", "node", "small", 3),
            Run("a"),
            Drop("a", "service", "api"),
            Declare("a", "node", "small", 4),
            Hand("new node", "small"),
            Run("a"),
        ),
    ),
    "deletes wait for nothing that the run writes": BrokenLaw(
        "deletes wait",
        run,
        "_why_deletes_wait",
        always(""),
        (
            *TWO,
            Run("a"),
            Break(2),
            Declare("a", "service", "db", DeclaredService(image=2)),
            Drop("a", "service", "api", consent=True),
            Run("a"),
        ),
    ),
    "dependents wait for nothing that was down before": BrokenLaw(
        "dependents wait",
        run,
        "blockers",
        always(()),
        (
            Declare("a", "service", "api", DeclaredService(action="rollback")),
            Declare("a", "service", "web", DeclaredService(depends=("api",))),
            Run("a"),
            Break(2),
            Declare("a", "service", "api", DeclaredService(image=2, action="rollback")),
            Declare("a", "service", "web", DeclaredService(image=3, depends=("api",))),
            Run("a"),
            Run("a"),
        ),
    ),
    "a failure is no failure": BrokenLaw(
        "exit code", RunResult, "exit_code", 0, (Break(1), Declare("a", "service", "api", API), Run("a"))
    ),
    "a plan is always empty": BrokenLaw(
        "empty plan",
        PlannedRun,
        "exit_code",
        always(0),
        (Break(1), Declare("a", "service", "api", API), Run("a")),
    ),
    "a config is made anew by every run": BrokenLaw(
        "twice is once",
        config,
        "is_same",
        always(False),
        (Declare("a", "config", "conf", 1), Run("a", again=True)),
    ),
    "what worked last goes before something else works": BrokenLaw(
        "can be mounted",
        run,
        "_why_deletes_wait",
        _reads_again_and_goes_on,
        (
            *TWO,
            Declare("a", "config", "conf", 1),
            Declare("a", "service", "api", DeclaredService(configs=("conf",))),
            Run("a"),
            Break(2),
            Declare("a", "service", "api", DeclaredService(image=2)),
            Drop("a", "config", "conf", consent=True),
            Run("a"),
        ),
    ),
    "values are recorded as they are": BrokenLaw(
        "nothing leaks into the record",
        digest,
        "masked",
        lambda _kind, spec, **_: dict(spec),
        (Declare("a", "service", "api", API), Run("a")),
    ),
    "no field is taken for a credential": BrokenLaw(
        "nothing leaks",
        fields,
        "_is_sensitive",
        always(False),
        (
            Declare("a", "service", "api", API),
            Run("a"),
            Declare("a", "service", "api", DeclaredService(token=2)),
            Run("a"),
        ),
    ),
    "hosts are not freed before they are taken": BrokenLaw(
        "hosts",
        writing_services,
        "free",
        always(None),
        (
            Declare("a", "service", "api", DeclaredService(hosts=("a.example",))),
            Declare("a", "service", "db", DeclaredService(hosts=("b.example",))),
            Run("a"),
            Declare("a", "service", "api", DeclaredService(hosts=("b.example",))),
            Declare("a", "service", "db", DeclaredService(hosts=("a.example",))),
            Run("a"),
        ),
    ),
    "nodes that are there are not counted": BrokenLaw(
        "nodes", node, "_by_size", always({}), (Declare("a", "node", "small", 2), Run("a"))
    ),
    "a new name is not taken over": BrokenLaw(
        "moves keep",
        moved,
        "_renamed",
        lambda _desired, record, _move: (record, [], []),
        (
            Declare("a", "webhook", "alerts", 1),
            Declare("a", "config", "conf", 1),
            Run("a"),
            Rename("a", "webhook", "alerts", "deploys", declares_move=True),
            Run("a"),
        ),
    ),
    "what is ignored is written": BrokenLaw(
        "ignored",
        service,
        "without_ignored",
        lambda _manifest, spec, _live: spec,
        (
            Declare("a", "service", "api", DeclaredService(ignores=("environment_variables.API_TOKEN",))),
            Run("a"),
            Hand("token", "api"),
            Run("a"),
        ),
    ),
    "protection is not asked for": BrokenLaw(
        "protected",
        guard,
        "_protected",
        always(()),
        (
            Declare("a", "service", "api", DeclaredService(protected=True)),
            Declare("a", "service", "db", API),
            Run("a"),
            Drop("a", "service", "api"),
            Run("a"),
        ),
    ),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_broken_part_breaks_its_law(folder: Path, fault: BrokenLaw, monkeypatch: pytest.MonkeyPatch):
    whole = judged(folder, fault.steps)
    assert not whole.breaches(LAWS), "\n".join(whole.log)

    monkeypatch.setattr(fault.where, fault.name, fault.instead)
    judge = judged(folder, fault.steps)

    assert fault.law in {law for law, _ in judge.breaches(LAWS)}, "\n".join(judge.log)


def test_every_law_has_a_fault_that_breaks_it():
    assert {fault.law for fault in FAULTS.values()} == set(LAWS)
