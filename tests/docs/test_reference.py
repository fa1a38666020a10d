"""The pages of docs/reference are what the schemas, the checks and the commands say."""

import importlib.util
import sys
from types import ModuleType

import pytest

from tests.e2e.conftest import REPOSITORY


@pytest.fixture(autouse=True)
def fresh_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands as a new process loads them: click keeps an option -h or --help as a command's first use had it."""
    for name in [each for each in sys.modules if each.startswith("reconciler.cli.commands")]:
        monkeypatch.delitem(sys.modules, name)


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", REPOSITORY / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["fields.md", "commands.md", "checks.md"])
def test_the_reference_is_as_it_is_generated(name):
    page = REPOSITORY / "docs" / "reference" / name

    assert page.read_text(encoding="utf-8") == generator().pages()[name], "run: python docs/generate.py"
