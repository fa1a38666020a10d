"""Prints plans, and reads plan files."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.cli.console import colourful, echo, say
from reconciler.errors import Refused, UsageError

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
    """Print plans in a format of ``reconciler.render.FORMATS``, with colour on a terminal.

    ``summary`` makes the summary sentence, if the plans are not those of an apply.
    """
    from reconciler.render import FORMATS

    settings: dict[str, Any] = {}
    if style == "text":
        settings["colour"] = colourful(sys.stderr if err else sys.stdout)
    if summary is not None and style != "json":
        settings["summary"] = summary
    echo(FORMATS[style](plans, diagnostics=diagnostics, meta=meta, **settings), err=err, style=style)


def unsaved(meta: "PlanMeta") -> "PlanMeta":
    """The metadata of a plan that is not saved, without its expiry."""
    return meta._replace(expires="")


def warn(warnings: "Sequence[str]", server: "ServerOptions") -> None:
    """Print warnings about the settings of a run on standard error, except with the emulator."""
    for warning in () if server.emulator else warnings:
        say(f"Warning: {warning}")


def plan_file(path: Path) -> "tuple[str, Approved]":
    """The text of a plan file and its content. Its signature and dates are not checked.

    Raises Refused if it is not a complete plan file, UsageError if it is not text.
    """
    from reconciler.planfile import file, parse

    try:
        with path.open(encoding="utf-8") as opened:
            text = opened.read(file.LIMIT + 1)  # a device such as /dev/zero has no end
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not a plan file: it is not UTF-8 text.") from None
    if len(text) > file.LIMIT:
        raise Refused(f"The plan file has more than {file.LIMIT:,} characters, the most that are read.")
    return text, parse(text)
