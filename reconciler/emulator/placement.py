"""Docker's placement constraints: may a task run on this node?

Rules of Swarm: ``key == value`` or ``key != value``, blanks around them ignored, all must hold, values
compared without regard to case; an unknown key holds nowhere, an absent label satisfies ``!=``.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_VALUE = r"A-Za-z0-9:._/()?+*^$|\[\]\\\-"
_CONSTRAINT = re.compile(
    rf"\s*([A-Za-z_][A-Za-z0-9_.-]*)\s*(==|!=)\s*([{_VALUE}](?:[{_VALUE} ]*[{_VALUE}])?)\s*"
)
_LABELS = ("node.labels.", "engine.labels.")


def is_constraint(text: str) -> bool:
    """Has the text the form of a constraint?"""
    return _CONSTRAINT.fullmatch(text) is not None


def ready_at(constraints: Sequence[str], nodes: Iterable[Mapping[str, Any]]) -> float | None:
    """The earliest moment at which a node satisfies all constraints; None: none does.

    A node is a mapping of the keys that constraints name (``node.hostname``…) and ``ready_at``.
    """
    moments = [node["ready_at"] for node in nodes if all(_holds(text, node) for text in constraints)]
    return min(moments, default=None)


def _holds(text: str, node: Mapping[str, Any]) -> bool:
    match = _CONSTRAINT.fullmatch(text)
    if match is None:
        return False
    key, operator, value = match.groups()
    if key.lower().startswith(_LABELS):
        return operator == "!="  # the API gives nodes no labels
    if key.lower() == "ready_at" or key.lower() not in node:
        return False
    return (str(node[key.lower()]).lower() == value.lower()) == (operator == "==")
