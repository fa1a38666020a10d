"""The variables for manifests from --var and --var-file."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import click


def given(pairs: Iterable[str], files: Iterable[Path]) -> dict[str, str]:
    """The variables of ``--var-file`` and ``--var``: a later file wins over an earlier one, ``--var`` over all.

    Raises click.BadParameter for text that is not ``NAME=VALUE``. Values are never part of a message.
    """
    variables: dict[str, str] = {}
    for path in files:
        variables |= _of_file(path, variables)
    for number, text in enumerate(pairs, 1):
        name, equals, value = text.partition("=")
        if not equals or not _is_name(name):
            raise click.BadParameter(
                f"the {_ordinal(number)} one is not NAME=VALUE, with a NAME of letters, digits and _.",
                param_hint="--var",
            )
        variables[name] = value
    return variables


def _of_file(path: Path, known: Mapping[str, str]) -> dict[str, str]:
    """The variables of a file, which may use those already ``known``."""
    from reconciler.loading.env_files import Malformed, assignments  # imported only if it is needed

    variables: dict[str, str] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for assignment in assignments(file.read()):
                if assignment.value is None or not _is_name(assignment.name):
                    raise Malformed(
                        assignment.line, "is not NAME=VALUE, with a NAME of letters, digits and _"
                    )
                variables[assignment.name] = (
                    _filled(assignment.value, {**known, **variables}, assignment.line)
                    if assignment.expands
                    else assignment.value
                )
    except UnicodeDecodeError:
        raise click.BadParameter(f"{path} is not UTF-8 text.", param_hint="--var-file") from None
    except Malformed as error:
        raise click.BadParameter(f"{path}:{error.line} {error}.", param_hint="--var-file") from None
    return variables


def _filled(text: str, known: Mapping[str, str], line: int) -> str:
    """The text with ``${NAME}`` replaced, and ``$$`` by ``$``. Raises Malformed."""
    from reconciler.loading.env_files import Malformed
    from reconciler.loading.interpolate import expand

    def refuse(message: str, _hint: str = "") -> None:
        raise Malformed(line, f"cannot be read: {message}")

    def unset(name: str) -> None:
        refuse(f"{name} has no value in a line before it; in single quotes a value is taken literally")

    parts = text.split("$$")
    for part in parts:
        _, dollar, after = part.partition("$")
        while dollar:
            if after[:1] == "_" or (after[:1].isascii() and after[:1].isalpha()):
                refuse("a variable is written ${NAME}; in single quotes a value is taken literally")
            _, dollar, after = after.partition("$")
    return "$".join(expand(part, known, refuse, unset) for part in parts)


def _is_name(text: str) -> bool:
    """Whether a variable can have this name."""
    return text.isascii() and text.isidentifier()


def _ordinal(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")
