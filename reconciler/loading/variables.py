"""The values of variables: from the command line, else from ``vars`` in the manifests, else from the environment.

This is the precedence of Terraform: command line over files over environment.
"""

from collections.abc import Mapping
from typing import Any

from reconciler.loading.interpolate import PREFIX, ways_to_give
from reconciler.model import Diagnostic, Location

Values = Mapping[str, str | None]
"""Variables that documents declare, by name; None removes an inherited variable."""


def declared(value: Mapping[str, Any]) -> Values:
    """The ``vars`` of a document as texts; values that do not match the schema are skipped."""
    given = value.get("vars")
    if not isinstance(given, dict):
        return {}
    return {
        name: None if value is None else str(value)
        for name, value in given.items()
        if value is None or isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))
    }


def given_names(variables: Mapping[str, str], environment: Mapping[str, str]) -> set[str]:
    """The names of the variables that were given on the command line or in the environment."""
    return {*variables, *(name[len(PREFIX) :] for name in environment if name.startswith(PREFIX))}


class Variables:
    """The variables of a run that were given on the command line or in the environment."""

    def __init__(self, command_line: Mapping[str, str], environment: Mapping[str, str]) -> None:
        self._command_line = command_line
        self._environment = {
            name[len(PREFIX) :]: value for name, value in environment.items() if name.startswith(PREFIX)
        }

    def over(self, values: Values) -> dict[str, str]:
        """All variables, if documents declare ``values``."""
        said = {name: value for name, value in values.items() if value is not None}
        return {**self._environment, **said, **self._command_line}


class MissingVariables:
    """Collects the variables without a value; each gets a single error."""

    def __init__(self) -> None:
        self._used: dict[str, dict[str, dict[Location, None]]] = {}
        self._explained: set[tuple[str, str]] = set()

    def explain(self, name: str, file: str) -> None:
        """Uses of variable ``name`` in ``file`` need no error, since the cause is reported elsewhere."""
        self._explained.add((name, file))

    def add(self, name: str, file: str, location: Location) -> None:
        """Add a use of variable ``name``, which has no value, in ``file``."""
        if (name, file) not in self._explained:
            self._used.setdefault(name, {}).setdefault(file, {})[location] = None

    def diagnostics(self, files: set[str]) -> list[Diagnostic]:
        """An error for each variable that is missing in ``files``, at the first place of its use."""
        found = []
        for name, by_file in self._used.items():
            places = sorted(place for file in by_file if file in files for place in by_file[file])
            if not places:
                continue
            often = f"; it is used in {len(places)} places" if len(places) > 1 else ""
            message = f"the variable {name} has no value{often}"
            found.append(Diagnostic(places[0], "error", "variable", message, ways_to_give(name)))
        return found
