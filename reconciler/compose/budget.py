"""Limits on what the Compose files of a conversion expand to, so that files in a pull request cannot keep a job busy
for long."""

from reconciler.errors import UsageError

MAX_VALUES = 500_000
"""Values of all files, and entries of the maps and lists that are merged."""
MAX_VARIABLES = 60_000
"""Environment variables of all services, counted again for each service that extends another or names an env file."""
MAX_TEXT = 8_000_000
"""Characters of all values and of the files that they name, counted again for each service that has them."""


class TooMuch(UsageError):
    """The Compose files expand to more than a limit allows; ``str(error)`` says which limit."""


class ConversionBudget:
    """The remaining limits of one step of a conversion."""

    def __init__(self) -> None:
        self._values, self._variables, self._text = MAX_VALUES, MAX_VARIABLES, MAX_TEXT

    def take_values(self, amount: int) -> None:
        """Subtract a number of values. Raises TooMuch below zero."""
        self._values -= amount
        if self._values < 0:
            raise TooMuch(
                f"the Compose files expand to more than {MAX_VALUES:,} values: convert their services in parts"
            )

    def take_variables(self, amount: int) -> None:
        """Subtract a number of environment variables. Raises TooMuch below zero."""
        self._variables -= amount
        if self._variables < 0:
            raise TooMuch(
                f"the services of the Compose files have more than {MAX_VARIABLES:,} environment variables: "
                "convert them in parts"
            )

    def take_text(self, text: str) -> str:
        """Subtract the characters of a text, and return it. Raises TooMuch below zero."""
        self._text -= len(text)
        if self._text < 0:
            raise TooMuch(
                f"the Compose files expand to more than {MAX_TEXT:,} characters: convert their services in parts"
            )
        return text
