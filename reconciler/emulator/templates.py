"""Swarm's templates in variables and mounts: which texts it can expand.

It is Go's template language with fields of the service, the node and the task. This module knows the names of
functions, fields and variables, and the parts of an action. It does not evaluate actions or the content of blocks
(``if``, ``range``, ``with``), and accepts those. Texts as seen on Docker 20.10.24.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_PLATFORM = {"Architecture": "string", "OS": "string"}
_FIELDS = {
    "*template.Context": {"Service": "service", "Node": "node", "Task": "task"},
    "service": {"ID": "string", "Name": "string", "Labels": "labels"},
    "node": {"ID": "string", "Hostname": "string", "Platform": "template.Platform"},
    "task": {"ID": "string", "Name": "string", "Slot": "string"},
    "template.Platform": _PLATFORM,
}
"""The fields of each type, with their types."""
_TYPES = {
    "service": "struct { ID string; Name string; Labels map[string]string }",
    "node": "struct { ID string; Hostname string; Platform template.Platform }",
    "task": "struct { ID string; Name string; Slot string }",
}
"""Go's names of unnamed types."""
_WORDS = {"if", "else", "end", "range", "with", "template", "define", "block", "break", "continue", "nil", "true",
          "false"}  # fmt: skip
_OPENS = {"if", "range", "with", "block", "define"}
_NEED_VALUE = {"if", "range", "with"}
_FUNCTIONS = {"and", "call", "html", "index", "slice", "js", "len", "not", "or", "print", "printf", "println",
              "urlquery", "eq", "ge", "gt", "le", "lt", "ne", "join"}  # fmt: skip
_OPEN, _CLOSE = re.compile(r"\{\{(?:-\s+)?"), re.compile(r"(?>(?:(?<!\s)\s++-)?)\}\}")
_TOKEN = re.compile(
    r'(?P<space>\s+)|(?P<text>"(?:[^"\\\n]|\\.)*"|`[^`]*`|\'(?:[^\'\\\n]|\\.)+\')|(?P<field>\.[A-Za-z_]\w*)'
    r"|(?P<variable>\$\w*)|(?P<word>[A-Za-z_]\w*)|(?P<number>[+-]?\.?[0-9][\w.]*)|(?P<mark>:=|[=|().,])|(?P<other>.)",
    re.DOTALL,
)


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


class _CannotParse(Exception):
    """An error with Swarm's text, without the place."""


def why_not(text: str) -> str:
    """Why Swarm cannot expand a text, in its words; "" if it can."""
    depth, failures = 0, []
    known: set[str] = {"$"}
    try:
        for action in _actions(text):
            word = action[0].text if action and action[0].kind == "word" else ""
            _check(action, word, depth, known)
            if not depth:
                failures.append(_why_it_fails(text, action, word))
            depth += (word in _OPENS) - (word == "end")
    except _CannotParse as error:
        return f"template: expansion:1: {error}"
    return "template: expansion:1: unexpected EOF" if depth else next(filter(None, failures), "")


def quoted(text: str) -> str:
    """A text as Go quotes it in messages (strconv.Quote)."""
    return '"' + "".join(map(_escaped, text)) + '"'


_ESCAPES = dict(zip('\a\b\f\n\r\t\v\\"', 'abfnrtv\\"', strict=True))


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return "\\" + _ESCAPES[char]
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _actions(text: str) -> Iterator[list[_Token]]:
    """The actions of a text (between ``{{`` and ``}}``), each as its tokens, without comments."""
    end = 0
    while opened := _OPEN.search(text, end):
        tokens, end = [], opened.end()
        if text.startswith("/*", end):
            end = _after_comment(text, end)
            continue
        while not (closed := _CLOSE.match(text, end)):
            token = _next_token(text, end)
            end += len(token.text)
            if token.kind != "space":
                tokens.append(token)
        end = closed.end()
        yield tokens


