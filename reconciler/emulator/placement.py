"""Docker's placement constraints: whether a task may run on a node.

Rules of Swarm: ``key == value`` or ``key != value``; spaces around them are ignored; all constraints must hold; values
are compared without case; a constraint with an unknown key never holds; ``!=`` holds for a label that is absent; an
address may be compared with a subnet. Texts of refusals as seen on Docker 20.10.24.
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]+")
_VALUE = re.compile(r"[A-Za-z0-9:._/()?+*^$|\[\]\\\s-]+", re.ASCII)
_OPERATORS = ("==", "!=")
_LABELS = ("node.labels.", "engine.labels.")


def why_not(text: str) -> str:
    """Why Swarm refuses a constraint, in its words; "" if it accepts it."""
    operator = next((candidate for candidate in _OPERATORS if candidate in text), None)
    if operator is None:
        return f"constraint expected one operator from {', '.join(_OPERATORS)}"
    key, _, value = text.partition(operator)
    for what, pattern, part in (("key", _KEY, key.strip()), ("value", _VALUE, value.strip())):
        if pattern.fullmatch(part) is None:
            return f"{what} '{part}' is invalid"
    return ""


def ready_at(constraints: Sequence[str], nodes: Iterable[Mapping[str, Any]]) -> float | None:
    """The earliest time at which a node satisfies all constraints; None: none does.

    A node is a mapping with the keys that constraints name (``node.hostname``…) and ``ready_at``.
    """
    return min((node["ready_at"] for node in fitting(constraints, nodes)), default=None)


def fitting(constraints: Sequence[str], nodes: Iterable[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """The nodes that satisfy all constraints."""
    return [node for node in nodes if all(_holds(text, node) for text in constraints)]


def _holds(text: str, node: Mapping[str, Any]) -> bool:
    operator = next((candidate for candidate in _OPERATORS if candidate in text), "")
    key, value = (part.strip().lower() for part in text.partition(operator)[::2]) if operator else ("", "")
    if key.startswith(_LABELS):
        return operator == "!="  # the API gives nodes no labels
    if key == "ready_at" or key not in node:
        return False
    return _equal(key, str(node[key]).lower(), value) == (operator == "==")


def _equal(key: str, actual: str, value: str) -> bool:
    if key == "node.ip" and "/" in value:
        try:
            return ipaddress.ip_address(actual) in ipaddress.ip_network(value, strict=False)
        except ValueError:
            return False
    return actual == value
