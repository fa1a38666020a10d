"""The values of env files for the variables of Compose files (Compose Specification, 12-interpolation)."""

from pathlib import Path

from reconciler.compose.variables import BadReference, ComposeVariables
from reconciler.loading.env_files import Malformed, assignments
from reconciler.model import Location


def add_values(path: Path, values: dict[str, str]) -> None:
    """Add the variables of an env file to ``values``. Its lines can use earlier values, and replace them.

    Raises OSError or UnicodeDecodeError if the file cannot be read, Malformed for a line that cannot be parsed.
    """
    for line in assignments(path.read_text(encoding="utf-8-sig")):
        if line.value is None:
            continue
        value, known = line.value, ComposeVariables(values)
        if line.expands:
            try:
                value = known.resolve(known.encode(value, Location(str(path), line.line)))
            except BadReference as error:
                raise Malformed(line.line, f"cannot be read: {error}") from None
        values[line.name] = value
