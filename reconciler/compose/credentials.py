"""Replaces credentials in a Compose file by variables; their values are not written."""

import re
from collections.abc import Iterator
from itertools import chain, count
from typing import NamedTuple

from reconciler.compose.context import Context
from reconciler.compose.variables import Reference, is_reference
from reconciler.credentials.assignments import is_no_value
from reconciler.credentials.rules import holds_credential
from reconciler.credentials.text import find_credentials, merged
from reconciler.model import Location

ADVICE = (
    "set RECONCILER_VAR_{0} in the environment; in a GitHub workflow, from a secret. Better: declare a secret, and "
    "let the service read its file"
)
SHORTEST_REPEATED, SHORTEST_WORD = 8, 12
"""The fewest characters of a credential's value that is searched in other texts: of any value, and of one that has only
letters, since short words are also names of services and images.
"""
_RUNS = ("$(", "`")
"""The start of a command substitution in a shell."""
_OF_SHELL = re.compile(r"\$(?:\w+|\{\w+\})", re.ASCII)
"""A variable that the shell in the container expands."""
_BREAKS_QUOTES = frozenset(" \t\n\r\"'\\")


class _Field(NamedTuple):
    """The field that holds a text: ``key`` is its name, ``shown`` its name in notes."""

    service: str
    key: str
    shown: str
    place: Location


def of_variable(context: Context, service: str, key: str, text: str, place: Location) -> str:
    """The encoded text of an environment variable; a credential is replaced by a variable."""
    field, literal = _Field(service, key, key, place), _literal(text)
    if (literal and context.is_masked(key)) or is_credential(context, key, text):
        return _replaced(context, field, text, chain([variable_name(key)], _all(f"{service}_{key}")))
    return _of_references(context, field, text)


def of_command(context: Context, service: str, name: str, text: str, place: Location) -> str:
    """The encoded text of a command; each credential in it is replaced by a variable."""
    field = _Field(service, "", f"a credential in {name}", place)
    found = [
        (start, end)
        for start, end in merged([*find_credentials(text), *context.repeats(text)])
        if _literal(text[start:end])
        and not text.startswith(_RUNS, start)
        and not _OF_SHELL.fullmatch(text[start:end])
    ]
    if any(set(text[start:end]) & _BREAKS_QUOTES for start, end in found):
        return _replaced(context, field._replace(shown=name), text, _all(f"{service}_{name}"))
    parts, at = [], 0
    for start, end in found:
        parts += [text[at:start], _replaced(context, field, text[start:end], _all(f"{service}_credential"))]
        at = end
    return _of_references(context, field, "".join([*parts, text[at:]]))


def is_credential(context: Context, key: str, text: str) -> bool:
    """Whether encoded text itself contains a credential. Values of variables do not count."""
    literal = _literal(text)
    if holds_credential(key if literal == text else "", literal) or any(context.repeats(literal)):
        return True
    values = context.variables.values
    return any(
        holds_credential(reference.name, values.get(reference.name, ""))
        for reference in context.variables.unsayable(text)
    )


def variable_name(text: str) -> str:
    """The name of a variable for a text, such as the name of a secret: capitals, digits and ``_``."""
    name = "".join(
        character if character.isascii() and character.isalnum() else "_" for character in text
    ).upper()
    return f"_{name}" if name[:1].isdigit() else name


def values_of_credentials(context: Context) -> frozenset[str]:
    """The values of credentials that are distinctive enough to search for in other texts: at least eight
    characters, or twelve if they are only letters.
    """
    values = context.variables.values
    found = [*context.credentials.values(), *(values.get(name, "") for name in context.hidden)]
    return frozenset(value for value in found if value == _literal(value) and _is_distinct(value))


def _is_distinct(value: str) -> bool:
    letters = any(character.isalpha() for character in value)
    others = any(not character.isalpha() and character not in "._-/:" for character in value)
    return letters and len(value) >= (SHORTEST_REPEATED if others else SHORTEST_WORD)


def _literal(text: str) -> str:
    return "".join(character for character in text if not is_reference(character))


def _all(text: str) -> Iterator[str]:
    return (_numbered(text, at) for at in count(1))


def _numbered(text: str, at: int) -> str:
    return variable_name(text) if at == 1 else f"{variable_name(text)}_{at}"


def _replaced(context: Context, field: _Field, text: str, names: Iterator[str]) -> str:
    """A variable in place of a text, with the first of ``names`` that is free; adds a note."""
    name = next(
        name
        for name in names
        if (name not in context.taken or context.variables.values.get(name) == text)
        and context.credentials.setdefault(name, text) == text
    )
    context.matters(
        field.place,
        ("services", field.service),
        field.key or name,
        f"{field.shown} looks like a credential: it becomes the variable {name}, and its value is not written"
        if field.key
        else f"{field.shown} becomes the variable {name}, and its value is not written",
        ADVICE.format(name),
    )
    return context.variables.keep(Reference(name, "", "", field.place))


def _of_references(context: Context, field: _Field, text: str) -> str:
    """The text without defaults that are credentials. Adds variables whose values are credentials to ``hidden``."""
    variables = context.variables
    for reference in dict.fromkeys(variables.references_in(text)):
        value = variables.values.get(reference.name, "")
        if context.is_masked(reference.name) or _tells(context, field.key, text, reference, value):
            context.hidden.add(reference.name)
        word = _literal(reference.word)
        if reference.operator.endswith("?") or not _tells(context, field.key, text, reference, word):
            continue
        context.matters(
            field.place,
            ("services", field.service),
            field.key or reference.name,
            f"the default of the variable {reference.name} looks like a credential: it is not written",
            ADVICE.format(reference.name),
        )
        context.hidden.add(reference.name)
        text = variables.replaced_in(text, reference, Reference(reference.name, "", "", reference.place))
    return text


def _tells(context: Context, key: str, text: str, reference: Reference, value: str) -> bool:
    """Whether a value of a variable is a credential: by the variable's name, by the field, or by its form in the
    text.
    """
    if not value or is_no_value(f"${{X:-{value}}}"):
        return False
    before, _, after = context.budget.take_text(text).partition(context.variables.keep(reference))
    start = len(_literal(before))
    end = start + len(value)
    return (
        holds_credential(reference.name, value)
        or holds_credential(key if len(text) == 1 else "", value)
        or any(
            first < end and start < last
            for first, last in find_credentials(_literal(before) + value + _literal(after))
        )
    )
