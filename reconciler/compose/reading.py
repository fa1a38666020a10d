"""Reads the files of a conversion: Compose files, and the files that they name. Nothing else in ``compose`` opens one.

A Compose file may come from anybody: a pipe or a device, which may have no end, is not read.
"""

from pathlib import Path

from reconciler.loading.files import read_bytes, text_of

MAX_BYTES = 5 * 2**20


def read_exactly(path: Path) -> str:
    """The text of a regular file, unchanged. Raises ``UnreadableFile``."""
    return text_of(read_bytes(str(path), limit=MAX_BYTES))


def read_lines(path: Path) -> str:
    """The text of a regular file without a byte order mark, each line ended by a newline alone.

    Raises ``UnreadableFile``.
    """
    return read_exactly(path).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
