"""Swarm's templates in variables and sources of mounts: which texts it can expand.

Go's template language, of which Swarm offers fields of the service, the node and the task. Known here are actions
that print such a field, and the names of functions and words of the language: what else an action may mean is not
to be guessed, and it is let through. Texts as seen on Docker 20.10.24.
"""

import re

_FIELDS = ("Service", "Node", "Task")
_WORDS = {"if", "else", "end", "range", "with", "template", "define", "block", "break", "continue", "nil", "true",
          "false"}  # fmt: skip
_NEED_VALUE = {"if", "range", "with"}
_FUNCTIONS = {"and", "call", "html", "index", "slice", "js", "len", "not", "or", "print", "printf", "println",
              "urlquery", "eq", "ge", "gt", "le", "lt", "ne", "join"}  # fmt: skip
_ACTION = re.compile(r"{{(.*?)}}", re.DOTALL)
_FIELD = re.compile(r"\s*\.([A-Za-z_]\w*)[.\w]*\s*")
_FIRST = re.compile(r"\s*([A-Za-z_]\w*)(.*)", re.DOTALL)


def why_not(text: str) -> str:
    """Why Swarm can't expand a text, in its words; "" if it can."""
    if "{{" in _ACTION.sub("", text):
        return "template: expansion:1: unclosed action"
    return next((why for one in _ACTION.finditer(text) if (why := _why_not(one))), "")


def _why_not(action: re.Match[str]) -> str:
    inside = action[1]
    if not inside.strip():
        return "template: expansion:1: missing value for command"
    if (field := _FIELD.fullmatch(inside)) and field[1] not in _FIELDS:
        place = f'template: expansion:1:{action.start(1)}: executing "expansion" at <.{field[1]}>'
        return f"{place}: can't evaluate field {field[1]} in type *template.Context"
    if first := _FIRST.fullmatch(inside):
        word, rest = first.groups()
        if word in _NEED_VALUE and not rest.strip():
            return f"template: expansion:1: missing value for {word}"
        if word not in _WORDS | _FUNCTIONS:
            return f'template: expansion:1: function "{word}" not defined'
    return ""
