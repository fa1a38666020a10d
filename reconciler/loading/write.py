"""Writes plain values as a manifest's text, so that loading it returns the same values. Touches no file.

Text that any version of YAML might read as another type is quoted, ``${`` is escaped, and text from a cluster cannot
end its comment or its quotes.
"""

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import yaml

from reconciler.kinds import SECTIONS
from reconciler.loading.interpolate import is_verbatim
from reconciler.loading.parse import number

WIDTH = 100
"""Characters of a line of a comment, and of a list or map on a single line."""
_ENDLESS = 2**31 - 1
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./@+=-]*(?::[A-Za-z0-9_./@+=-]+)*", re.ASCII)
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.ASCII | re.IGNORECASE)
"""Names that Windows opens as a device in every folder, with any ending."""
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_TAG = "tag:yaml.org,2002:"


class Template(str):
    """Text with references to variables, in which all other ``${`` are escaped already."""

    __slots__ = ()


def escaped(text: str) -> str:
    """The text that ``loading.interpolate`` turns into ``text``."""
    return text.replace("${", "$${")


def decimal(value: float) -> str:
    """A number as text that loading reads as the same number. Raises ValueError if there is none."""
    text = f"{Decimal(repr(value)):f}"
    text = text if "." in text else f"{text}.0"
    if number(text) != value:
        raise ValueError("not a number that can be written")
    return text


def is_writable(value: Any) -> bool:
    """Whether a value is the same after writing and loading."""
    match value:
        case bool() | None:
            return True
        case str():
            return not re.search("[\ud800-\udfff]", value)
        case int():
            return number(str(value)) == value
        case float():
            return _is_decimal(value)
        case Mapping():
            return all(is_writable(item) for pair in value.items() for item in pair)
        case list():
            return all(map(is_writable, value))
        case _:
            return False


def comment(text: str) -> str:
    """Text as the lines of a comment, with characters that could end it as escapes. Ends in a newline."""
    shown = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )
    lines = textwrap.wrap(shown, WIDTH, break_long_words=False, break_on_hyphens=False)
    return "".join(f"# {line}\n" for line in lines)


def manifest_file(name: str, *, instead: str) -> str:
    """A name as the file name of a manifest, without its ending, on every system; ``instead`` if nothing is left."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")[:100] or instead
    return f"manifest-{safe}" if _DEVICE.fullmatch(safe) else safe


def content_file(section: str, name: str) -> str:
    """The path, from the folder of the manifest, of a file with the content of an entry. No other entry has it: names
    do not begin with ``_``."""
    return f"{section}/_{name}" if _DEVICE.fullmatch(name) else f"{section}/{name}"


def manifest_text(
    top: Mapping[str, Any],
    sections: Mapping[str, Mapping[str, Any]],
    *,
    head: Iterable[str] = (),
    notes: Mapping[tuple[str, ...], Sequence[str]] | None = None,
) -> str:
    """The text of a manifest: top-level fields, then the sections, each entry by itself.

    ``head`` are comments at the top. ``notes`` are comments on a section, by ``(section,)``, or on one of its
    entries, by ``(section, name)``; entries with notes are separated by an empty line. A section that has only
    notes is written as comments. Values must be ``is_writable``.
    """
    notes_of = notes or {}
    parts = ["".join(map(comment, head)), _dumped(top, "")]
    for section in dict.fromkeys((*sections, *(path[0] for path in notes_of))):
        entries = sections.get(section) or {}
        lines = [*map(comment, notes_of.get((section,), ())), *([f"{section}:\n"] if entries else [])]
        is_spaced = any((section, name) in notes_of for name in entries)
        for index, (name, value) in enumerate(entries.items()):
            lines += ["\n"] if is_spaced and index else []
            lines += [textwrap.indent(comment(note), "  ") for note in notes_of.get((section, name), ())]
            lines.append(textwrap.indent(_dumped({name: value}, section), "  "))
        parts.append("".join(lines))
    return "\n".join(part for part in parts if part)


def _is_decimal(value: float) -> bool:
    try:
        decimal(value)
    except ValueError:
        return False
    return True


def _dumped(value: Mapping[str, Any], section: str) -> str:
    """A block of YAML, with characters that are not printable or reorder text as escapes."""
    node = _node(value, (section,) if section else ())
    text: str = yaml.serialize(node, Dumper=yaml.SafeDumper, allow_unicode=True, width=_ENDLESS)
    if not text.replace("\n", "").isprintable():
        text = yaml.serialize(node, Dumper=yaml.SafeDumper, allow_unicode=False, width=_ENDLESS)
    return text


def _node(value: Any, path: tuple[str, ...], *, flow: bool = False) -> yaml.Node:
    match value:
        case Mapping():
            flow = not value or (_is_leaf(path) and _is_flat(value))
            pairs = [
                (_text(key, flow=flow), _node(item, (*path, key), flow=flow)) for key, item in value.items()
            ]
            return yaml.MappingNode(f"{_TAG}map", pairs, flow_style=flow)
        case list():
            flow = not any(isinstance(item, Mapping) for item in value) and _is_short(value)
            items = [_node(item, path, flow=flow) for item in value]
            return yaml.SequenceNode(f"{_TAG}seq", items, flow_style=flow)
        case bool() | None:
            kind, word = ("null", "null") if value is None else ("bool", str(value).lower())
            return yaml.ScalarNode(f"{_TAG}{kind}", word)
        case int():
            return yaml.ScalarNode(f"{_TAG}int", str(value))
        case float():
            return yaml.ScalarNode(f"{_TAG}float", decimal(value))
        case Template():
            return _text(value, flow=flow)
        case _:
            return _content(value) if is_verbatim(path) else _text(escaped(value), flow=flow)


def _text(text: str, *, flow: bool) -> yaml.ScalarNode:
    """A text; without quotes only if every version of YAML reads it as text in any place."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS and not (flow and ":" in text)
    style = None if plain else "|" if not flow and _has_lines(text) else _quotes(text)
    return yaml.ScalarNode(f"{_TAG}str", text, style=style)


def _quotes(text: str) -> str:
    """The quotes that need the fewer escapes."""
    escapes = text.count('"') + text.count("\\")
    return "'" if text.isprintable() and escapes > text.count("'") else '"'


def _content(text: str) -> yaml.ScalarNode:
    """A config's content, which is not interpolated: as a block of lines if that keeps it unchanged."""
    return yaml.ScalarNode(f"{_TAG}str", text, style="|" if _has_lines(text) else '"')


def _has_lines(text: str) -> bool:
    """Whether a text can be written as a block of lines unchanged."""
    return "\n" in text and text[:1] not in (" ", "\n") and not text.endswith("\n\n")


def _is_leaf(path: tuple[str, ...]) -> bool:
    """Whether a map at ``path`` may be on a single line. Environment variables never: a list of lines reads better."""
    kind = SECTIONS.get(path[0]) if path else None
    deep = 3 if kind is not None and kind.optional else 2
    return len(path) >= deep and path[-1] != "environment_variables"


def _is_flat(value: Mapping[str, Any]) -> bool:
    scalars = all(not isinstance(item, Mapping | list) and "\n" not in str(item) for item in value.values())
    return scalars and _is_short([*value, *value.values()])


def _is_short(value: Iterable[Any]) -> bool:
    return sum(len(str(item)) + 4 for item in value) <= WIDTH
