"""Messages go to standard error, results to standard output. What others wrote cannot steer the terminal."""

import codecs
import contextlib
import io
import json
import os
import shutil
import sys
from collections.abc import Iterable
from typing import TextIO

import click

REPLACEMENTS = {"→": "->", "←": "<-", "…": "...", "—": "-", "·": "-"}
"""What stands for characters of our own where an output's encoding does not have them."""
HANDLER = "reconciler.replace"


def _replace(error: UnicodeError) -> tuple[str, int]:
    """An error handler (see ``codecs.register_error``): every character is seen, as another or as its escape."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    characters = error.object[error.start : error.end]
    return "".join(REPLACEMENTS.get(one) or _escape(one) for one in characters), error.end


def _escape(character: str) -> str:
    return character.encode("ascii", "backslashreplace").decode("ascii")


codecs.register_error(HANDLER, _replace)


def accept_any_text(*streams: TextIO) -> None:
    """Have outputs take every text, whatever their encoding: what it does not have is replaced visibly."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=HANDLER)


def printable(text: str) -> str:
    """``text``, its lines kept, with all that could hide, reorder or overwrite shown as an escape."""
    from reconciler.render.visible import visible

    return "\n".join(visible(line) for line in text.split("\n"))


def say(text: str) -> None:
    """Write a message for people to standard error. Where nobody can be told any more, the work still goes on."""
    with contextlib.suppress(OSError):
        click.echo(_fitting(printable(text), sys.stderr), file=sys.stderr)


def echo(text: str, *, err: bool = False, style: str = "text") -> None:
    """Write a result, with the colours that it has, to standard output or standard error.

    On a terminal long lines of text are broken between words.

    Where the output is not of Unicode, what programs read is written so that they understand it: JSON and HTML in
    ASCII with escapes, YAML in UTF-8 all the same, since that is how it is read.
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
    """``text`` as wide as the terminal is, where ``stream`` is one."""
    if not is_terminal(stream):
        return text
    from reconciler.render.wrap import wrapped

    return wrapped(text, max(40, shutil.get_terminal_size().columns))


def _is_unicode(stream: TextIO) -> bool:
    return (stream.encoding or "").lower().replace("-", "").replace("_", "").startswith("utf")


def _json_in_ascii(text: str) -> str:
    """JSON has what is not ASCII in its texts alone, and an escape for each UTF-16 unit of it (RFC 8259)."""
    if text.isascii():
        return text
    return "".join(one if one.isascii() else json.dumps(one)[1:-1] for one in text)


def _html_in_ascii(text: str) -> str:
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


_IN_ASCII = {"json": _json_in_ascii, "html": _html_in_ascii}


def colourful(stream: TextIO) -> bool:
    """Whether ``stream`` is to be given colour.

    Not with --no-color or NO_COLOR (https://no-color.org); else with FORCE_COLOR (https://force-color.org) or
    CLICOLOR_FORCE (https://bixense.com/clicolors), and on a terminal.
    """
    context = click.get_current_context(silent=True)
    if (context is not None and context.color is False) or os.environ.get("NO_COLOR"):
        return False
    forced = any(os.environ.get(name, "") not in {"", "0"} for name in ("FORCE_COLOR", "CLICOLOR_FORCE"))
    return forced or is_terminal(stream)


def is_terminal(stream: TextIO) -> bool:
    """Whether ``stream`` is a terminal that can do more than print lines."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def nothing(_: str) -> None:
    """In the place of ``say`` where nobody wants to hear."""


def show_done(ended: Iterable[object]) -> None:
    """Print how each operation ended, a line each, as the result."""
    for one in ended:
        click.echo(printable(str(one)), file=sys.stdout)
