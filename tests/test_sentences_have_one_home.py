"""Decisions are values, and ``render/`` words them. Sentences elsewhere are counted. The counts may only decrease.

A sentence is a text of three words or more, two of them side by side, that is no docstring, no regular expression, no
query of GraphQL, no member of a ``Literal`` and no text of an exception that is raised right there.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "reconciler"
MAY_HOLD_SENTENCES = (
    "render/",
    "cli/",
    "checks/",
    "compose/",
    "emulator/",
    "loading/",
)
"""Texts of results; help texts; errors in manifests and Compose files, at their place; a server that shares no code
with the rest.
"""
CEILINGS: dict[str, int] = {
    "api/answers.py": 9,
    "api/calls.py": 2,
    "api/shapes.py": 2,
    "applying/kinds/node.py": 3,
    "applying/named.py": 1,
    "applying/settle.py": 2,
    "errors.py": 3,
    "export/base.py": 4,
    "export/kinds/config.py": 6,
    "export/kinds/node.py": 3,
    "export/kinds/secret.py": 1,
    "export/kinds/service.py": 9,
    "export/kinds/webhook.py": 4,
    "fetch.py": 5,
    "github/annotations.py": 1,
    "github/approvals.py": 1,
    "github/bootstrap.py": 3,
    "github/client.py": 4,
    "github/commands.py": 14,
    "github/event.py": 2,
    "github/markdown.py": 5,
    "github/run.py": 7,
    "github/target.py": 1,
    "kinds/config.py": 2,
    "kinds/secret.py": 2,
    "kinds/service.py": 2,
    "kinds/unknown.py": 3,
    "kinds/versions.py": 1,
    "kinds/volume.py": 2,
    "kinds/webhook.py": 2,
    "pipeline/approval.py": 1,
    "pipeline/checkout.py": 3,
    "pipeline/compose.py": 6,
    "pipeline/imports.py": 5,
    "pipeline/keys.py": 1,
    "pipeline/lookups.py": 5,
    "pipeline/manifests.py": 2,
    "pipeline/ownership.py": 5,
    "pipeline/permits.py": 2,
    "pipeline/restart.py": 1,
    "pipeline/unlock.py": 3,
    "planfile/file.py": 2,
    "planfile/keyed.py": 2,
    "record/codec.py": 4,
    "record/holding.py": 4,
    "record/lease.py": 2,
    "record/reading.py": 3,
    "record/taking.py": 1,
    "transport/__init__.py": 2,
    "transport/environment.py": 1,
    "transport/reasons.py": 7,
}
"""By file, how many sentences it still has. Lower a number when the count decreases; never raise one."""


def test_only_render_contains_sentences():
    assert counts() == CEILINGS


def test_a_sentence_is_detected_in_a_text_a_template_and_a_value():
    tree = ast.parse(
        'def f(change):\n    """What it does, in words."""\n    raise ValueError("this one is raised")\n'
        'NOTE = "it is down"\nnotes.append(f"{a} waits for all of {b}")\n'
        'f("plain", "two words", r"(?:a b|c d) e\\\\s")\n'
    )
    found = sentences(list(ast.walk(tree)))

    assert list(found) == ["it is down", "{} waits for all of {}"]


def counts() -> dict[str, int]:
    trees = {
        name: list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        for path in PACKAGE.rglob("*.py")
        if not (name := path.relative_to(PACKAGE).as_posix()).startswith(MAY_HOLD_SENTENCES)
    }
    members = {text for nodes in trees.values() for text in _members(nodes)}
    found = {name: sum(text not in members for text in sentences(nodes)) for name, nodes in trees.items()}
    return {name: count for name, count in sorted(found.items()) if count}


def _members(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """The texts in a ``Literal``, which are values."""
    for node in nodes:
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal":
            yield from (text for part in ast.walk(node.slice) if (text := _text(part)) is not None)


def sentences(nodes: Sequence[ast.AST]) -> Iterator[str]:
    left_out = set(map(id, _left_out(nodes)))
    for node in nodes:
        text = _text(node)
        if text is not None and id(node) not in left_out and _is_sentence(text):
            yield text


def _left_out(nodes: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """Docstrings and unused texts, texts of raised exceptions, and parts of a template."""
    for node in nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        elif isinstance(node, ast.Raise | ast.JoinedStr):
            yield from (part for part in ast.walk(node) if part is not node)


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def _is_sentence(text: str) -> bool:
    is_pattern = "\\" in text or "(?" in text or text.startswith("query{")
    words = re.findall(r"[A-Za-z']{2,}", text)
    return not is_pattern and len(words) >= 3 and re.search(r"[a-z'] [a-z]", text) is not None
