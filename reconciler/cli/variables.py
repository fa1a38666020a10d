"""The variables for manifests from --var and --var-file."""

import os
from collections import ChainMap
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import click

from reconciler.cli.ci import in_ci


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


def refuse_links(files: Collection[Path], path: Path, allowed: Sequence[str]) -> None:
    """In a CI job, raise click.BadParameter for a file that a link in PATH's repository leads to: a pull request may
    have put the link there. A file that git tracks, or that matches an ``allowed`` pattern, may be linked.
    """
    if not in_ci(os.environ) or not files:
        return
    from reconciler.loading.files import ALLOW, is_linked, root_of
    from reconciler.pipeline.permits import Permits

    top, barred = root_of(path), Permits(path, allowed)
    for file in files:
        if is_linked(file, top) and (why := barred(str(file.resolve()))):
            raise click.BadParameter(
                f"{file} is a link, and its target {why}: {ALLOW}.", param_hint="--var-file"
            )


def _of_file(path: Path, known: Mapping[str, str]) -> dict[str, str]:
    """The variables of a file, which may use those already ``known``."""
    from reconciler.loading.env_files import (
        MAX_EXPANDED,
        Malformed,
        assignments,
    )  # imported only if it is needed

    variables: dict[str, str] = {}
    every, room = ChainMap(variables, dict(known)), MAX_EXPANDED
    try:
        for assignment in assignments(_text(path)):
            if assignment.value is None or not _is_name(assignment.name):
                raise Malformed(assignment.line, "is not NAME=VALUE, with a NAME of letters, digits and _")
            value = assignment.value
            if assignment.expands:
                value = _filled(value, every, assignment.line, room)
            room -= len(value)
            variables[assignment.name] = value
    except Malformed as error:
        raise click.BadParameter(f"{path}:{error.line} {error}.", param_hint="--var-file") from None
    return variables


def _text(path: Path) -> str:
    """The text of a file, which may be a pipe. Raises click.BadParameter if it is none, or too long.

    A NUL is refused: in a job the file may be a pull request's link to /proc/self/environ, with all credentials.
    """
    from reconciler.loading.env_files import MAX_BYTES

    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise click.BadParameter(f"{path} is larger than {MAX_BYTES:,} bytes.", param_hint="--var-file")
    if b"\0" in content:
        raise click.BadParameter(f"{path} contains a NUL byte, so it is not text.", param_hint="--var-file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise click.BadParameter(f"{path} is not UTF-8 text.", param_hint="--var-file") from None


def _filled(text: str, known: Mapping[str, str], line: int, room: int) -> str:
    """The text with ``${NAME}`` replaced, and ``$$`` by ``$``. Raises Malformed, also for more than ``room``
    characters."""
    from reconciler.loading.env_files import EXPANDS_TOO_FAR, Malformed
    from reconciler.loading.interpolate import expand_parts

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
    filled: list[str] = []
    for part in parts:
        values = [piece.text for piece in expand_parts(part, known, refuse, unset) or ()]
        room -= sum(map(len, values))
        if room < 0:
            raise Malformed(line, EXPANDS_TOO_FAR)
        filled.append("".join(values))
    return "$".join(filled)


def _is_name(text: str) -> bool:
    """Whether a variable can have this name."""
    return text.isascii() and text.isidentifier()


def _ordinal(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")
