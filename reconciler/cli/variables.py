"""What may fill a ``${NAME}`` of a manifest: from the command line and the environment, no more."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from reconciler.cli import envfile


def given(assignments: Iterable[str], files: Iterable[Path]) -> dict[str, str]:
    """The variables of ``--var-file`` and ``--var``: a later file wins over an earlier, ``--var`` over all.

    Raises click.BadParameter for what is not ``NAME=VALUE``. Values are never part of a message.
    """
    variables: dict[str, str] = {}
    for path in files:
        variables |= _of_file(path, variables)
    for number, text in enumerate(assignments, 1):
        name, equals, value = text.partition("=")
        if not equals or not envfile.is_name(name):
            raise click.BadParameter(
                f"the {_ordinal(number)} one is not NAME=VALUE, with a NAME of letters, digits and _.",
                param_hint="--var",
            )
        variables[name] = value
    return variables


def _of_file(path: Path, known: Mapping[str, str]) -> dict[str, str]:
    """The variables of one file, which may use those already ``known``."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return envfile.parse(file.read(), known)
    except UnicodeDecodeError:
        raise click.BadParameter(f"{path} is not UTF-8 text.", param_hint="--var-file") from None
    except envfile.Malformed as error:
        raise click.BadParameter(f"{path}:{error.line} {error}.", param_hint="--var-file") from None


def _ordinal(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")
