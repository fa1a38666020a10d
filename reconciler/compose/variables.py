"""Variables of a Compose file: ``$A``, ``${A}``, ``${A:-b}`` and their like (Compose Specification, 12-interpolation).

A ``$`` that begins none of these is the character itself, as Docker Compose takes it, and so are those of the hash of
a password. Within ``deploy`` the word of a ``${A:-word}`` ends at the first ``}`` and holds no variables, as
`docker stack deploy` reads it.

A reference is kept as one character of a private plane while a text is taken apart, so that ``${PORT}:80`` splits
at its own colon. At the end it is written as the manifest's ``${A}``, or resolved where its value is needed.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from msgspec import Struct, field

from reconciler.credentials.marked import hash_ends
from reconciler.loading.write import Template, escaped
from reconciler.model import Location

_FIRST, _LAST = 0xF0000, 0xFFFFD
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
MAX_DEPTH = 20
_OUTSIDE, _WITHIN = re.compile(r"\$"), re.compile(r"[${}]")
_OPERATORS = (":-", ":?", ":+", "-", "?", "+")


class Reference(NamedTuple):
    """One ``${NAME OPERATOR WORD}``; the operator is "" where there is none. ``word`` is encoded like any text."""

    name: str
    operator: str
    word: str
    place: Location


class BadReference(ValueError):
    """A ``${`` that begins no reference."""


class ComposeVariables(Struct):
    """The references met so far, and the values that are known of their variables.

    ``replaced`` are the references, by their index, that a manifest can't say and that stand as their value now.
    """

    values: Mapping[str, str]
    references: list[Reference] = field(default_factory=list)
    replaced: set[int] = field(default_factory=set)
    by_reference: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def encode(self, text: str, place: Location, *, is_stack: bool = False) -> str:
        """The text with each reference as one character, and ``$$`` as ``$``. Raises ``BadReference``.

        ``is_stack``: the text is read as `docker stack deploy` reads it, not as Docker Compose does.
        """
        if any(_FIRST <= ord(character) <= _LAST for character in text):
            raise BadReference("a character from a private-use area of Unicode")
        if "$" not in text:
            return text
        return _Encoding(self, text, place, is_stack).run(0, 0)[0]

    def keep(self, reference: Reference) -> str:
        """The character that stands for a reference. Raises ``BadReference`` where there are too many."""
        key = reference.name, reference.operator, reference.word
        at = self.by_reference.get(key)
        if at is None:
            at = len(self.references)
            if _FIRST + at > _LAST:
                raise BadReference("too many variables")
            self.references.append(reference)
            self.by_reference[key] = at
        return chr(_FIRST + at)

    def resolve(self, text: str) -> str:
        """The text with the values that are known now; what has none is empty, as Compose has it."""
        return "".join(self._value(character) for character in text)

    def filled(self, text: str, given: Mapping[str, str]) -> str:
        """Encoded text with the references to ``given`` variables replaced by their encoded values."""
        return "".join(self._filled(character, given) for character in text)

    def _filled(self, character: str, given: Mapping[str, str]) -> str:
        if not is_reference(character):
            return character
        reference = self.references[ord(character) - _FIRST]
        value = given.get(reference.name)
        if value is None:
            return character
        has = bool(value) or not reference.operator.startswith(":")
        if reference.operator.endswith("+"):
            return self.filled(reference.word, given) if has else ""
        if reference.operator.endswith("-") and not has:
            return self.filled(reference.word, given)
        return value

    def shown(self, text: str) -> str:
        """Encoded text for people: each reference as ``${NAME}``, without a value and without a default."""
        return "".join(
            f"${{{self.references[ord(character) - _FIRST].name}}}" if is_reference(character) else character
            for character in text
        )

    def value_of(self, reference: Reference) -> str:
        """The value of a reference that is known now; "" where there is none."""
        return self._value_of(reference)

    def unknown(self, text: str) -> tuple[str, ...]:
        """The variables in a text that have neither a value nor a default, each once."""
        found = (self.references[ord(reference) - _FIRST] for reference in text if is_reference(reference))
        return tuple(
            dict.fromkeys(
                reference.name
                for reference in found
                if reference.operator not in (":-", "-", ":+", "+") and reference.name not in self.values
            )
        )

    def names(self, text: str) -> tuple[str, ...]:
        """The variables of an encoded text, each once."""
        return tuple(dict.fromkeys(reference.name for reference in self.references_in(text)))

    def references_in(self, text: str) -> Iterator[Reference]:
        """The references of an encoded text, and those within their words."""
        for character in text:
            if is_reference(character):
                reference = self.references[ord(character) - _FIRST]
                yield reference
                yield from self.references_in(reference.word)

    def replaced_in(self, text: str, old: Reference, new: Reference) -> str:
        """Encoded text with one reference in place of another, also within words."""
        return "".join(
            self._replaced(character, old, new) if is_reference(character) else character
            for character in text
        )

    def _replaced(self, character: str, old: Reference, new: Reference) -> str:
        found = self.references[ord(character) - _FIRST]
        if (found.name, found.operator, found.word) == (old.name, old.operator, old.word):
            return self.keep(new)
        return self.keep(found._replace(word=self.replaced_in(found.word, old, new)))

    def unsayable(self, text: str) -> Iterator[Reference]:
        """The references of an encoded text that a manifest can't say, and for which their value would stand."""
        before = ""
        for character in text:
            if is_reference(character):
                reference = self.references[ord(character) - _FIRST]
                if before == "$" or not self._written(reference):
                    yield reference
            before = character

    def template(self, text: str) -> str:
        """The text as a manifest says it: references stay references, what only looks like one is escaped."""
        if not any(is_reference(character) for character in text):
            return text
        return Template(self._template(text))

    def _template(self, text: str) -> str:
        parts: list[str] = []
        plain = ""
        for character in text:
            if is_reference(character):
                at = ord(character) - _FIRST
                written = "" if plain.endswith("$") else self._written(self.references[at])
                if not written:  # after a dollar "$${A}" would be read as an escape
                    self.replaced.add(at)
                    plain += self._value_of(self.references[at])
                    continue
                parts += [escaped(plain), written]
                plain = ""
            else:
                plain += character
        return "".join([*parts, escaped(plain)])

    def _written(self, reference: Reference) -> str:
        """The reference as a manifest says it; "" where it can't: its word ends at the first ``}``."""
        word = self._template(reference.word)
        if any(part_of_word == "}" for part_of_word in reference.word) or word.endswith("$"):
            return ""
        return f"${{{reference.name}{reference.operator}{word}}}"

    def _value(self, character: str) -> str:
        return (
            self._value_of(self.references[ord(character) - _FIRST]) if is_reference(character) else character
        )

    def _value_of(self, reference: Reference) -> str:
        value = self.values.get(reference.name)
        has = bool(value) if reference.operator.startswith(":") else value is not None
        if reference.operator.endswith("+"):
            return self.resolve(reference.word) if has else ""
        if reference.operator.endswith("-") and not has:
            return self.resolve(reference.word)
        return value or ""


class _Encoding(NamedTuple):
    """One text that is encoded."""

    variables: ComposeVariables
    text: str
    place: Location
    is_stack: bool

    def run(self, at: int, depth: int) -> tuple[str, int]:
        """Encode from ``at`` to the end, or, within braces (``depth``), to the brace that closes them."""
        if depth > MAX_DEPTH:
            raise BadReference(f"variables nested more than {MAX_DEPTH} deep")
        text, parts = self.text, list[str]()
        special, opened = _WITHIN if depth else _OUTSIDE, 0
        while at < len(text):
            if depth and text[at] in "{}":
                if text[at] == "}" and not opened:
                    return "".join(parts), at
                opened += 1 if text[at] == "{" else -1
                parts.append(text[at])
                at += 1
                continue
            if text[at] != "$":
                found = special.search(text, at)
                end = found.start() if found else len(text)
                parts.append(text[at:end])
                at = end
                continue
            part, at = self.dollar(at, depth)
            parts.append(part)
        if depth:
            raise BadReference("a ${ without a closing }")
        return "".join(parts), at

    def dollar(self, at: int, depth: int) -> tuple[str, int]:
        """What the dollar at ``at`` begins, encoded, and where that ends."""
        text = self.text
        if text.startswith("$$", at):
            return "$", at + 2
        if text.startswith("${", at):
            return self.braced(at + 2, depth)
        if (end := hash_ends(text, at)) > at:
            return text[at:end], end
        match = _NAME.match(text, at + 1)
        if match is None:
            return "$", at + 1
        return self.variables.keep(Reference(match[0], "", "", self.place)), match.end()

    def braced(self, at: int, depth: int) -> tuple[str, int]:
        match = _NAME.match(self.text, at)
        if match is None:
            raise BadReference(
                "${ is not followed by a variable name: write $${ for the characters ${ themselves"
            )
        end = match.end()
        if self.text.startswith("}", end):
            return self.variables.keep(Reference(match[0], "", "", self.place)), end + 1
        operator = next((candidate for candidate in _OPERATORS if self.text.startswith(candidate, end)), "")
        if not operator:
            raise BadReference(f"${{{match[0]} is followed by neither }} nor one of {' '.join(_OPERATORS)}")
        word, close = self.word(end + len(operator), depth)
        return self.variables.keep(Reference(match[0], operator, word, self.place)), close + 1

    def word(self, at: int, depth: int) -> tuple[str, int]:
        if not self.is_stack:
            return self.run(at, depth + 1)
        close = self.text.find("}", at)
        if close < 0:
            raise BadReference("a ${ without a closing }")
        return self.text[at:close], close


def is_reference(character: str) -> bool:
    """Whether a character stands for a reference."""
    return _FIRST <= ord(character) <= _LAST


def has_references(text: str) -> bool:
    """Whether a text holds a reference."""
    return any(is_reference(character) for character in text)
