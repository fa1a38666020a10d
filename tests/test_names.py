"""A name says what it is: no two public classes share one, and no name is for everything."""

import ast
from collections import defaultdict
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
