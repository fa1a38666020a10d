"""Variables of a Compose file: ``$A``, ``${A}``, ``${A:-b}`` etc. (Compose Specification, 12-interpolation).

A ``$`` that starts none of these is an ordinary character, as in Docker Compose; so is a ``$`` in the hash of a
password. In ``deploy`` the word of ``${A:-word}`` ends at the first ``}`` and contains no variables, as in `docker
stack deploy`.

*Encoded* text has each reference as one character of a private-use plane, so that ``${PORT}:80`` is split at its
own colon. At the end, a reference is written as the manifest's ``${A}``, or replaced by its value.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec import Struct, field

from reconciler.credentials.marked import hash_ends
from reconciler.errors import UsageError
from reconciler.loading.write import Template, escaped
from reconciler.model import Location

_FIRST, _LAST = 0xF0000, 0xFFFFD
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
MAX_DEPTH = 20
MAX_RESOLVED = 1_000_000
"""Characters of a text with its variables replaced."""
_OUTSIDE, _WITHIN = re.compile(r"\$"), re.compile(r"[${}]")
_OPERATORS = (":-", ":?", ":+", "-", "?", "+")


class Reference(NamedTuple):
    """``${NAME OPERATOR WORD}``; the operator is "" if there is none. ``word`` is encoded text."""

    name: str
    operator: str
    word: str
    place: Location


class BadReference(ValueError):
    """A ``${`` that starts no valid reference; ``str(error)`` says what is wrong."""


class TooLong(UsageError):
    """A text whose variables expand to too many characters."""


class ComposeVariables(Struct):
    """The references found so far, and the known values of their variables.

    ``replaced`` are the indexes of references that a manifest cannot express, and that were replaced by their
    values.
    """

    values: Mapping[str, str]
    references: list[Reference] = field(default_factory=list)
    replaced: set[int] = field(default_factory=set)
    by_reference: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def encode(self, text: str, place: Location, *, is_stack: bool = False) -> str:
        """Encode a text: each reference becomes one character, ``$$`` becomes ``$``. Raises BadReference.

        ``is_stack``: read the text as `docker stack deploy` does, and not as Docker Compose.
        """
        if any(_FIRST <= ord(character) <= _LAST for character in text):
            raise BadReference("a character from a private-use area of Unicode")
        if "$" not in text:
            return text
        return _Encoding(self, text, place, is_stack).run(0, 0)[0]

    def keep(self, reference: Reference) -> str:
        """The character for a reference. Raises BadReference if there are too many."""
        key = reference.name, reference.operator, reference.word
        at = self.by_reference.get(key)
        if at is None:
            at = len(self.references)
            if _FIRST + at > _LAST:
                raise BadReference("too many variables")
            self.references.append(reference)
            self.by_reference[key] = at
        return chr(_FIRST + at)

    def resolve(self, text: str, most: int = MAX_RESOLVED) -> str:
        """An encoded text with the known values; a variable without a value is empty, as in Compose.

        Raises TooLong for more than ``most`` characters.
        """
        return self._joined(map(self._value, text), most)

    def _joined(self, parts: Iterable[str], most: int = MAX_RESOLVED) -> str:
        joined: list[str] = []
        for part in parts:
            joined.append(part)
            most -= len(part)
            if most < 0:
                raise TooLong("the variables of the Compose files expand to too many characters")
        return "".join(joined)

    def filled(self, text: str, given: Mapping[str, str]) -> str:
        """An encoded text in which references to the variables in ``given`` are replaced by the values there, which
        are encoded text. Raises TooLong.
        """
        return self._joined(self._filled(character, given) for character in text)

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
        """An encoded text for people: each reference as ``${NAME}``, without value and default."""
        return "".join(
            f"${{{self.references[ord(character) - _FIRST].name}}}" if is_reference(character) else character
            for character in text
        )

    def value_of(self, reference: Reference) -> str:
        """The known value of a reference; "" if there is none."""
        return self._value_of(reference)

    def unknown(self, text: str) -> tuple[str, ...]:
        """The variables of an encoded text without a value and without a default, each once."""
        found = (self.references[ord(reference) - _FIRST] for reference in text if is_reference(reference))
        return tuple(
            dict.fromkeys(
                reference.name
                for reference in found
                if reference.operator not in (":-", "-", ":+", "+") and reference.name not in self.values
            )
        )

    def names(self, text: str) -> tuple[str, ...]:
        """The variables of an encoded text, each once, including those in words of references."""
        return tuple(dict.fromkeys(reference.name for reference in self.references_in(text)))

    def references_in(self, text: str) -> Iterator[Reference]:
        """The references of an encoded text, including those in their words."""
        for character in text:
            if is_reference(character):
                reference = self.references[ord(character) - _FIRST]
                yield reference
                yield from self.references_in(reference.word)

    def replaced_in(self, text: str, old: Reference, new: Reference) -> str:
        """An encoded text with ``new`` in place of the reference ``old``, also in words."""
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
        """The references of an encoded text that a manifest cannot express, so that their values would be written."""
        before = ""
        for character in text:
            if is_reference(character):
                reference = self.references[ord(character) - _FIRST]
                if before == "$" or not self._written(reference):
                    yield reference
            before = character

    def template(self, text: str) -> str:
        """An encoded text as the manifest has it: with references, and with everything else that looks like one
        escaped.
        """
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
                if not written:  # after a dollar, "$${A}" would be read as an escape
                    self.replaced.add(at)
                    plain += self._value_of(self.references[at])
                    continue
                parts += [escaped(plain), written]
                plain = ""
            else:
                plain += character
        return "".join([*parts, escaped(plain)])

    def _written(self, reference: Reference) -> str:
        """A reference as the manifest has it; "" if it cannot express it, since there the word ends at the first
        ``}``.
        """
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
    """The encoding of one text."""

    variables: ComposeVariables
    text: str
    place: Location
    is_stack: bool

    def run(self, at: int, depth: int) -> tuple[str, int]:
        """Encode from position ``at`` to the end; inside a reference (``depth`` > 0) to its closing brace. Returns
        the text and the end position.
        """
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
        """Encode what starts at the dollar at position ``at``. Returns the text and the position after it."""
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
    """Whether a character is an encoded reference."""
    return _FIRST <= ord(character) <= _LAST


def has_references(text: str) -> bool:
    """Whether an encoded text contains a reference."""
    return any(is_reference(character) for character in text)
