"""Writes the output of a step: commands in its log, outputs and the summary in files.

Text in the log cannot be read as a command: commands are stopped with a random word, except while reconciler writes its
own. Source: GitHub's "Workflow commands".
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from reconciler.credentials.rules import is_sensitive_variable
from reconciler.github.bootstrap import NOT_REPORTED
from reconciler.render.visible import visible

SUMMARY_LIMIT = 1_000_000
"""Bytes of a step's summary; GitHub drops a summary above 1 MiB."""
OUTPUT_LIMIT = 100_000
"""Characters of an output; all outputs of a job together may have 1 MiB."""
WHAT_UTF8_CANNOT_HOLD = "backslashreplace"
"""A lone surrogate, which JSON can hold, is written as an escape."""
MASKED = ("RECONCILER_SECRET_", "RECONCILER_DIGEST_KEY", "RECONCILER_PLAN_KEY", "RECONCILER_AGE_IDENTITY")
"""Prefixes of environment variables whose values must not appear in a log."""
INPUTS = ("INPUT_TOKEN_KEY", "INPUT_TOKEN_VALUE", "INPUT_PLAN_KEY", "INPUT_GITHUB_TOKEN")
LEAST_MASK = 3
"""Characters of the shortest line that is masked: a shorter one would mask parts of many words."""
VARIABLE, LEAST_VARIABLE = "RECONCILER_VAR_", 8
"""The prefix of manifest variables, and the length of the shortest value that is masked: the value of a variable that
is sensitive only by its name may be a plain word."""
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def command(name: str, message: str = "", **properties: str | int) -> str:
    """A workflow command as a line, with all values escaped."""
    options = ",".join(
        f"{key}={_escaped(str(value), _PROPERTY)}" for key, value in properties.items() if value
    )
    return f"::{name}{' ' if options else ''}{options}::{_escaped(message, _DATA)}"


def _escaped(text: str, table: Mapping[str, str]) -> str:
    return "".join(table.get(character, character) for character in text)


def masks(environment: Mapping[str, str]) -> list[str]:
    """The commands by which the runner masks every secret in the environment, line by line."""
    values = {
        value for name, value in environment.items() if value and (name.startswith(MASKED) or name in INPUTS)
    }
    lines = {line.strip() for value in values for line in value.split("\n")}
    lines = {line for line in lines if len(line) >= LEAST_MASK} | set(_variables(environment))
    return [command("add-mask", line) for line in sorted(lines)]


def _variables(environment: Mapping[str, str]) -> Iterator[str]:
    """The values of variables that are sensitive by their names, or by the patterns of the input ``mask``."""
    patterns = environment.get("INPUT_MASK", "").split()
    given = [line.partition("=")[::2] for line in environment.get("INPUT_VARIABLES", "").split("\n")]
    given += [
        (name[len(VARIABLE) :], value) for name, value in environment.items() if name.startswith(VARIABLE)
    ]
    for name, value in given:
        text = value.strip()
        if len(text) >= LEAST_VARIABLE and is_sensitive_variable(name.strip(), mask=patterns):
            yield text


class Log:
    """The step's log. From its creation only ``write_commands`` can write commands."""

    def __init__(
        self, write: Callable[[str], object], *, chance: Callable[[], str] = lambda: secrets.token_hex(16)
    ) -> None:
        self._write, self._word = write, chance()
        self._write(f"::stop-commands::{self._word}\n")

    def write_text(self, text: str) -> None:
        """Write text for people, line by line."""
        self._write("".join(f"{visible(line)}\n" for line in text.rstrip("\n").split("\n")))

    def write_commands(self, commands: Iterable[str]) -> None:
        """Write commands for the runner, made by ``command``."""
        lines = "".join(f"{line}\n" for line in commands)
        if lines:
            self._write(f"::{self._word}::\n{lines}::stop-commands::{self._word}\n")

    def mask(self, values: Iterable[str]) -> None:
        """Have the runner mask values from now on, line by line."""
        lines = {line.strip() for value in values for line in value.split("\n")}
        self.write_commands(
            command("add-mask", line) for line in sorted(lines) if len(line) >= LEAST_VARIABLE
        )

    def close(self) -> None:
        """Allow commands in the log again."""
        self._write(f"::{self._word}::\n")


def write_outputs(outputs: Mapping[str, str], environment: Mapping[str, str]) -> None:
    """Set the step's outputs, in place of earlier ones; a value may hold any text. Raises OSError."""
    word = f"end-{secrets.token_hex(16)}"
    text = "".join(f"{name}<<{word}\n{value[:OUTPUT_LIMIT]}\n{word}\n" for name, value in outputs.items())
    if path := environment.get("GITHUB_OUTPUT"):
        with Path(path).open("a", encoding="utf-8", errors=WHAT_UTF8_CANNOT_HOLD, newline="\n") as file:
            file.write(text)


def write_summary(text: str, environment: Mapping[str, str]) -> None:
    """Add Markdown to the step's summary, in place of NOT_REPORTED. Raises ValueError above the runner's limit, and
    OSError.
    """
    content = text.encode(errors=WHAT_UTF8_CANNOT_HOLD)
    if len(content) > SUMMARY_LIMIT:
        raise ValueError("the summary is longer than the runner's limit")
    if path := environment.get("GITHUB_STEP_SUMMARY"):
        with Path(path).open("a+b") as file:
            file.seek(0)
            before = file.read()
            file.truncate(len(before.removesuffix(NOT_REPORTED.encode())))
            file.write(content)