def _after_comment(text: str, begin: int) -> int:
    end = text.find("*/", begin + 2)
    if end == -1:
        raise _CannotParse("unclosed comment")
    if not (closed := _CLOSE.match(text, end + 2)):
        raise _CannotParse("comment ends before closing delimiter")
    return closed.end()


_NO_END = "{}/;<>&%*+-'\"`!?@#[]^~\\"
"""The characters that must not follow a name directly."""


def _next_token(text: str, at: int) -> _Token:
    found = _TOKEN.match(text, at)
    if found is None:
        raise _CannotParse("unclosed action")
    kind, part, after = str(found.lastgroup), found[0], text[found.end() : found.end() + 1]
    ends_badly = bool(after) and after in _NO_END and not _CLOSE.match(text, found.end())
    if kind in ("field", "variable", "word") and ends_badly:
        raise _CannotParse(f"bad character U+{ord(after):04X} '{after}'")
    if kind == "other":
        if part == '"':
            raise _CannotParse("unterminated quoted string")
        raise _CannotParse(f"unexpected {quoted(part)} in command")
    return _Token(kind, part, at)


def _check(action: list[_Token], word: str, depth: int, known: set[str]) -> None:
    """Refuse an action that Go cannot parse. ``known`` are the variables so far; those that it declares are added."""
    if not action:
        raise _CannotParse("missing value for command")
    if word in ("end", "else") and not depth:
        raise _CannotParse(f"unexpected {{{{{word}}}}}")
    if word in ("break", "continue") and not depth:
        raise _CannotParse(f"{{{{{word}}}}} outside {{{{range}}}}")
    if word in _NEED_VALUE and len(action) == 1:
        raise _CannotParse(f"missing value for {word}")
    if any(token.text == ":=" for token in action):
        known |= {token.text for token in action if token.kind == "variable"}
    for token in action:
        if token.kind == "word" and token.text not in _WORDS | _FUNCTIONS:
            raise _CannotParse(f'function "{token.text}" not defined')
        if token.kind == "variable" and token.text not in known:
            raise _CannotParse(f'undefined variable "{token.text}"')
    if action == [_Token("mark", ",", action[0].at)]:
        raise _CannotParse('unexpected "," in command')


def _why_it_fails(text: str, action: list[_Token], word: str) -> str:
    """Why a parsed action cannot be evaluated; "" if it can, or that is not known."""
    if word == "template" and len(action) > 1 and "define" not in text and "block" not in text:
        shown = " ".join(token.text for token in action)
        failed = f"template {action[1].text} not defined"
        return _at(text, action[1].at, f"{{{{{shown}}}}}", failed)
    chain: list[_Token] = []
    for token in (*action, _Token("space", "", 0)):
        joined = bool(chain) and token.at == chain[-1].at + len(chain[-1].text)
        if chain and not (token.kind == "field" and joined):
            if failed := _why_no_field([field.text[1:] for field in chain]):
                return _at(
                    text, chain[min(1, len(chain) - 1)].at, "".join(field.text for field in chain), failed
                )
            chain = []
        if token.kind == "field" and (chain or not _follows_value(action, token)):
            chain.append(token)
    return ""


def _follows_value(action: list[_Token], field: _Token) -> bool:
    """Whether a field is taken from the value directly before it: a variable, or parentheses."""
    return any(
        token.at + len(token.text) == field.at and (token.kind in ("variable", "field") or token.text == ")")
        for token in action
    )


def _why_no_field(names: list[str]) -> str:
    kind = "*template.Context"
    for name in names:
        if kind == "labels":
            return f'map has no entry for key "{name}"'  # the API has none whose name has no dot
        if name not in _FIELDS.get(kind, {}):
            return f"can't evaluate field {name} in type {_TYPES.get(kind, kind)}"
        kind = _FIELDS[kind][name]
    return ""


def _at(text: str, at: int, shown: str, failed: str) -> str:
    before = text[:at]
    line, column = before.count("\n") + 1, len(before[before.rfind("\n") + 1 :].encode())
    return f'template: expansion:{line}:{column}: executing "expansion" at <{shown}>: {failed}'
