"""Diagnostics as annotations at their places, as many as GitHub shows of one step; the rest is counted."""

from collections.abc import Sequence
from pathlib import Path

from reconciler.github.runner import command
from reconciler.model import Diagnostic, Location
from reconciler.render.visible import shorten

SHOWN = 9
"""Of each severity. GitHub shows ten a step; one is left for what else there is to say."""
LENGTH = 4_000


def annotations(diagnostics: Sequence[Diagnostic], *, here: Path, workspace: Path, rest_at: str) -> list[str]:
    """The workflow commands for ``diagnostics``, whose paths are relative to ``here``.

    ``workspace`` is the root of the checkout, from which annotations count; ``rest_at`` is where those
    beyond the limit can be read.
    """
    commands, left_out = [], []
    for severity in ("error", "warning"):
        these = [one for one in diagnostics if one.severity == severity]
        commands += [_command(one, here, workspace) for one in these[:SHOWN]]
        if rest := len(these) - SHOWN:
            left_out += [f"{rest} more {severity}{'' if rest == 1 else 's'}"] if rest > 0 else []
    if left_out:
        commands.append(
            command("notice", f"{' and '.join(left_out)}, not annotated: see {rest_at}", title="reconciler")
        )
    return commands


def _command(one: Diagnostic, here: Path, workspace: Path) -> str:
    text = "\n".join(shorten(line, LENGTH) for line in (one.message, *one.hint.splitlines()))
    return command(
        one.severity,
        text,
        file=_from(workspace, here, one.location),
        line=one.location.line,
        col=one.location.column,
        title=f"reconciler {one.check}",
    )


def _from(workspace: Path, here: Path, location: Location) -> str:
    """The path of a location as annotations name it; one outside of the checkout stays as it is."""
    real = (here / location.path).resolve()
    return real.relative_to(workspace).as_posix() if real.is_relative_to(workspace) else location.path
