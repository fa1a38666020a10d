"""What a step tells the runner: commands in its log, outputs and the summary in files.

Text in the log is never taken for a command: commands are switched off but for the moment in which one of
ours is written, by a word that nobody can guess. The rules are those of GitHub's "Workflow commands".
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from reconciler.kinds.sensitive import is_sensitive_variable
from reconciler.render.visible import visible

SUMMARY_LIMIT = 1_000_000
"""Bytes of a step's summary; GitHub drops one of 1 MiB whole."""
OUTPUT_LIMIT = 100_000
"""Characters of one output; all outputs of a job together may have 1 MiB."""
WHAT_UTF8_CANNOT_HOLD = "backslashreplace"
"""Half a surrogate pair, which JSON can hold, is written as its escape."""
MASKED = ("RECONCILER_SECRET_", "RECONCILER_DIGEST_KEY", "RECONCILER_PLAN_KEY", "RECONCILER_AGE_IDENTITY")
"""What the names of environment variables begin with whose values must not be seen in any log."""
INPUTS = ("INPUT_TOKEN_KEY", "INPUT_TOKEN_VALUE", "INPUT_PLAN_KEY", "INPUT_GITHUB_TOKEN")
LEAST_MASK = 3
"""Characters of the shortest line that is masked: what is shorter would be cut out of everything."""
VARIABLE, LEAST_VARIABLE = "RECONCILER_VAR_", 8
"""What the names of variables of manifests begin with, and the characters of the shortest value of one that is masked:
a variable may be a plain word that only its name makes sensitive."""
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def command(name: str, message: str = "", **properties: str | int) -> str:
    """One workflow command as a line, whatever its values hold."""
    told = ",".join(f"{key}={_escaped(str(value), _PROPERTY)}" for key, value in properties.items() if value)
    return f"::{name}{' ' if told else ''}{told}::{_escaped(message, _DATA)}"


def _escaped(text: str, table: Mapping[str, str]) -> str:
    return "".join(table.get(one, one) for one in text)


def masks(environment: Mapping[str, str]) -> list[str]:
    """The commands that have the runner mask every secret of the environment, line by line as it sees them."""
    values = {
        value for name, value in environment.items() if value and (name.startswith(MASKED) or name in INPUTS)
    }
    lines = {line.strip() for value in values for line in value.splitlines()}
    lines = {one for one in lines if len(one) >= LEAST_MASK} | set(_variables(environment))
    return [command("add-mask", one) for one in sorted(lines)]


def _variables(environment: Mapping[str, str]) -> Iterator[str]:
    """The values of variables that are sensitive by their names, or by the patterns of the input ``mask``."""
    patterns = environment.get("INPUT_MASK", "").split()
    given = [line.partition("=")[::2] for line in environment.get("INPUT_VARIABLES", "").splitlines()]
    given += [(name[len(VARIABLE) :], one) for name, one in environment.items() if name.startswith(VARIABLE)]
    for name, value in given:
        text = value.strip()
        if len(text) >= LEAST_VARIABLE and is_sensitive_variable(name.strip(), mask=patterns):
            yield text


class Log:
    """The step's log, from here on without commands but those that ``tell`` writes."""

    def __init__(
        self, write: Callable[[str], object], *, chance: Callable[[], str] = lambda: secrets.token_hex(16)
    ) -> None:
        self._write, self._word = write, chance()
        self._write(f"::stop-commands::{self._word}\n")

    def say(self, text: str) -> None:
        """Write text for people, its lines kept."""
        self._write("".join(f"{visible(line)}\n" for line in text.rstrip("\n").split("\n")))

    def tell(self, commands: Iterable[str]) -> None:
        """Write commands for the runner, made by ``command``."""
        lines = "".join(f"{one}\n" for one in commands)
        if lines:
            self._write(f"::{self._word}::\n{lines}::stop-commands::{self._word}\n")

    def mask(self, values: Iterable[str]) -> None:
        """Have the runner mask values, line by line as it sees them, from here on."""
        lines = {line.strip() for value in values for line in value.splitlines()}
        self.tell(command("add-mask", one) for one in sorted(lines) if len(one) >= LEAST_VARIABLE)

    def close(self) -> None:
        """Leave the log to whoever writes to it next."""
        self._write(f"::{self._word}::\n")


def write_outputs(outputs: Mapping[str, str], environment: Mapping[str, str]) -> None:
    """Set the step's outputs, each of them whatever it holds."""
    word = f"end-{secrets.token_hex(16)}"
    _append(
        environment.get("GITHUB_OUTPUT"),
        "".join(f"{name}<<{word}\n{value[:OUTPUT_LIMIT]}\n{word}\n" for name, value in outputs.items()),
    )


def write_summary(text: str, environment: Mapping[str, str]) -> None:
    """Add Markdown to the step's summary. Raises ValueError for more than the runner takes."""
    if len(text.encode(errors=WHAT_UTF8_CANNOT_HOLD)) > SUMMARY_LIMIT:
        raise ValueError("the summary is longer than the runner takes")
    _append(environment.get("GITHUB_STEP_SUMMARY"), text)


def _append(path: str | None, text: str) -> None:
    if path:
        with Path(path).open("a", encoding="utf-8", errors=WHAT_UTF8_CANNOT_HOLD, newline="\n") as file:
            file.write(text)
