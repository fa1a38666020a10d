import io
import sys

import pytest

from reconciler.cli.progress import line, progress
from reconciler.model import Address, Change, Outcome

API = Change(Address("production", "service", "api"), "update")
OLD = Change(Address("production", "volume", "old"), "delete")


@pytest.mark.parametrize(
    "event, text",
    [
        ("Verifying", "Verifying"),
        (Outcome(API, "applied", seconds=12.34), "production/service/api: updated (12.3 s)"),
        (Outcome(API, "applied", note="not verified"), "production/service/api: updated, not verified"),
        (
            Outcome(API, "failed", error="no such image"),
            "production/service/api: update failed: no such image",
        ),
        (Outcome(OLD, "skipped", error="api failed"), "production/volume/old: delete skipped: api failed"),
        (Outcome(OLD, "unknown"), "production/volume/old: delete unknown"),
    ],
)
def test_an_event_is_one_line(event, text):
    assert line(event) == text


@pytest.mark.parametrize("quiet", [False, True])
def test_where_nobody_can_be_told_any_more_the_work_goes_on(quiet, monkeypatch):
    class Gone(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(sys, "stderr", Gone())
    told = 0
    with progress(1, quiet=quiet) as tell:
        for event in ("Starting", Outcome(API, "failed", error="no such image")):
            tell(event)
            told += 1

    assert told == 2


def test_without_a_terminal_plain_lines_count_up_on_standard_error(capsys):
    with progress(2, quiet=False) as tell:
        tell("Starting")
        tell(Outcome(API, "applied"))
        tell(Outcome(OLD, "failed", error="in \x1b[2Juse"))

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [
        "Starting",
        "[1/2] production/service/api: updated",
        "[2/2] production/volume/old: delete failed: in \\x1b[2Juse",
    ]


def test_quiet_tells_only_what_failed(capsys):
    with progress(2, quiet=True) as tell:
        tell("Starting")
        tell(Outcome(API, "applied"))
        tell(Outcome(OLD, "failed", error="in use"))

    assert capsys.readouterr() == ("", "production/volume/old: delete failed: in use\n")


class Screen(io.StringIO):
    """Standard error with a person before it."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("no_colour", [True, False])
def test_on_a_terminal_there_is_a_bar_unless_colour_is_refused(monkeypatch, no_colour):
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1" if no_colour else "")

    with progress(1, quiet=False) as tell:
        tell(Outcome(API, "applied", note="\x1b[2J[red]"))

    shown = screen.getvalue()
    assert "production/service/api: updated" in shown
    assert ("\x1b[" in shown) is not no_colour
    assert "\\x1b[2J[red]" in shown
