"""Contents of secrets and configs that are rarely intended: a final newline, Windows line endings, very large data."""

from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, of_kind, warning
from reconciler.kinds.config import CONFIG
from reconciler.kinds.secret import SECRET
from reconciler.model import Desired, Diagnostic, Manifest, Sensitive

NAME = "content"
MOST_DOCUMENTED = 500_000
"""Bytes of a config (Docker: configs, "up to 500 KB"); newer engines take a million."""


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """A value on one line does not end in a newline, lines do not end in CR LF, a config has 500 KB at most."""
    for kind in (SECRET, CONFIG):
        for manifest in of_kind(kind, desired):
            data = manifest.spec.get("data")
            if isinstance(data, Sensitive):
                data = data.reveal()
            if isinstance(data, str):
                yield from _of(manifest, data)


def _of(manifest: Manifest, data: str) -> Iterator[Diagnostic]:
    _, kind, name = manifest.address
    place = manifest.location
    if kind == SECRET.name and data.endswith("\n") and "\n" not in data[:-1]:
        message = (
            f"secret {name!r} is one line that ends with a newline, and the newline is part of the value"
        )
        yield warning(NAME, place, message, "write the file without it: printf %s VALUE > FILE")
    elif "\r\n" in data:
        message = f"{kind} {name!r} has Windows line endings, which most programs on Linux do not expect"
        hint = "save it with LF; if git makes them at checkout, write '*.conf text eol=lf' in .gitattributes"
        yield warning(NAME, place, message, hint)
    if kind == CONFIG.name and len(data.encode()) > MOST_DOCUMENTED:
        message = (
            f"config {name!r} has {len(data.encode()):,} bytes; Docker documents {MOST_DOCUMENTED:,} at most"
        )
        yield warning(NAME, place, message, "keep large files in an image or a volume")


CHECK = Check(
    NAME,
    "a secret or config ends in a newline, has CR LF, or is very large",
    check,
    warns=True,
)
