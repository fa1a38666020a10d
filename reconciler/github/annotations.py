"""Diagnostics as annotations at their places, as many as GitHub shows for a step; the others are counted."""

from collections.abc import Sequence
from pathlib import Path

from reconciler.github.runner import command
from reconciler.model import Diagnostic, Location
from reconciler.render.visible import shorten

SHOWN = 9
"""Annotations of each severity. GitHub shows ten per step; the tenth is for the result of the job."""
LENGTH = 4_000


def annotations(diagnostics: Sequence[Diagnostic], *, here: Path, workspace: Path, rest_at: str) -> list[str]:
    """The workflow commands for ``diagnostics``, whose paths are relative to ``here``.

    ``workspace`` is the root of the checkout, to which the paths of annotations are relative; ``rest_at`` says
    where to read the diagnostics beyond the limit.
    """
    commands, left_out = [], []
    for severity in ("error", "warning"):
        matching = [diagnostic for diagnostic in diagnostics if diagnostic.severity == severity]
        commands += [_command(diagnostic, here, workspace) for diagnostic in matching[:SHOWN]]
        if rest := len(matching) - SHOWN:
            left_out += [f"{rest} more {severity}{'' if rest == 1 else 's'}"] if rest > 0 else []
    if left_out:
        commands.append(
            command("notice", f"{' and '.join(left_out)}, not annotated: see {rest_at}", title="reconciler")
        )
    return commands


def _command(diagnostic: Diagnostic, here: Path, workspace: Path) -> str:
    text = "\n".join(shorten(line, LENGTH) for line in (diagnostic.message, *diagnostic.hint.splitlines()))
    return command(
        diagnostic.severity,
        text,
        file=_from(workspace, here, diagnostic.location),
        line=diagnostic.location.line,
        col=diagnostic.location.column,
        title=f"reconciler {diagnostic.check}",
    )


def _from(workspace: Path, here: Path, location: Location) -> str:
    """The path of a location from the root of the checkout; unchanged if it is outside."""
    real = (here / location.path).resolve()
    return real.relative_to(workspace).as_posix() if real.is_relative_to(workspace) else location.path
