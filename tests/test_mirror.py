"""Each module of ``reconciler/`` has its test file, where CONTRIBUTING.md says."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROWS = [
    (re.findall(r"`([^`]+)`", modules), re.findall(r"`(tests/[^`]+)`", tests), tests)
    for modules, tests in re.findall(
        r"^\| (.+?) \| (.+?) \|$",
        (ROOT / "CONTRIBUTING.md")
        .read_text(encoding="utf-8")
        .partition("| their tests |")[2]
        .partition("\n\n")[0],
        re.MULTILINE,
    )
]
"""Of each line of the table: the patterns of modules, the paths of tests, and the cell with the tests."""
MODULES = [
    path.relative_to(ROOT / "reconciler").as_posix()
    for path in sorted((ROOT / "reconciler").rglob("*.py"))
    if not path.name.startswith("__")
]


def own_test(module: str) -> Path:
    path = Path(module)
    return ROOT / "tests" / path.parent / f"test_{path.stem.rstrip('_')}.py"


def is_of(module: str, pattern: str) -> bool:
    """Whether a pattern matches a module; ``*`` is one folder deep."""
    return module.count("/") == pattern.count("/") and fnmatch(module, pattern)


def test_every_module_has_its_test_file_or_is_in_the_table():
    listed = [pattern for patterns, _, _ in ROWS for pattern in patterns]
    missing = [
        module
        for module in MODULES
        if not own_test(module).is_file() and not any(is_of(module, pattern) for pattern in listed)
    ]

    assert missing == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][0])
def test_every_line_of_the_table_names_existing_tests_and_modules(row):
    patterns, tests, text = row

    assert tests or text.startswith("values")
    assert all((ROOT / path).exists() for path in tests)
    for pattern in patterns:
        assert any(is_of(module, pattern) and not own_test(module).is_file() for module in MODULES), pattern
