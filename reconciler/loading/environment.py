"""Checks environment variables as they are written in each layer: duplicates, and missing values. Pure."""

from collections.abc import Iterator, Sequence

from reconciler.kinds.shorthands import variables
from reconciler.loading.layers import Layer
from reconciler.model import Diagnostic, Location, Path

_FIELD = "environment_variables"


def check_variables(name: str, layers: Sequence[Layer]) -> Iterator[Diagnostic]:
    """Errors in the variables of service ``name``. Messages hold no values.

    An empty value is null in YAML. It removes an inherited variable; without one it is an error, since Docker Compose
    would take the value from the shell, and the variable would be lost silently.
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
