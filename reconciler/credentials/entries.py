"""Credentials that do not directly follow their name: on the next line, in a list, or in an entry with a name and a
value. Pure; time is linear in the text's length.
"""

import re
from collections.abc import Iterator

from reconciler.credentials.assignments import (
    Span,
    end_of_line,
    in_assignments,
    is_credential_name,
    is_no_value,
    is_word,
    names_codes,
    value_span,
    words_of,
)
from reconciler.credentials.command_lines import words_of_lists
from reconciler.credentials.tables import in_tables

_BELOW = re.compile(
    r"(?<![\w.\-])([A-Za-z_][\w.\-]{0,100}+)[\"']?+[ \t]{0,8}+(?:=>|:=|[=:])[ \t]{0,8}+"
    r"(?>(?:(?:![\w!]{0,40}|&[\w-]{1,40}|\\|#[^\n]{0,200})[ \t]{0,8}+){0,3})\r?\n"
)
"""A name without a value on its line."""
_BARE = re.compile(
    r"^[ \t]{0,40}+([A-Za-z_][\w.\-]{0,100}+)[ \t]{0,8}+\r?\n(?:[ \t]{0,40}\r?\n)?[ \t]{0,40}+(\S++)[ \t]{0,8}\r?$",
    re.MULTILINE,
)
"""A name alone on its line, and a single word on the next line."""
_NO_VALUE = re.compile(
    r"[-+]?[0-9][0-9_.,:]*+|[^A-Za-z0-9]{1,200}+|[{}\[\]#*&!|>@`~/.$<%-].*|[\w.-]{1,60}=[^=].*"
)
_INNER = re.compile(
    r"(?:value|val|string|text|content|plain|plaintext|data|default)[\"']?[ \t]{0,8}+[:=][ \t]{0,8}+(?=\S)",
    re.IGNORECASE,
)
_A_NAME = re.compile(r"[\"']?[A-Za-z_][\w.\- /]{0,100}+[\"']?[ \t]{0,8}+(?:[:=](?:\s|$)|=>)")
_OPTION = re.compile(
    r"(?<![^\s\"'\[,])-{1,2}([A-Za-z][\w.\-]{0,100}+)[\"']?+,?+[ \t]{0,8}+\r?\n"
    r"[ \t]{0,40}+(?>(?:-[ \t]{1,4}+)?)(?=[^\s-])"
)
"""An option alone on its line; its value is on the next line."""
_LIST = re.compile(
    r"(?<![\w.\-])([A-Za-z_][\w.\-]{0,100}+)[\"']?+[ \t]{0,8}+[=:][ \t]{0,8}+\[([^\[\]{}\n]{1,4000}+)\]"
)
_ITEM = re.compile(r"[^\s,\"'\]]++")
_SEVERAL_LINES = re.compile(r"(?<![\w.\-])([A-Za-z_][\w.\-]{0,100}+)[ \t]{0,8}+[=:][ \t]{0,8}+(\"\"\"|''')")
_ENTRY_OF_NAME = re.compile(
    r"\b(?:name|key)[\"']?+[ \t]{0,8}+[:=][ \t]{0,8}+[\"']?+([A-Za-z_][\w.\-]{0,100}+)[\"']?+,?+"
    r"\s{1,40}+[\"']?+value[\"']?+[ \t]{0,8}+[:=][ \t]{0,8}+(?=\S)",
    re.IGNORECASE,
)
_PLAIN_NAME = re.compile(r"[A-Za-z]+(?:[-_.][A-Za-z0-9]+)*")


def in_entries(text: str) -> Iterator[Span]:
    """The values that belong to a name of a credential."""
    if "\n" in text:
        yield from _below(text)
        yield from in_tables(text)
    for name in _LIST.finditer(text):
        codes = names_codes(words_of(name[1]))
        if codes or _is_credential_name(name[1]):
            yield from (
                item.span()
                for item in _ITEM.finditer(text, *name.span(2))
                if not is_no_value(item[0]) and (codes or not _PLAIN_NAME.fullmatch(item[0]))
            )
    for name in _ENTRY_OF_NAME.finditer(text):
        if _is_credential_name(name[1]):
            start, end = value_span(text, name.end(), line=False)
            if not is_no_value(text[start:end]):
                yield start, end
    if "[" in text:
        yield from in_assignments(words_of_lists(text), prose=False, options_alone=True)


def _below(text: str) -> Iterator[Span]:
    for name in _BELOW.finditer(text):
        if (codes := names_codes(words_of(name[1]))) or _is_credential_name(name[1]):
            yield from _indented(text, name.start(), name.end(), codes=codes)
    for bare in _BARE.finditer(text):
        if _is_credential_name(bare[1]) and not (
            is_no_value(bare[2])
            or is_word(bare[2])
            or _PLAIN_NAME.fullmatch(bare[2])
            or _NO_VALUE.fullmatch(bare[2])
            or _A_NAME.match(bare[2])
        ):
            yield bare.span(2)
    for name in _SEVERAL_LINES.finditer(text):
        if _is_credential_name(name[1]):
            closing = text.find(name[2], name.end())
            yield name.end(), len(text) if closing < 0 else closing
    for name in _OPTION.finditer(text):
        if _is_credential_name(name[1]):
            start, end = value_span(text, name.end(), line=False)
            if not is_no_value(text[start:end]) and not _A_NAME.match(text, start):
                yield start, end


def _indented(text: str, name: int, position: int, *, codes: bool) -> Iterator[Span]:
    """The scalars in the lines below a name that belong to it; a map with other names ends them.

    ``codes``: items of a list count even if they look like names.
    """
    own = text[max(0, name - 300) : name].rpartition("\n")[2]
    indent = len(own) - len(own.lstrip(" \t-"))
    may_list = "-" not in own and ":" in text[name:position]
    while position < len(text):
        end = end_of_line(text, position)
        line = text[position:end]
        bare = line.lstrip(" \t")
        deep = len(line) - len(bare)
        listed = bare.startswith("- ")
        if bare.strip() and (deep < indent or (deep == indent and not (listed and may_list))):
            return
        content = bare[2:].lstrip() if listed else bare
        if content.strip():
            if inner := _INNER.match(content):
                content = content[inner.end() :]
            elif _A_NAME.match(content) or content.startswith(("{", "[", "#", "}", "]", "*")):
                return
            start = end - len(content)
            start, stop = value_span(text, start, line=True)
            if not is_no_value(text[start:stop]) and not (
                listed and not codes and _PLAIN_NAME.fullmatch(text, start, stop)
            ):
                yield start, stop
        position = end + 1


def _is_credential_name(name: str) -> bool:
    return is_credential_name(words_of(name))
