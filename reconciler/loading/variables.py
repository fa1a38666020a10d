"""Which value a variable has: of the command line, else of the manifests' ``vars``, else of the environment.

That is the order of Terraform, where the command line wins over files and files over the environment.
"""

from collections.abc import Mapping
from typing import Any

from reconciler.loading.interpolate import PREFIX, ways_to_give
from reconciler.model import Diagnostic, Location

Values = Mapping[str, str | None]
"""Variables that documents declare by name; None takes back what a base declares."""


def declared(value: Mapping[str, Any]) -> Values:
    """The ``vars`` of a document as texts; what the schema will refuse is passed over here."""
    given = value.get("vars")
    if not isinstance(given, dict):
        return {}
    return {
        name: None if one is None else str(one)
        for name, one in given.items()
        if one is None or isinstance(one, str) or (isinstance(one, int) and not isinstance(one, bool))
    }


def given_names(variables: Mapping[str, str], environment: Mapping[str, str]) -> set[str]:
    """The names of the variables that a run was given from outside: on the command line, and by its environment."""
    return {*variables, *(name[len(PREFIX) :] for name in environment if name.startswith(PREFIX))}


class Variables:
    """The variables of one run, as they are given from outside."""

    def __init__(self, command_line: Mapping[str, str], environment: Mapping[str, str]) -> None:
        self._command_line = command_line
        self._environment = {
            name[len(PREFIX) :]: value for name, value in environment.items() if name.startswith(PREFIX)
        }

    def over(self, values: Values) -> dict[str, str]:
        """All variables, where documents declare ``values``."""
        said = {name: value for name, value in values.items() if value is not None}
        return {**self._environment, **said, **self._command_line}


class MissingVariables:
    """Collects the variables without a value: one error each, however often they are used."""

    def __init__(self) -> None:
        self._used: dict[str, dict[str, dict[Location, None]]] = {}
        self._explained: set[tuple[str, str]] = set()

    def explain(self, name: str, file: str) -> None:
        """Uses of variable ``name`` in ``file`` need no error: why it has no value is reported elsewhere."""
        self._explained.add((name, file))

    def add(self, name: str, file: str, location: Location) -> None:
        """Variable ``name`` is used at a place of ``file`` and has no value."""
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
