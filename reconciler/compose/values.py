"""The values of env files for the variables of Compose files (Compose Specification, 12-interpolation)."""

from reconciler.compose.variables import BadReference, ComposeVariables, TooLong
from reconciler.loading.env_files import EXPANDS_TOO_FAR, MAX_EXPANDED, Malformed, assignments
from reconciler.model import Location


def add_values(text: str, path: str, values: dict[str, str]) -> None:
    """Add the variables of the text of an env file to ``values``; ``path`` is for errors.

    Its lines can use earlier values, and replace them.

    Raises Malformed for a line that cannot be parsed.
    """
    known, room = ComposeVariables(values), MAX_EXPANDED
    for line in assignments(text):
        if line.value is None:
            continue
        value = line.value
        if line.expands:
            try:
                value = known.resolve(known.encode(value, Location(path, line.line)), room)
            except BadReference as error:
                raise Malformed(line.line, f"cannot be read: {error}") from None
            except TooLong:
                raise Malformed(line.line, EXPANDS_TOO_FAR) from None
        room -= len(value)
        values[line.name] = value
