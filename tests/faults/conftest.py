"""A platform and a fork server for each test process, and the table at the end.

pytest tests/faults -n 2                                  what CI runs, always the same
pytest tests/faults -n 2 --fault-seed $RANDOM --fault-minutes 60     fresh manifests and faults for an hour
pytest tests/faults -n 2 --fault-table faults.txt         also writes the table
pytest tests/faults -n 2 --fault-all                      every fault at every request of a first apply too
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.cases import Stage, Tally, stage
from tests.faults.scenarios import SCENARIOS
from tests.faults.worker import Workers, workers
from tests.faults.world import FaultWorld, world

_TOTAL = Tally()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("faults")
    group.addoption("--fault-seed", type=int, default=1, help="Seed of the random manifests and faults.")
    group.addoption(
        "--fault-minutes", type=float, default=0.0, help="Go on with random cases for so long in all."
    )
    group.addoption("--fault-all", action="store_true", help="Leave no request of a first apply out.")
    group.addoption("--fault-table", type=Path, help="Also write the table of what was done to this file.")


@pytest.fixture(scope="session")
def platform() -> Iterator[FaultWorld]:
    with world() as running:
        yield running


@pytest.fixture(scope="session")
def forks() -> Iterator[Workers]:
    with workers() as running:
        yield running


@pytest.fixture(scope="session")
def stages(platform: FaultWorld, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Stage]:
    """A scenario by name, run once without faults."""
    known: dict[str, Stage] = {}

    def get(name: str) -> Stage:
        if name not in known:
            known[name] = stage(platform, SCENARIOS[name], tmp_path_factory.mktemp(name))
        return known[name]

    return get


@pytest.fixture
def all_of_them(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--fault-all"))


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    """The counts of this test, for the table."""
    done = Tally()
    yield done
    request.node.user_properties.append(("faults", done.counts()))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Also called if tests run in other processes: their reports contain the counts."""
    if report.when == "teardown":
        for name, counts in report.user_properties:
            if name == "faults":
                _TOTAL.add(counts)  # type: ignore[arg-type]  # properties are typed as any object


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if not _TOTAL.runs:
        return
    table = _TOTAL.table()
    terminalreporter.section("faults")
    terminalreporter.write_line(table)
    if path := config.getoption("--fault-table"):
        path.write_text(table + "\n", encoding="utf-8")
