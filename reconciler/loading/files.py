"""Opens files safely: only files inside the root, with links resolved.

A manifest in a pull request is hostile input. A file that it names is refused outside the root, in a git folder (which
can hold credentials), if it is not a regular file, and if it is too large.
"""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

MAX_MANIFEST = 8_000_000
"""Bytes of a manifest file."""

Barred = Callable[[str], str]
"""From a file's real path to the reason why it must not be read (to follow its name), or ""."""
ALLOW = "add it to git, or allow it in this job: --allow-file PATTERN"
"""What to do about a file that is barred."""

_READING = os.O_RDONLY
for _flag in ("O_BINARY", "O_NONBLOCK", "O_CLOEXEC", "O_NOFOLLOW"):  # each is missing on some system
    _READING |= getattr(os, _flag, 0)


class UnreadableFile(Exception):
    """A file must not or cannot be read. ``str(error)`` says why, to follow the path; ``hint`` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def root_of(path: Path) -> Path:
    """The git repository that holds ``path``, else the folder of ``path`` itself; both with links resolved."""
    real = path.resolve()
    folder = real if is_folder(real) else real.parent
    for parent in (folder, *folder.parents):
        if os.path.lexists(parent / ".git"):
            return parent
    return folder


def shown(path: str) -> str:
    """A path to show: relative to the current directory if it is inside, with ``/`` on every system, and without
    control characters.
    """
    try:
        here = Path.cwd().as_posix().rstrip("/") + "/"
    except OSError:  # it was deleted
        here = "/"
    path = path.replace(os.sep, "/")
    path = path.removeprefix(here) if here != "/" else path
    if path.isascii() and path.isprintable():
        return path
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in path
    )


def within(path: Path, root: Path) -> str:
    """The real path of ``path``. Raises UnreadableFile if that is outside the root or in a git folder."""
    try:
        real = path.resolve()
    except (OSError, RuntimeError, ValueError):  # a loop of links, a name too long, a NUL in it
        raise UnreadableFile("is not a valid path", "check its name and its links") from None
    if real != root and root not in real.parents:
        hint = "keep it inside the repository, or choose a higher folder with --root"
        raise UnreadableFile(f"lies outside the root {shown(str(root))}", hint)
    if ".git" in (part.lower() for part in real.relative_to(root).parts):
        raise UnreadableFile("lies inside .git, which is never read", "keep it elsewhere in the repository")
    if any(
        is_git_folder(parent) for parent in (real, *real.parents) if parent == root or root in parent.parents
    ):
        raise UnreadableFile("lies inside a git folder, which is never read", "keep it elsewhere")
    return str(real)


def is_git_folder(folder: Path) -> bool:
    """Whether a folder is a git repository's own folder, by its content (gitrepository-layout)."""
    return is_file(folder / "HEAD") and (
        (is_folder(folder / "objects") and is_folder(folder / "refs")) or is_file(folder / "commondir")
    )


def is_folder(path: Path) -> bool:
    """Whether there is a folder; False if unreadable."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_file(path: Path) -> bool:
    """Whether there is a file; False if unreadable."""
    try:
        return path.is_file()
    except OSError:
        return False


def read_bytes(path: str, *, limit: int, linked: bool = True) -> bytes:
    """The bytes of a regular file of at most ``limit`` bytes. Raises UnreadableFile for anything else.

    Without ``linked`` also for a hard link, which may be a file from outside the root.
    """
    try:
        descriptor = os.open(path, _READING)
    except FileNotFoundError:
        raise UnreadableFile(
            "does not exist", "check its name; it is relative to the file that names it"
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a path"
        raise UnreadableFile(f"cannot be read: {reason}") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableFile("is not a regular file", "name a file, not a folder, a pipe or a device")
        if status.st_nlink > 1 and not linked:
            raise UnreadableFile("is a hard link to another file", "replace it with a copy")
        if status.st_size > limit:
            raise UnreadableFile(f"is larger than {limit:,} bytes", "split it, or keep its content elsewhere")
    except UnreadableFile:
        os.close(descriptor)
        raise
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:  # such as a file of /proc, whose size is said to be 0
        raise UnreadableFile(f"is larger than {limit:,} bytes", "split it, or keep its content elsewhere")
    return content


def text_of(content: bytes) -> str:
    """Bytes as text, including a final newline. Raises UnreadableFile if they are not UTF-8 text."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"is not UTF-8 text (at byte {error.start + 1:,})", "save it as UTF-8") from None
    if "\0" in text:
        raise UnreadableFile("contains a NUL byte, so it is not text", "encode it, for example with base64")
    return text


def manifests(
    path: Path, root: Path, barred: Barred = lambda _: ""
) -> Iterator[tuple[str, UnreadableFile | None]]:
    """The real paths of all manifest files of PATH, sorted; with the error if a file must not be read.

    For a folder these are all ``*.yaml`` and ``*.yml`` files below it, also in linked folders, except names that
    begin with ``.`` or ``_``. ``barred`` is asked about files that a link leads to. Errors are yielded with
    their files, not raised.
    """
    if not os.path.lexists(path):
        yield (
            str(path),
            UnreadableFile("does not exist", "give a manifest file, or a folder with manifests"),
        )
        return
    seen: set[str] = set()
    waiting = [(path, is_linked(path, root))]
    while waiting:
        current, linked = waiting.pop()
        try:
            real = within(current, root)
            if real in seen:
                continue
            seen.add(real)
            linked = linked or current.is_symlink()
            if is_folder(Path(real)):
                waiting += [(below, linked) for below in reversed(_below(Path(real)))]
                continue
            if linked and (why := barred(real)):
                raise UnreadableFile(why, ALLOW)
            yield real, None
        except UnreadableFile as error:
            yield str(current), error


def is_linked(path: Path, root: Path) -> bool:
    """Whether a link inside ``root`` leads to ``path``; links above the root do not count."""
    place = path.absolute()
    return any(
        part.is_symlink() and part.parent.resolve().is_relative_to(root) for part in (place, *place.parents)
    )


def _below(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = sorted(
                entry.name
                for entry in entries
                if not entry.name.startswith((".", "_"))
                and (entry.name.endswith((".yaml", ".yml")) or entry.is_dir())
            )
    except OSError as error:
        raise UnreadableFile(f"cannot be read: {error.strerror}") from None
    return [folder / name for name in names]
