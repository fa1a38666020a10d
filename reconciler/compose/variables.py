"""Variables of a Compose file: ``$A``, ``${A}``, ``${A:-b}`` and their like (Compose Specification, 12-interpolation).

A reference is kept as one character of a private plane while a text is taken apart, so that ``${PORT}:80`` splits
at its own colon. At the end it is written as the manifest's ``${A}``, or resolved where its value is needed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from reconciler.loading.write import Template, escaped
from reconciler.model import Location

_FIRST, _LAST = 0xF0000, 0xFFFFD
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
MAX_DEPTH = 20
_OUTSIDE, _WITHIN = re.compile(r"\$"), re.compile(r"[$}]")
_OPERATORS = (":-", ":?", ":+", "-", "?", "+")
KEPT = frozenset({"", ":-", "-", ":?", "?", ":+", "+"})
"""The operators that a manifest's variables know too."""


class Reference(NamedTuple):
    """One ``${NAME OPERATOR WORD}``; the operator is "" where there is none. ``word`` is encoded like any text."""

    name: str
    operator: str
    word: str
    place: Location


class BadReference(ValueError):
    """A ``$`` that no variable name follows."""


@dataclass(slots=True)
class ComposeVariables:
    """The references met so far, and the values that are known of their variables.

    ``replaced`` are the references, by their index, that a manifest can't say and that stand as their value now.
    """

    values: Mapping[str, str]
    references: list[Reference] = field(default_factory=list)
    replaced: set[int] = field(default_factory=set)
    by_reference: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def encode(self, text: str, place: Location) -> str:
        """The text with each reference as one character, and ``$$`` as ``$``. Raises ``BadReference``."""
        if any(_FIRST <= ord(one) <= _LAST for one in text):
            raise BadReference("a character of a private plane of Unicode")
        if "$" not in text:
            return text
        return self._encode(text, 0, place, depth=0)[0]

    def resolve(self, text: str) -> str:
        """The text with the values that are known now; what has none is empty, as Compose has it."""
        return "".join(self._value(one) for one in text)

    def unknown(self, text: str) -> tuple[Reference, ...]:
        """The references in a text that have neither a value nor a default."""
        found = (self.references[ord(one) - _FIRST] for one in text if is_reference(one))
        return tuple(one for one in found if one.name not in self.values and one.operator not in (":-", "-"))

    def names(self, text: str) -> tuple[str, ...]:
        """The names of the variables in a text, in their order, each once."""
        found = (self.references[ord(one) - _FIRST] for one in text if is_reference(one))
        return tuple(dict.fromkeys(one.name for one in found))

    def template(self, text: str) -> str:
        """The text as a manifest says it: references stay references, what only looks like one is escaped."""
        if not any(is_reference(one) for one in text):
            return text
        parts: list[str] = []
        plain = ""
        for one in text:
            if is_reference(one):
                at = ord(one) - _FIRST
                written = "" if plain.endswith("$") else self._written(self.references[at])
                if not written:  # after a dollar "$${A}" would be read as an escape
                    self.replaced.add(at)
                    plain += self._value_of(self.references[at])
                    continue
                parts += [escaped(plain), written]
                plain = ""
            else:
                plain += one
        return Template("".join([*parts, escaped(plain)]))

    def _written(self, reference: Reference) -> str:
        """The reference as a manifest says it; "" where it can't."""
        if reference.operator not in KEPT or any(is_reference(one) or one in "{}$" for one in reference.word):
            return ""
        return f"${{{reference.name}{reference.operator}{reference.word}}}"

    def _value(self, one: str) -> str:
        return self._value_of(self.references[ord(one) - _FIRST]) if is_reference(one) else one

    def _value_of(self, reference: Reference) -> str:
        value = self.values.get(reference.name)
        has = bool(value) if reference.operator.startswith(":") else value is not None
        if reference.operator.endswith("+"):
            return self.resolve(reference.word) if has else ""
        if reference.operator.endswith("-") and not has:
            return self.resolve(reference.word)
        return value or ""

    def _encode(self, text: str, at: int, place: Location, *, depth: int) -> tuple[str, int]:
        """Encode from ``at`` to the end, or, within braces (``depth``), to the brace that closes them."""
        if depth > MAX_DEPTH:
            raise BadReference(f"variables nested more than {MAX_DEPTH} deep")
        parts: list[str] = []
        special = _WITHIN if depth else _OUTSIDE
        while at < len(text):
            if depth and text[at] == "}":
                return "".join(parts), at
            if text[at] != "$":
                found = special.search(text, at)
                end = found.start() if found else len(text)
                parts.append(text[at:end])
                at = end
            elif text.startswith("$$", at):
                parts.append("$")
                at += 2
            elif text.startswith("${", at):
                one, at = self._braced(text, at + 2, place, depth)
                parts.append(one)
            elif match := _NAME.match(text, at + 1):
                parts.append(self._keep(Reference(match[0], "", "", place)))
                at = match.end()
            else:
                raise BadReference(
                    "`$` is not followed by a variable name: write $$ for the character itself"
                )
        if depth:
            raise BadReference("a ${ without its }")
        return "".join(parts), at

    def _braced(self, text: str, at: int, place: Location, depth: int) -> tuple[str, int]:
        match = _NAME.match(text, at)
        if match is None:
            raise BadReference("a ${ that is followed by no name: write $${ for the characters themselves")
        end = match.end()
        if text.startswith("}", end):
            return self._keep(Reference(match[0], "", "", place)), end + 1
        operator = next((one for one in _OPERATORS if text.startswith(one, end)), "")
        if not operator:
            raise BadReference(f"${{{match[0]} is followed by neither }} nor one of {' '.join(_OPERATORS)}")
        word, close = self._encode(text, end + len(operator), place, depth=depth + 1)
        return self._keep(Reference(match[0], operator, word, place)), close + 1

    def _keep(self, reference: Reference) -> str:
        key = reference.name, reference.operator, reference.word
        at = self.by_reference.get(key)
        if at is None:
            at = len(self.references)
            if _FIRST + at > _LAST:
                raise BadReference("more variables than can be kept apart")
            self.references.append(reference)
            self.by_reference[key] = at
        return chr(_FIRST + at)


def is_reference(one: str) -> bool:
    """Whether a character stands for a reference."""
    return _FIRST <= ord(one) <= _LAST


def has_references(text: str) -> bool:
    """Whether a text holds a reference."""
    return any(is_reference(one) for one in text)
