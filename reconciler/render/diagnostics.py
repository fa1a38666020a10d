"""Diagnostics as text and JSON. In text each line starts with the place, so that editors and CI logs can link it."""

import json
from collections.abc import Callable, Iterator, Sequence

from reconciler.document import FORMAT_VERSION, diagnostic_document
from reconciler.model import Diagnostic, Location
from reconciler.render.paint import paint
from reconciler.render.visible import shorten, visible

Source = Callable[[Location], str | None]
"""The text of the line at a place, without its newline; None if it must not be shown."""


def _no_source(_: Location) -> None:
    return None


def diagnostics_as_text(
    diagnostics: Sequence[Diagnostic], *, source: Source = _no_source, colour: bool = False
) -> str:
    """For each diagnostic ``path:line:column: error: message [check]``, the source line with a caret, and the hint.

    In the order given. Ends in a newline; "" for no diagnostics.
    """
    return "".join(
        f"{line}\n"
        for diagnostic in diagnostics
        for line in _lines(diagnostic, source(diagnostic.location), colour)
    )


def diagnostics_as_json(diagnostics: Sequence[Diagnostic]) -> str:
    """``{"format_version", "summary": {"errors", "warnings"}, "diagnostics": [...]}``, in the order given."""
    errors = sum(1 for diagnostic in diagnostics if diagnostic.severity == "error")
    document = {
        "format_version": FORMAT_VERSION,
        "summary": {"errors": errors, "warnings": len(diagnostics) - errors},
        "diagnostics": [diagnostic_document(diagnostic) for diagnostic in diagnostics],
    }
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def _lines(diagnostic: Diagnostic, source: str | None, colour: bool) -> Iterator[str]:
    place = diagnostic.location
    severity = paint(diagnostic.severity, diagnostic.severity, colour)
    where = paint("heading", f"{visible(place.path)}:{place.line}:{place.column}", colour)
    yield f"{where}: {severity}: {visible(diagnostic.message)} [{visible(diagnostic.check)}]"
    if source is not None:
        yield from _caret(place, source, colour)
    for line in diagnostic.hint.splitlines():
        yield f"    hint: {visible(line)}"


def _caret(place: Location, source: str, colour: bool) -> Iterator[str]:
    """The source line, shortened around the column, and a caret below the column."""
    start = max(0, place.column - 81)
    ahead = visible(source[start : place.column - 1])
    number = str(place.line)
    yield f"    {number} | {ahead}{shorten(source[max(0, place.column - 1) :][:80], 80)}"
    yield f"    {' ' * len(number)} | {' ' * len(ahead)}{paint('error', '^', colour)}"
