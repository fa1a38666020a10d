"""What may fill a ``${NAME}`` of a manifest: from the command line and the environment, no more."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import click


def given(pairs: Iterable[str], files: Iterable[Path]) -> dict[str, str]:
    """The variables of ``--var-file`` and ``--var``: a later file wins over an earlier, ``--var`` over all.

    Raises click.BadParameter for what is not ``NAME=VALUE``. Values are never part of a message.
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
    """The variables of one file, which may use those already ``known``."""
    from reconciler.loading.env_files import Malformed, assignments  # loading is read where it is needed

    variables: dict[str, str] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for one in assignments(file.read()):
                if one.value is None or not _is_name(one.name):
                    raise Malformed(one.line, "is not NAME=VALUE, with a NAME of letters, digits and _")
                variables[one.name] = (
                    _filled(one.value, {**known, **variables}, one.line) if one.expands else one.value
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
        raise Malformed(line, f"can't be read: {message}")

    def unset(name: str) -> None:
        refuse(f"{name} has no value in a line before it; in single quotes a value is taken as it is")

    parts = text.split("$$")
    for part in parts:
        _, dollar, after = part.partition("$")
        while dollar:
            if after[:1] == "_" or (after[:1].isascii() and after[:1].isalpha()):
                refuse("a variable is written ${NAME}; in single quotes a value is taken as it is")
            _, dollar, after = after.partition("$")
    return "$".join(expand(part, known, refuse, unset) for part in parts)


def _is_name(text: str) -> bool:
    """Whether a variable can have this name."""
    return text.isascii() and text.isidentifier()


def _ordinal(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")
