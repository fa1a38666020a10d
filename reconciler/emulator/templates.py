"""Swarm's templates in variables and sources of mounts: which texts it can expand.

Go's template language, of which Swarm offers fields of the service, the node and the task. Known here are actions
that print such a field, and the names of functions and words of the language: what else an action may mean is not
to be guessed, and it is let through. Texts as seen on Docker 20.10.24.
"""

import re

_FIELDS = ("Service", "Node", "Task")
_WORDS = {"if", "else", "end", "range", "with", "template", "define", "block", "break", "continue", "nil", "true",
          "false"}  # fmt: skip
_OPENS = {"if", "range", "with", "block", "define"}
_NEED_VALUE = {"if", "range", "with"}
_FUNCTIONS = {"and", "call", "html", "index", "slice", "js", "len", "not", "or", "print", "printf", "println",
              "urlquery", "eq", "ge", "gt", "le", "lt", "ne", "join"}  # fmt: skip
_FIELD = re.compile(r"\s*+\.([A-Za-z_]\w*+)[.\w]*+\s*+")
_FIRST = re.compile(r"\s*([A-Za-z_]\w*)(.*)", re.DOTALL)


def why_not(text: str) -> str:
    """Why Swarm can't expand a text, in its words; "" if it can."""
    end = depth = 0
    refusals = []
    while (begin := text.find("{{", end)) != -1:
        close = text.find("}}", begin + 2)
        if close == -1:
            return "template: expansion:1: unclosed action"
        end = close + 2
        inside = text[begin + 2 : close].removeprefix("- ").removesuffix(" -")
        first = _FIRST.fullmatch(inside)
        word = first[1] if first else ""
        if word in _OPENS:
            depth += 1
        elif word in ("end", "else") and not depth:
            refusals.append(f"template: expansion:1: unexpected {{{{{word}}}}}")
        elif word == "end":
            depth -= 1
        refusals.append(_why_not(inside, begin + 2))
    return next(filter(None, refusals), "template: expansion:1: unexpected EOF" if depth else "")


def _why_not(inside: str, start: int) -> str:
    """Why it can't expand what stands ``inside`` of an action, which begins at character ``start`` of the text."""
    if not inside.strip():
        return "template: expansion:1: missing value for command"
    if (field := _FIELD.fullmatch(inside)) and field[1] not in _FIELDS:
        place = f'template: expansion:1:{start}: executing "expansion" at <.{field[1]}>'
        return f"{place}: can't evaluate field {field[1]} in type *template.Context"
    if first := _FIRST.fullmatch(inside):
        word, rest = first.groups()
        if word in _NEED_VALUE and not rest.strip():
            return f"template: expansion:1: missing value for {word}"
        if word not in _WORDS | _FUNCTIONS:
            return f'template: expansion:1: function "{word}" not defined'
    return ""
