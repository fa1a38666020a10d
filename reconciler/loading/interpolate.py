"""``${NAME}`` and its forms, replaced once in the text values of a parsed document.

Not in keys, not in a config's ``data``, not in the values of variables. The result is text, a number, true or false:
a variable cannot add structure. The forms are those of Docker Compose:

``${A}``  ``${A:-text}`` if unset or empty  ``${A-text}`` if unset  ``${A:?text}`` ``${A?text}`` an error
``${A:+text}`` ``${A+text}`` the text if set  ``$${`` the characters ``${``
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from reconciler.kinds import SECTIONS
from reconciler.loading.parse import boolean, number
from reconciler.loading.schema_types import schema_types
from reconciler.model import Part, Path

PREFIX = "RECONCILER_VAR_"
MAX_EXPANDED = 16_000_000
"""Characters of all texts with variables of a document, after replacing."""
MAX_NESTED = 5
"""The deepest nesting of ``${A:-${B:-…}}``."""
_BEGIN = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]{0,199})(:?[-?+]|\})", re.ASCII)
_FORMS = "write ${NAME}, ${NAME:-default} or ${NAME:?message}, or $${ for the characters ${ themselves"

Report = Callable[[Path, str, str], None]
"""Takes the place, the message and the hint of a problem."""
Unset = Callable[[Path, str], None]
"""Takes the place of a text, and the name of a variable in it that has no value."""


class _Reference(NamedTuple):
    """``${name}``, or ``${name`` + operator + alternative ``}``."""

    name: str
    operator: str
    alternative: "tuple[_Part, ...]"


_Part = str | _Reference


class _Malformed(Exception):
    """A malformed ``${``; ``str(error)`` says what is wrong."""


class _Unset(Exception):
    """A variable without a value; ``message`` is the text after ``:?`` in the manifest, or ""."""

    def __init__(self, name: str, message: str = "") -> None:
        super().__init__(name)
        self.name, self.message = name, message


class _NotText(Exception):
    """A variable whose value is not UTF-8 text."""


def expand(
    text: str,
    variables: Mapping[str, str],
    report: Callable[[str, str], None],
    unset: Callable[[str], None] | None = None,
) -> str:
    """The text with every reference replaced once; the text unchanged if a reference cannot be replaced.

    ``report(message, hint)`` is called for each such one; ``unset(name)`` (if given) for an unset variable.
    """
    filled = expand_parts(text, variables, report, unset)
    return text if filled is None else "".join(part.text for part in filled)


def expand_parts(
    text: str,
    variables: Mapping[str, str],
    report: Callable[[str, str], None],
    unset: Callable[[str], None] | None = None,
    is_sensitive: Callable[[str], bool] = lambda _: False,
) -> tuple[Part, ...] | None:
    """As ``expand``, in parts that name the variable that they come from; None if a reference cannot be replaced."""
    try:
        parts, _ = _parts(text, 0, 0)
    except _Malformed as error:
        report(str(error), _FORMS)
        return None
    filled: list[Part] = []
    is_complete = True
    for part in parts:
        try:
            filled += _values(part, variables, is_sensitive)
            continue
        except _NotText as error:
            report(f"the value of {error} is not UTF-8 text", "set it to UTF-8 text")
        except _Unset as error:
            if error.message or unset is None:
                reason = f": {error.message}" if error.message else ""
                report(f"the variable {error.name} has no value{reason}", ways_to_give(error.name))
            else:
                unset(error.name)
        is_complete = False
    return tuple(part for part in filled if part.text) if is_complete else None


def names(text: str) -> frozenset[str]:
    """The names of the variables in a text; empty if it is malformed."""
    try:
        parts, _ = _parts(text, 0, 0)
    except _Malformed:
        return frozenset()
    return frozenset(_names(parts))


def _names(parts: Iterable[_Part]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, _Reference):
            yield part.name
            yield from _names(part.alternative)


def ways_to_give(name: str) -> str:
    """The hint for a variable without a value."""
    return (
        f"set it with --var {name}=…, with a line {name}=… in a --var-file, under vars: in the manifest, "
        f"in the environment as {PREFIX}{name}, or here as ${{{name}:-default}}"
    )


def _parts(text: str, at: int, depth: int) -> tuple[tuple[_Part, ...], int]:
    """The parts of ``text`` from ``at`` to its end, or inside a reference to its ``}``; and the position after them."""
    parts: list[_Part] = []
    start = at
    while True:
        begin = text.find("${", at)
        close = text.find("}", at, None if begin < 0 else begin) if depth else -1
        if close >= 0:
            parts.append(text[start:close])
            return tuple(parts), close + 1
        if begin < 0:
            if depth:
                raise _Malformed("a ${ without a closing }")
            parts.append(text[start:])
            return tuple(parts), len(text)
        if begin > start and text[begin - 1] == "$":  # $${ stands for ${
            parts.append(text[start : begin - 1] + "${")
            start = at = begin + 2
            continue
        parts.append(text[start:begin])
        reference, at = _reference(text, begin, depth)
        parts.append(reference)
        start = at


def _reference(text: str, begin: int, depth: int) -> tuple[_Reference, int]:
    match = _BEGIN.match(text, begin)
    if match is None:
        raise _Malformed("${ is not followed by the name of a variable and }")
    name, operator = match[1], match[2]
    if operator == "}":
        return _Reference(name, "", ()), match.end()
    if depth == MAX_NESTED:
        raise _Malformed(f"references are nested more than {MAX_NESTED} deep")
    alternative, end = _parts(text, match.end(), depth + 1)
    return _Reference(name, operator, alternative), end


def _values(part: _Part, variables: Mapping[str, str], is_sensitive: Callable[[str], bool]) -> Iterator[Part]:
    if isinstance(part, str):
        yield Part(part)
        return
    name, operator, alternative = part
    value = variables.get(name)
    if value is not None and not is_text(value):
        raise _NotText(name)
    given = value is not None and (value != "" or operator[:1] != ":")
    if given and value is not None and not operator.endswith("+"):
        yield Part(value, name, is_sensitive(name))
    elif operator.endswith("-") or (operator.endswith("+") and given):
        for nested in alternative:
            yield from _values(nested, variables, is_sensitive)
    elif not operator.endswith("+"):
        # The message may name variables, but never shows their values.
        message = "".join(
            nested if isinstance(nested, str) else f"${{{nested.name}}}" for nested in alternative
        )
        raise _Unset(name, message or ("it is empty" if value == "" else ""))


def interpolate(
    value: Any,
    places: dict[int, Any],
    variables: Mapping[str, str],
    report: Report,
    unset: Unset | None = None,
    *,
    is_sensitive: Callable[[str], bool] = lambda _: False,
    landed: dict[Path, tuple[Part, ...]] | None = None,
) -> Any:
    """A document with its variables replaced; containers without any are returned unchanged.

    Containers are added to ``places``, sensitive variables to ``landed``. ``report`` and ``unset`` get the place first.
    """
    walk = _Walk(places, variables, report, unset)
    walk.is_sensitive, walk.landed = is_sensitive, {} if landed is None else landed
    return walk.walk(value, ())


class _Walk:
    """A walk through a document, which limits the size of the result."""

    __slots__ = ("is_sensitive", "landed", "places", "report", "room", "unset", "variables")

    def __init__(
        self, places: dict[int, Any], variables: Mapping[str, str], report: Report, unset: Unset | None
    ) -> None:
        self.places, self.variables, self.report, self.unset = places, variables, report, unset
        self.room = MAX_EXPANDED
        self.is_sensitive: Callable[[str], bool] = lambda _: False
        self.landed: dict[Path, tuple[Part, ...]] = {}

    def walk(self, node: Any, path: Path) -> Any:
        new: Any = None
        items: Iterable[tuple[Any, Any]] = node.items() if node.__class__ is dict else enumerate(node)
        for step, child in items:
            kind = child.__class__
            if kind is str:
                filled = self.text(child, (*path, step)) if "${" in child else child
            elif (kind is dict or kind is list) and (path or not _is_free(step)):
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
        if _is_literal(path) or self.room < 0:
            return text
        problems = 0

        def problem(message: str, hint: str) -> None:
            nonlocal problems
            problems += 1
            self.report(path, message, hint)

        def without_value(name: str) -> None:
            nonlocal problems
            problems += 1
            if self.unset is None:
                self.report(path, f"the variable {name} has no value", ways_to_give(name))
            else:
                self.unset(path, name)

        name, rest = _assignment(text) if _is_assignment(path) else ("", text)
        if "${" in name:
            problem("the name of a variable cannot come from a variable", "write NAME=${VALUE}")
            return text
        parts = expand_parts(rest, self.variables, problem, without_value, self.is_sensitive)
        expanded = name + (rest if parts is None else "".join(part.text for part in parts))
        if parts and any(part.sensitive for part in parts):
            self.landed[path] = parts
        self.room -= len(expanded)
        if self.room < 0:
            problem(f"variables expand to more than {MAX_EXPANDED:,} characters", "repeat them less often")
        return text if problems else cast(expanded, schema_types(path))


def cast(text: str, types: frozenset[str]) -> Any:
    """The text as a value of an accepted type; unchanged if text is accepted or it is of no such type."""
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
    """Whether a value is UTF-8 text: other bytes of the environment become lone surrogates."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_free(step: str | int) -> bool:
    """Whether a top-level field is one in which nothing is replaced: ``x-…``, and the variables themselves."""
    return str(step).startswith("x-") or step == "vars"


def is_verbatim(path: Path) -> bool:
    """Whether the text at ``path`` is taken literally, such as a config's data."""
    kind = SECTIONS.get(str(path[0])) if len(path) == 3 else None
    return kind is not None and path[2] in kind.verbatim


def _is_literal(path: Path) -> bool:
    """Whether nothing is replaced in the text at ``path``."""
    return is_verbatim(path) or _is_free(path[0])


def _is_assignment(path: Path) -> bool:
    """Whether the text at ``path`` is NAME=VALUE, an item of a service's list of environment variables."""
    return len(path) == 4 and path[2] == "environment_variables" and isinstance(path[3], int)


def _assignment(text: str) -> tuple[str, str]:
    """The name with its ``=``, and the value; the name alone if there is no ``=``."""
    name, equals, value = text.partition("=")
    return name + equals, value
