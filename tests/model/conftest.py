"""Where the sequences of the stateful model come from, and how many.

pytest tests/model -n 2                                                  what CI runs, always the same
pytest tests/model/test_machine.py -n 2 --model-sequences 20000 --model-seed $RANDOM     others, and more
pytest tests/model/test_machine.py -n 2 --model-minutes 60 --model-seed $RANDOM          as many as fit into an hour
"""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.model.manifests import repositories
from tests.model.platform import Killed
from tests.model.world import asked_once, inline


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("model")
    group.addoption("--model-seed", type=int, default=1, help="Seed of the sequences.")
    group.addoption("--model-sequences", type=int, default=2000, help="How many sequences are tried in all.")
    group.addoption("--model-commands", type=int, default=40, help="How many of them with the real command.")
    group.addoption("--model-minutes", type=float, default=0.0, help="Go on with others for so long in all.")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two repositories, whose files each sequence writes again."""
    made = tmp_path_factory.mktemp("model").resolve()
    repositories(made)
    return made


@pytest.fixture
def folder(made: Path) -> Iterator[Path]:
    """The two repositories, for a test that runs without threads; other tests need threads."""
    with inline(), asked_once():
        yield made


@pytest.fixture(autouse=True)
def threads_end_with_their_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence threads that end with SystemExit because their run was killed; pytest would report them."""
    of_pytest = threading.excepthook

    def hook(ended: threading.ExceptHookArgs) -> None:
        if not issubclass(ended.exc_type, Killed):
            of_pytest(ended)

    monkeypatch.setattr(threading, "excepthook", hook)
