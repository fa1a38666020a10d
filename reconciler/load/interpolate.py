"""``${NAME}``, ``${NAME:-default}`` and ``$${``, replaced once in the text values of a parsed document.

Never in keys, never in a config's ``data``, never in what a variable brought along, and never more than text,
a number, true or false: a variable can't add structure.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from reconciler.load.parse import boolean, number
from reconciler.load.wanted import wanted
from reconciler.model import Path

PREFIX = "RECONCILER_VAR_"
MAX_EXPANDED = 16_000_000
"""Characters that the texts with variables of one document may come to."""
_REFERENCE = re.compile(
    r"""(?x) \$\$\{ | \$\{ (?:
    ([A-Za-z_][A-Za-z0-9_]*+) (?: \} | :- ([^}$]*+ (?: \$(?!\{) [^}$]*+ )*+) (?: \} | (\$\{) [^}$]*+ ) )
    )?""",
    re.ASCII,
)
"""An escaped brace, or a brace with a name, a default, and what begins another reference within the default."""

Report = Callable[[Path, str, str], None]
"""Takes the place, the message and the hint of a problem."""


def expand(text: str, variables: Mapping[str, str], report: Callable[[str, str], None]) -> str:
    """The text with every reference replaced, once. ``report(message, hint)`` gets what can't be."""

    def replacement(match: re.Match[str]) -> str:
        whole, name, default = match[0], match[1], match[2]
        if whole == "$${":
            return "${"
        if name is None or match[3]:
            report(
                "a ${ that begins no variable"
                if name is None
                else f"the default of ${{{name}:-…}} holds a ${{",
                "write ${NAME} or ${NAME:-default}, or $${ for the characters ${ themselves",
            )
            return whole
        value = variables.get(name, "")
        if not is_text(value):
            report(f"the value of {name} is not UTF-8 text", "give it as UTF-8")
            return whole
        if value or (name in variables and default is None):
            return value
        if default is not None:
            return default
        report(
            f"the variable {name} has no value",
            f"give it with --var {name}=…, with a line {name}=… in a --var-file, in the environment as "
            f"{PREFIX}{name}, or here as ${{{name}:-default}}",
        )
        return whole

    return _REFERENCE.sub(replacement, text)


def interpolate(value: Any, places: dict[int, Any], variables: Mapping[str, str], report: Report) -> Any:
    """A document with its variables filled in; what holds none is the same object, aliased or not.

    ``places`` (see ``load.parse``) learns where the new containers stand.
    """
    return _Filling(places, variables, report).walk(value, ())


class _Filling:
    """One walk through one document; keeps how much its texts may still come to."""

    __slots__ = ("places", "report", "room", "variables")

    def __init__(self, places: dict[int, Any], variables: Mapping[str, str], report: Report) -> None:
        self.places, self.variables, self.report = places, variables, report
        self.room = MAX_EXPANDED

    def walk(self, node: Any, path: Path) -> Any:
        new: Any = None
        items: Iterable[tuple[Any, Any]] = node.items() if node.__class__ is dict else enumerate(node)
        for step, child in items:
            kind = child.__class__
            if kind is str:
                filled = self.text(child, (*path, step)) if "${" in child else child
            elif (kind is dict or kind is list) and (path or not step.startswith("x-")):
                filled = self.walk(child, (*path, step))
            else:
                continue
            if filled is not child:
                new = node.copy() if new is None else new
                new[step] = filled
        if new is None:
            return node
        self.places[id(new)] = self.places[id(node)]
        return new

    def text(self, text: str, path: Path) -> Any:
        if _is_left_alone(path) or self.room < 0:
            return text
        said: list[str] = []

        def problem(message: str, hint: str) -> None:
            said.append(message)
            self.report(path, message, hint)

        expanded = expand(text, self.variables, problem)
        self.room -= len(expanded)
        if self.room < 0:
            problem(f"variables expand to more than {MAX_EXPANDED:,} characters", "repeat them less often")
        return expanded if said else cast(expanded, wanted(path))


def cast(text: str, types: frozenset[str]) -> Any:
    """The text as the type that is wanted; as it is, where text is wanted or it is not of that type."""
    if "string" in types:
        return text
    if types & {"integer", "number"}:
        found = number(text)
        if found is not None and ("number" in types or isinstance(found, int)):
            return found
    if "boolean" in types:
        found = boolean(text)
        if found is not None:
            return found
    return text


def is_text(value: str) -> bool:
    """Whether it can be sent at all: bytes of the environment that are no UTF-8 arrive as lone surrogates."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_left_alone(path: Path) -> bool:
    """A config's data, and what is the reader's own."""
    return (len(path) == 3 and path[0] == "configs" and path[2] == "data") or str(path[0]).startswith("x-")
