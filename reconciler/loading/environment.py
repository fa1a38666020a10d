"""Environment variables as written, layer by layer: given twice in a list, or left without a value. Pure."""

from collections.abc import Iterator, Sequence

from reconciler.kinds.shorthands import variables
from reconciler.loading.layers import Layer
from reconciler.model import Diagnostic, Location, Path

_FIELD = "environment_variables"


def check_variables(name: str, layers: Sequence[Layer]) -> Iterator[Diagnostic]:
    """What is wrong with the variables of service ``name``. Values are never part of a message.

    An empty value is null in YAML. It takes back what a base declares; over nothing it is a mistake, since
    Docker Compose would pass on the variable of the shell, and dropping it without a word would lose it.
    """
    inherited: set[str] = set()
    for layer in layers:
        if not isinstance(layer.raw, dict) or _FIELD not in layer.raw:
            continue
        written = layer.raw[_FIELD]
        if not written:
            inherited.clear()
            continue
        first: dict[str, int] = {}
        for index, (key, value) in enumerate(variables(written)):
            if first.setdefault(key, index) != index:
                at = _place(layer, index)
                before = _place(layer, first[key])
                message = f"{key!r} of service {name!r} is given twice; the first is at {before}"
                yield Diagnostic(at, "error", "duplicate-name", message, "keep one of the two")
            elif value is None and key not in inherited:
                at = _place(layer, index if isinstance(written, list) else key)
                message = f"{key!r} of service {name!r} has no value"
                hint = f'write {key}: "" for an empty value, or remove the line'
                yield Diagnostic(at, "error", "null", message, hint)
        inherited |= first.keys()


def _place(layer: Layer, step: str | int) -> Location:
    path: Path = (*layer.path, _FIELD, step)
    return layer.document.marks(path)
