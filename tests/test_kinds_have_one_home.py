"""What a kind of resource means stands in files of its own, below a folder ``kinds`` of each layer.

Whatever else names a kind, as a text or as an attribute, is counted. The counts may only sink.
"""

import ast
from collections import Counter
from pathlib import Path

from reconciler.kinds import KINDS

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "reconciler"
MAY_NAME_KINDS = ("cli", "compose", "emulator")
"""The verbs of the command line; Docker Compose's own words; and a server that shares nothing with the rest."""
NAMES = {name for kind in KINDS.values() for name in (kind.name, kind.section)}
CEILINGS: dict[str, int] = {
    "api/client.py": 20,
    "api/operations.py": 10,
    "apply/hosts.py": 4,
    "apply/intents.py": 5,
    "apply/named.py": 15,
    "apply/nodes.py": 4,
    "apply/perform.py": 14,
    "apply/run.py": 6,
    "apply/services.py": 10,
    "apply/verify.py": 3,
    "apply/webhooks.py": 5,
    "checks/duplicate_target.py": 2,
    "checks/limit.py": 2,
    "checks/schema.py": 2,
    "checks/wording.py": 12,
    "document/plans.py": 1,
    "fetch.py": 28,
    "load/assemble.py": 2,
    "load/foreign.py": 6,
    "load/interpolate.py": 2,
    "load/layers.py": 2,
    "load/making.py": 1,
    "load/opening.py": 1,
    "load/parse.py": 11,
    "load/read.py": 1,
    "load/secrecy.py": 5,
    "load/sources.py": 10,
    "load/write.py": 2,
    "overview.py": 1,
    "pipeline/apply.py": 1,
    "pipeline/compose.py": 5,
    "pipeline/handover.py": 1,
    "pipeline/hosts.py": 4,
    "pipeline/imports.py": 2,
    "pipeline/keys.py": 1,
    "pipeline/looking.py": 5,
    "pipeline/lookups.py": 23,
    "pipeline/operations.py": 3,
    "pipeline/patience.py": 1,
    "pipeline/plan.py": 8,
    "pipeline/sharing.py": 2,
    "pipeline/values.py": 3,
    "plan/__init__.py": 1,
    "plan/hosts.py": 1,
    "plan/prune.py": 5,
    "plan/uses.py": 2,
    "record/keeper.py": 2,
    "record/moves.py": 4,
    "render/overview.py": 1,
    "render/report.py": 1,
    "rollout.py": 1,
}
"""By file, how often it still names a kind. Lower a number when you lower the count; never raise one."""


def test_no_file_names_a_kind_more_often_than_it_did():
    assert counts() == CEILINGS


def counts() -> dict[str, int]:
    """By file, how many texts are, and attributes are called, the name of a kind or of its section."""
    found: Counter[str] = Counter()
    for path in sorted(PACKAGE.rglob("*.py")):
        inside = path.relative_to(PACKAGE)
        if inside.parts[0] not in MAY_NAME_KINDS and "kinds" not in inside.parts[:-1]:
            found[str(inside)] = sum(map(_names_a_kind, ast.walk(ast.parse(path.read_text()))))
    return {path: count for path, count in found.items() if count}


def _names_a_kind(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=str(text)):
            return text in NAMES
        case ast.Attribute(attr=name):
            return name in NAMES
    return False
