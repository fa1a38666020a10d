"""A name says what it is: no two public classes share one, and no name is for everything."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
FILES = sorted(path for folder in ("reconciler", "tests") for path in (ROOT / folder).rglob("*.py"))


def test_no_two_public_classes_share_a_name():
    """Those of tests too; a class that pytest collects is named after what it tests."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith(("_", "Test")):
                found[node.name].append(path.relative_to(ROOT).as_posix())

    assert {name: paths for name, paths in found.items() if len(paths) > 1} == {}


FOR_EVERYTHING = {"one", "some", "site", "stuff", "told", "thing", "things"}
"""What could be said of any value."""


def test_no_name_is_for_everything():
    """Names that are bound: variables, parameters, functions and classes."""
    found = {
        f"{path.relative_to(ROOT).as_posix()}:{line}: {name}"
        for path in FILES
        for name, line in bound(ast.parse(path.read_text(encoding="utf-8")))
        if name.strip("_").lower() in FOR_EVERYTHING
    }

    assert found == set()


def bound(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """The names that a module binds, with their lines."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                yield name, node.lineno
            case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, node.lineno
