"""The report of an apply as a page."""

import re

from reconciler.model import Address, Outcome, RunResult
from reconciler.model.failure import Failure
from reconciler.model.rollout import RolloutResult
from reconciler.render.page.report import report_as_html
from tests.changes import change_of
from tests.test_health import of

WEB = change_of(Address("production", "service", "web"), "update")


def test_no_line_breaks_between_a_number_and_its_unit():
    rollout = RolloutResult("not up in time", "failed", of(replicas=2), errors=("in 3 min",), within=20.0)
    outcome = Outcome(WEB, "failed", rollout=rollout, seconds=61.25)
    page = report_as_html(RunResult([outcome], problems=[Failure("other", "asked for 250 ms in vain")]))

    found = set(
        re.findall(r"\d(?:&nbsp;|\N{NO-BREAK SPACE}|\s|\\xa0)+(?:s|ms|min)\b", page.partition("<main")[2])
    )
    assert found == {f"{number}&nbsp;{unit}" for number, unit in ((0, "s"), (2, "s"), (3, "min"), (0, "ms"))}
