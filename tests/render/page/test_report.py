"""The report of an apply as a page."""

import re

from reconciler.model import Address, Outcome, RunResult
from reconciler.render.page.report import report_as_html
from tests.changes import change_of

WEB = change_of(Address("production", "service", "web"), "update")


def test_no_line_of_what_is_reported_ends_between_a_number_and_its_unit():
    outcome = Outcome(WEB, "failed", "0 of 2 running (after 20 s)", note="watched for 3 min", seconds=61.25)
    page = report_as_html(RunResult([outcome], problems=["asked for 250 ms in vain"]))

    found = set(
        re.findall(r"\d(?:&nbsp;|\N{NO-BREAK SPACE}|\s|\\xa0)+(?:s|ms|min)\b", page.partition("<main")[2])
    )
    assert found == {f"{number}&nbsp;{unit}" for number, unit in ((0, "s"), (2, "s"), (3, "min"), (0, "ms"))}
