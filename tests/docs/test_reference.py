"""The pages of docs/reference match the schemas, the checks and the commands."""

import importlib.util
import json
import re
import sys
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import pytest

from reconciler.cli.ci import SIGNS
from reconciler.kinds import KINDS
from tests.e2e.conftest import REPOSITORY


@pytest.fixture(autouse=True)
def fresh_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reload the commands, since click caches whether an option is named -h or --help."""
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
def test_the_reference_is_up_to_date(name):
    page = REPOSITORY / "docs" / "reference" / name

    assert page.read_text(encoding="utf-8") == generator().pages()[name], "run: python docs/generate.py"


def described(schema: Any) -> Iterator[Mapping[str, Any]]:
    """Every part of a schema that has a title and a description."""
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        if isinstance(part, dict) and isinstance(part.get("title"), str) and "description" in part:
            yield part
        yield from described(part)


def rows(title: str) -> list[list[str]]:
    """The cells of each row of the table under a heading of the page."""
    page = (REPOSITORY / "docs" / "reference" / "fields.md").read_text(encoding="utf-8")
    part = page.split(f"\n## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


@pytest.mark.parametrize(
    "schema,title", [("manifest", "The document"), *((kind.name, kind.section) for kind in KINDS.values())]
)
def test_every_described_field_has_a_complete_row(schema, title):
    loaded = json.loads((REPOSITORY / "schemas" / f"{schema}.schema.json").read_text(encoding="utf-8"))
    descriptions = sorted(part["description"] for part in described(loaded)) or [loaded["description"]]

    assert sorted(cells[1].replace("\\|", "|").replace("&lt;", "<") for cells in rows(title)) == descriptions
    assert len({cells[0] for cells in rows(title)}) == len(descriptions)
    assert [cells for cells in rows(title) if "" in cells or len(cells) != 6] == []


@pytest.mark.parametrize(
    "field,default", [("mounts[].readonly", "false"), ("secrets[].mode", '"0444"'), ("update_monitor", "`5`")]
)
def test_a_nested_field_shows_its_default(field, default):
    (row,) = [cells for cells in rows("services") if cells[0] == f"`{field}`"]

    assert row[2] == default


READ = re.compile(
    r"""environ(?:\.get)?[(\[]\s*"([A-Z_]+)"|envvar="([A-Z_]+)"|"((?:NO|FORCE|CLICOLOR)_[A-Z]+)\""""
)
OF_A_JOB = re.compile(r"GITHUB_|RUNNER_TEMP|RECONCILER_WHEELS|PATH$")
"""Variables of GitHub's runner and of the Action's own steps, and those that every program reads."""


def test_every_environment_variable_is_documented():
    code = "\n".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "reconciler").rglob("*.py"))
    read = {next(filter(None, found)) for found in READ.findall(code)} | set(SIGNS)
    page = (REPOSITORY / "docs" / "environment.md").read_text(encoding="utf-8")

    assert {"MEDSTACK_API_URL", "NO_COLOR", "SSL_CERT_FILE"} <= read
    assert [name for name in sorted(read) if not OF_A_JOB.match(name) and f"`{name}" not in page] == []


def options_of_commands() -> list[str]:
    page = (REPOSITORY / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    return [re.sub(r"\s+", " ", option) for option in re.findall(r"(?ms)^  -.*?(?=^  -|^$|^```)", page)]


def test_the_help_of_an_option_shows_its_default_once():
    options = options_of_commands()

    assert [option for option in options if option.count("[default:") > 1 or 'default: ""' in option] == []
    assert [option for option in options if "--pace FACTOR" in option and "[default: 1.0; x>=0]" in option]
