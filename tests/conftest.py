"""For every test: no time limits, and nothing of this machine's environment."""

import os

import pytest
from hypothesis import HealthCheck, settings

from reconciler.cli.ci import SIGNS

# A slow machine is not a defect: no test fails for its duration. Examples are the same each time.
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
    """Remove everything that would direct a test to a real account or real values."""
    for name in [name for name in os.environ if name.startswith(("MEDSTACK_", "RECONCILER_"))]:
        del os.environ[name]
    if any(os.environ.get(name) for name in SIGNS):
        os.environ["TESTS_IN_CI"] = "1"  # nothing may be skipped, see tests/backend
    if os.name == "nt":  # commands write into a pipe in the user's code page, and tests read UTF-8
        os.environ["PYTHONIOENCODING"] = "utf-8"
    for name in SIGNS:  # tests run as on a user's machine, unless a test says that it is a CI job
        os.environ.pop(name, None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out on Windows what needs a POSIX system."""
    if os.name == "nt":
        left_out = [item for item in items if item.get_closest_marker("posix")]
        items[:] = [item for item in items if not item.get_closest_marker("posix")]
        config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the number of random examples, which a passing test would not show."""
    for report in terminalreporter.getreports("passed"):
        for name, count in report.user_properties:
            if name == "fuzzed":
                terminalreporter.write_line(f"{report.nodeid}: {count} runs")
