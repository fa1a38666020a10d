import io
import re
import sys
from types import SimpleNamespace

import pytest

from reconciler.cli.progress import line, progress
from reconciler.model import Address, Outcome, Progress
from reconciler.model.failure import Failure
from reconciler.model.hold import ClusterFailed
from reconciler.model.rollout import RolloutResult
from tests.changes import change_of

API = change_of(Address("production", "service", "api"), "update")
OLD = change_of(Address("production", "volume", "old"), "delete")


@pytest.mark.parametrize(
    "event, text",
    [
        ("Verifying", "Verifying"),
        (Outcome(API, "applied", seconds=12.34), "production/service/api: updated (12.3 s)"),
        (
            Outcome(API, "applied", rollout=RolloutResult("not watched", "unverified")),
            "production/service/api: updated, accepted; its rollout was not watched",
        ),
        (
            Outcome(API, "failed", Failure("rejected", "no such image")),
            "production/service/api: update failed: no such image",
        ),
        (
            Outcome(OLD, "skipped", ClusterFailed("staging")),
            "production/volume/old: delete skipped: not started: staging failed",
        ),
        (Outcome(OLD, "unknown"), "production/volume/old: delete unknown"),
    ],
)
def test_an_event_is_one_line(event, text):
    assert line(event) == text


HOSTILE = RolloutResult("no tasks shown", "verified", errors=("\x1b[2J[red]",))
NEEDS = {API.address: (), OLD.address: (API.address,)}


@pytest.mark.parametrize("quiet", [False, True])
def test_an_apply_goes_on_after_its_output_is_closed(quiet, monkeypatch):
    class Gone(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(sys, "stderr", Gone())
    count = 0
    with progress(NEEDS, quiet=quiet) as tell:
        for event in ("Starting", Progress(API.address, "updating"), Outcome(API, "applied")):
            tell(event)
            count += 1

    assert count == 3


def test_without_a_terminal_each_applied_change_has_a_line(capsys):
    with progress(NEEDS, quiet=False) as tell:
        tell("waiting 2 s before asking again: \x1b[2J")
        tell(Progress(API.address, "1 of 2 running"))
        tell(Outcome(API, "applied"))
        tell(Outcome(OLD, "failed", Failure("rejected", "in use")))

    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.splitlines() == [
        "waiting 2 s before asking again: \\x1b[2J",
        "[1/2] production/service/api: updated",
    ]


def test_quiet_prints_no_progress(capsys):
    with progress(NEEDS, quiet=True) as tell:
        tell("Starting")
        tell(Outcome(API, "applied"))
        tell(Outcome(OLD, "failed", Failure("rejected", "in use")))

    assert capsys.readouterr() == ("", "")


class Screen(io.StringIO):
    """Standard error as a terminal."""

    def isatty(self) -> bool:
        return True


COLOUR = re.compile("\x1b\\[[0-9;]*3[0-9][0-9;]*m")


def in_front_of(monkeypatch):
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "")
    return screen


@pytest.mark.parametrize("no_colour", [True, False])
def test_on_a_terminal_each_outcome_has_a_coloured_line_unless_turned_off(monkeypatch, no_colour):
    screen = in_front_of(monkeypatch)
    monkeypatch.setenv("NO_COLOR", "1" if no_colour else "")

    with progress(NEEDS, quiet=False) as tell:
        tell(Outcome(API, "applied", rollout=HOSTILE))

    shown = screen.getvalue()
    assert "production/service/api: updated" in shown
    assert (COLOUR.search(shown) is None) is no_colour
    assert "\\x1b[2J[red]" in shown


CODES = re.compile("\x1b\\[[0-9;?]*[a-zA-Z]")


def test_on_a_terminal_running_and_waiting_changes_are_shown_with_their_times(monkeypatch):
    screen = in_front_of(monkeypatch)
    monkeypatch.setattr("reconciler.cli.progress.time", SimpleNamespace(monotonic=lambda: 100.0))
    with progress(NEEDS, quiet=False) as tell:
        tell(Progress(API.address, "1 of 2 running"))

    shown = CODES.sub("", screen.getvalue())
    assert re.search(r"production/service/api +1 of 2 running +0:00", shown)
    assert re.search(r"production/volume/old +waits for service/api", shown)
    assert re.search(r"Applying .* 0/2 +0:00", shown)


def test_the_rows_fit_on_the_screen_and_the_rest_is_counted(monkeypatch):
    screen = in_front_of(monkeypatch)
    many = {Address("production", "service", f"web-{number:03}"): () for number in range(500)}

    with progress(many, quiet=False):
        pass

    shown = CODES.sub("", screen.getvalue())
    assert "web-000" in shown
    assert "and 488 more" in shown
    assert max(map(len, re.split("[\r\n]", shown))) <= 80
