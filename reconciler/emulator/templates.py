"""Swarm's templates in variables and sources of mounts: which texts it can expand.

Go's template language, of which Swarm offers fields of the service, the node and the task, and no function of its
own but ``join``, ``index`` and those of Go. Here only actions that print such a field are known: any other is let
through if it is closed, as what it means is not to be guessed. Texts as seen on Docker 20.10.24.
"""

import re

_FIELDS = {
    "Service": ("ID", "Name", "Labels"),
    "Node": ("ID", "Hostname", "Platform"),
    "Task": ("ID", "Name", "Slot"),
}
_ACTION = re.compile(r"{{(.*?)}}", re.DOTALL)
_FIELD = re.compile(r"\s*-?\s*\.([A-Za-z_]\w*)((?:\.\w+)*)\s*-?\s*")


def why_not(text: str) -> str:
    """Why Swarm can't expand a text, in its words; "" if it can."""
    rest = _ACTION.sub("", text)
    if "{{" in rest:
        return "template: expansion:1: unclosed action"
    for action in _ACTION.finditer(text):
        if not action[1].strip():
            return "template: expansion:1: missing value for command"
        field = _FIELD.fullmatch(action[1])
        if field is not None and field[1] not in _FIELDS:
            place = f'template: expansion:1:{action.start(1)}: executing "expansion" at <.{field[1]}>'
            return f"{place}: can't evaluate field {field[1]} in type *template.Context"
    return ""
