"""Prints messages to standard error, results to standard output. Text from outside cannot control the terminal."""

import codecs
import contextlib
import io
import json
import os
import shutil
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from reconciler.model.operation import OperationResult

REPLACEMENTS = {"→": "->", "←": "<-", "…": "...", "—": "-", "·": "-"}
"""Replacements for reconciler's own characters in an output whose encoding does not have them."""
HANDLER = "reconciler.replace"
_ANY_TEXT = f"{'x' * 200}..→ é密\udcff\n"
"""Text that every encoding for texts can write, with the replacements."""


def _replace(error: UnicodeError) -> tuple[str, int]:
    """An error handler (see ``codecs.register_error``) that replaces characters by others or by escapes."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    characters = error.object[error.start : error.end]
    return "".join(REPLACEMENTS.get(character) or _escape(character) for character in characters), error.end


def _escape(character: str) -> str:
    return character.encode("ascii", "backslashreplace").decode("ascii")


codecs.register_error(HANDLER, _replace)


def accept_any_text(*streams: TextIO) -> None:
    """Let outputs accept every text: characters that their encoding does not have are replaced.

    An encoding that is not for text, such as IDNA for host names, is replaced by UTF-8.
    """
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            if _writes_text(stream.encoding):
                stream.reconfigure(errors=HANDLER)
            else:
                stream.reconfigure(encoding="utf-8", errors=HANDLER)


def _writes_text(encoding: str) -> bool:
    try:
        return bool(_ANY_TEXT.encode(encoding, HANDLER))
    except (UnicodeError, LookupError):
        return False


def printable(text: str) -> str:
    """``text`` line by line, with every character that could hide, reorder or overwrite text as an escape."""
    from reconciler.render.visible import visible

    return "\n".join(visible(line) for line in text.split("\n"))


def say(text: str) -> None:
    """Write a message for people to standard error. If that fails, the work goes on."""
    with contextlib.suppress(OSError):
        click.echo(_fitting(printable(text), sys.stderr), file=sys.stderr)


def echo(text: str, *, err: bool = False, style: str = "text") -> None:
    """Write a result, with its colours, to standard output or standard error.

    On a terminal long lines of text are wrapped between words. If the output's encoding is not Unicode, JSON and HTML
    are written in ASCII with escapes, and YAML in UTF-8, so that programs can read them.
    """
    stream = sys.stderr if err else sys.stdout
    if not _is_unicode(stream):
        if style == "yaml":
            stream.flush()
            stream.buffer.write(text.encode("utf-8", HANDLER))
            return
        text = _IN_ASCII.get(style, str)(text)
    click.echo(_fitting(text, stream) if style == "text" else text, nl=False, file=stream, color=True)


def _fitting(text: str, stream: TextIO) -> str:
    """``text`` wrapped to the terminal's width, if ``stream`` is a terminal."""
    if not is_terminal(stream):
        return text
    from reconciler.render.wrap import wrapped

    return wrapped(text, max(40, shutil.get_terminal_size().columns))


def _is_unicode(stream: TextIO) -> bool:
    return (stream.encoding or "").lower().replace("-", "").replace("_", "").startswith("utf")


def _json_in_ascii(text: str) -> str:
    """JSON with each character that is not ASCII as an escape (RFC 8259); such characters occur only in its strings."""
    if text.isascii():
        return text
    return "".join(character if character.isascii() else json.dumps(character)[1:-1] for character in text)


def _html_in_ascii(text: str) -> str:
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


_IN_ASCII = {"json": _json_in_ascii, "html": _html_in_ascii}


def colourful(stream: TextIO) -> bool:
    """Whether to use colour on ``stream``.

    Not with --no-color or NO_COLOR (https://no-color.org); else with FORCE_COLOR (https://force-color.org) or
    CLICOLOR_FORCE (https://bixense.com/clicolors), and on a terminal.
    """
    context = click.get_current_context(silent=True)
    if (context is not None and context.color is False) or os.environ.get("NO_COLOR"):
        return False
    forced = any(os.environ.get(name, "") not in {"", "0"} for name in ("FORCE_COLOR", "CLICOLOR_FORCE"))
    return forced or is_terminal(stream)


def is_terminal(stream: TextIO) -> bool:
    """Whether ``stream`` is a terminal that can move the cursor."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def silent(_: str) -> None:
    """Do nothing: used instead of ``say`` with --quiet."""


def print_results(ended: "Iterable[OperationResult]") -> None:
    """Print the result of each operation as a line on standard output."""
    from reconciler.render.operations import operation_line

    for result in ended:
        click.echo(printable(operation_line(result)), file=sys.stdout)
