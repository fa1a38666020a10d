"""The meaning of each kind of resource is in its own files, in the folder ``kinds`` of each layer.

Other files that name a kind, as a text or an attribute, are counted. The counts may only decrease.
"""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from reconciler.api import lists as api
from reconciler.applying.kinds import WRITES
from reconciler.export.kinds import EXPORTERS
from reconciler.kinds import KINDS
from reconciler.planning.kinds import PLANNERS

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "reconciler"
LAYERS = ("kinds", "planning/kinds", "applying/kinds", "export/kinds")
"""The folders with a file for each kind."""
LISTS = {
    "kinds": KINDS,
    "planning.kinds": PLANNERS,
    "applying.kinds": WRITES,
    "export.kinds": EXPORTERS,
    "api.lists": api.LISTS,
}
"""The lists of kinds, by the module that has each."""
MAY_NAME_KINDS = (
    "cli/",
    "checks/compose_words.py",
    "compose/",
    "emulator/",
    "api/client.py",
    "api/lists.py",
    "api/operations.py",
)
"""The commands; Docker Compose's own words; a server that shares no code with the rest; and the lists of the API's
operations.
"""
STEPS = re.findall(
    r"`((?:reconciler|schemas|tests)/[^`]+\.[a-z]+)`",
    (ROOT / "CONTRIBUTING.md")
    .read_text(encoding="utf-8")
    .partition("## Add a kind")[2]
    .partition("\n1. ")[2]
    .partition("\n## ")[0],
)
"""The files that CONTRIBUTING.md names under "Add a kind"."""
NAMES = {name for kind in KINDS.values() for name in (kind.name, kind.section)}
CEILINGS: dict[str, int] = {
    "applying/verify.py": 1,
    "checks/duplicate_target.py": 2,
    "checks/limit.py": 2,
    "document/reading.py": 1,
    "loading/foreign.py": 6,
    "pipeline/handover.py": 1,
    "pipeline/ownership.py": 1,
    "pipeline/plan_stacks.py": 1,
    "pipeline/reboot.py": 1,
    "pipeline/restart.py": 1,
    "planning/__init__.py": 1,
    "planning/hosts.py": 1,
    "record/lease.py": 2,
    "record/moves.py": 4,
    "record/taking.py": 1,
    "rollout.py": 1,
}
"""By file, how often it still names a kind. Lower a number when the count decreases; never raise one."""


def test_no_file_names_a_kind_more_often_than_it_did():
    assert counts() == CEILINGS


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_file_in_each_layer_and_a_line_in_each_list(kind):
    missing = [layer for layer in LAYERS if not (PACKAGE / layer / f"{kind}.py").is_file()]
    missing += [name for name, listed in LISTS.items() if kind not in listed]
    if not (ROOT / "schemas" / f"{kind}.schema.json").is_file():
        missing.append("schemas")

    assert missing == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_files_named_in_add_a_kind_exist_for_each_kind_and_name_it(kind):
    named = re.compile(rf"\b({kind}|{KINDS[kind].section})\b")
    files = [ROOT / step.replace("<kind>", kind) for step in STEPS]

    assert [
        str(file) for file in files if not (file.is_file() and named.search(file.read_text(encoding="utf-8")))
    ] == []


def test_a_file_that_names_every_kind_is_named_in_add_a_kind():
    every = [re.compile(rf"\b({kind.name}|{kind.section})\b") for kind in KINDS.values()]
    files = [path for folder in ("reconciler", "schemas") for path in (ROOT / folder).rglob("*.*")]
    found = {
        path.relative_to(ROOT).as_posix()
        for path in files
        if path.suffix in {".py", ".js", ".json", ".yaml"}
        if all(name.search(text) for text in (path.read_text(encoding="utf-8"),) for name in every)
    }

    assert found - set(STEPS) == set()


def test_add_a_kind_names_a_file_of_each_layer_and_each_list():
    assert {f"reconciler/{layer}/<kind>.py" for layer in LAYERS} <= set(STEPS)
    assert {f"reconciler/{layer}/__init__.py" for layer in LAYERS} <= set(STEPS)


def counts() -> dict[str, int]:
    """By file, how many texts and attributes are the name of a kind or of its section."""
    found: Counter[str] = Counter()
    for path in sorted(PACKAGE.rglob("*.py")):
        inside = path.relative_to(PACKAGE)
        if not _is_home(inside.as_posix()):
            found[inside.as_posix()] = sum(
                map(_names_a_kind, ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
            )
    return {path: count for path, count in found.items() if count}


def _is_home(path: str) -> bool:
    """Whether a file belongs to kinds: a file of a kind in a layer, a helper of one, or a list."""
    folder, _, name = path.rpartition("/")
    is_of_a_kind = folder == "kinds" or (folder in LAYERS and name.startswith((*KINDS, "__init__", "base")))
    return is_of_a_kind or path.startswith(MAY_NAME_KINDS)


def _names_a_kind(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=str(text)):
            return text in NAMES
        case ast.Attribute(attr=name):
            return name in NAMES
    return False
