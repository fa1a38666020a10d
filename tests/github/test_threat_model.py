"""Each line of docs/threat-model.md names a test or says that nothing prevents the threat; docs/safety.md names
tests too.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and "what prevents it" not in line]
SAFETY = (ROOT / "docs" / "safety.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE + SAFETY)


def test_every_threat_names_a_test_or_says_that_there_is_no_defence():
    unheld = [row for row in ROWS if not re.search(r"\| (`tests/[\w/]+\.py(::\w+)?`|\*\*nothing\*\*)", row)]

    assert ROWS
    assert unheld == []


def test_every_rule_of_the_safety_page_names_a_test():
    rules = SAFETY.split("| tested by |")[1].split("\n## ")[0].splitlines()
    rows = [line for line in rules if line.startswith("| ")]

    assert len(rows) > 5
    assert [row for row in rows if not re.search(r"`tests/[\w/]+\.py` \|$", row)] == []


@pytest.mark.parametrize("file, test", dict.fromkeys(NAMED))
def test_every_named_test_exists(file, test):
    text = (ROOT / file).read_text(encoding="utf-8")

    assert (
        re.search(rf"^def {test}\(", text, re.MULTILINE)
        if test
        else re.search(r"^ *def test_", text, re.MULTILINE)
    )


@pytest.mark.parametrize(
    "who",
    [
        "fork",
        "writer of a branch",
        "editor of comments",
        "user of the API",
        "API itself",
        "earlier job on the runner",
    ],
)
def test_every_attacker_is_listed(who):
    assert re.search(rf"^## .*{who}$", PAGE, re.MULTILINE)
