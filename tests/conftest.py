"""What holds for every test: no hurry, and nothing of this machine's own environment."""

import os

import pytest
from hypothesis import HealthCheck, settings

from reconciler.cli.ci import SIGNS

# A slow machine is no defect: no test fails for the time it took. Nor is chance: the same examples are tried each time.
settings.register_profile(
    "unhurried",
    parent=settings(),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
)
settings.register_profile("searching", parent=settings.get_profile("unhurried"), derandomize=False)
settings.load_profile("unhurried")


def pytest_configure() -> None:
    """Take away what would turn a test into one against somebody's account or with somebody's values."""
    for name in [name for name in os.environ if name.startswith(("MEDSTACK_", "RECONCILER_"))]:
        del os.environ[name]
    if any(os.environ.get(name) for name in SIGNS):
        os.environ["TESTS_IN_CI"] = "1"  # where nothing may be left out, see tests/backend
    for name in SIGNS:  # what is tried here is a desk, unless a test says that it is a job
        os.environ.pop(name, None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much was tried by chance: the number is no verdict, so a test that passes would keep it to itself."""
    for report in terminalreporter.getreports("passed"):
        for name, count in report.user_properties:
            if name == "fuzzed":
                terminalreporter.write_line(f"{report.nodeid}: {count} runs")
