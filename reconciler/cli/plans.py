"""Shows plans, made now or read from a file."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.cli.console import colourful, echo, say
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.cli.options import ServerOptions
    from reconciler.document import PlanMeta
    from reconciler.model import AnyPlan, Diagnostic
    from reconciler.planfile import Approved


def show(
    plans: "Sequence[AnyPlan]",
    diagnostics: "Sequence[Diagnostic]",
    meta: "PlanMeta | None",
    style: str,
    *,
    err: bool = False,
    summary: "Callable[[Sequence[AnyPlan]], str] | None" = None,
) -> None:
    """Print plans in one of ``reconciler.render.FORMATS``, with colour where that is seen.

    ``summary`` makes the one sentence that says it all, where plans stand for something else than what to do.
    """
    from reconciler.render import FORMATS

    settings: dict[str, Any] = {}
    if style == "text":
        settings["colour"] = colourful(sys.stderr if err else sys.stdout)
    if summary is not None and style != "json":
        settings["summary"] = summary
    echo(FORMATS[style](plans, diagnostics=diagnostics, meta=meta, **settings), err=err, style=style)


def unsaved(meta: "PlanMeta") -> "PlanMeta":
    """What is said of a plan that no file keeps: it has no end that anyone could wait for."""
    return meta._replace(expires="")


def warn(warnings: "Sequence[str]", server: "ServerOptions") -> None:
    """Say on standard error what is wrong with how a run was set up; the emulator is for trying things."""
    for one in () if server.emulator else warnings:
        say(f"Warning: {one}")


def plan_file(path: Path) -> "tuple[str, Approved]":
    """The text of a plan file and what it holds, neither its signature nor its dates looked at.

    Raises Refused for what is not a whole plan file, UsageError for what is not text.
    """
    from reconciler.planfile import parse

    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not a plan file: it is not UTF-8 text.") from None
    return text, parse(text)
