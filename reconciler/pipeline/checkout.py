"""Reads a git checkout: its top folder, origin, commit, and the manifests in its index. Uses the git program.

It runs only ``rev-parse``, ``ls-files`` and ``remote get-url``, which start no program or filter that a repository's
settings name. git gets no credentials of the run: its environment has only what it needs to start.
"""

import os
import re
import shutil
import unicodedata
import weakref
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha1, sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field

from reconciler.errors import UsageError
from reconciler.model.recorded import recordable

if TYPE_CHECKING:
    from subprocess import Popen

PATTERNS = (":(top,icase)*.yaml", ":(top,icase)*.yml")
"""The files that may be manifests, as git pathspecs (gitglossary: pathspec)."""
SECONDS = 20.0
"""Seconds that git may take for one answer."""
_QUIET = ("-c", "core.fsmonitor=false", "-c", "safe.directory=*", "--no-optional-locks")
_OFFLINE = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": ""}
"""Settings that keep git from fetching missing objects. git before 2.39.4 knows only the second, which forbids every
protocol."""
_PASSED_ON = ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "SYSTEMROOT", "TEMP", "TMP", "GIT_CONFIG_GLOBAL")
FOR_SOURCES = "it says which repository and file declare an object; or name those with --source NAME"
FOR_FILES = "a CI job reads only files that git tracks"
_FAULT = re.compile(rb"^(?:fatal|error): ", re.MULTILINE)
_CHECKED_OUT_LATER = "S"
"""The tag of a file that is in the index and not in the working tree: a sparse checkout (git-ls-files: -t)."""


class IndexEntry(NamedTuple):
    """One file of the index: its ``blob`` (the hash of its content), and whether it should be in the working tree."""

    blob: str
    is_checked_out: bool


class Checkout(Struct, frozen=True, eq=False):
    """A git checkout. ``top`` is its top folder, with links resolved. ``origin`` is its remote as ``host/owner/name``
    in lower case without credentials, "" if it has none; ``commit`` is the checked-out commit, "" before the first.
    ``entries`` are the manifests in its index, by path from ``top``."""

    top: Path
    origin: str
    commit: str
    entries: Mapping[str, IndexEntry] = field(default_factory=dict)

    @property
    def repository(self) -> str:
        """The repository name under which its manifests are recorded."""
        return recordable(self.origin or self.top.as_posix())

    def spelled(self, real: Path) -> str:
        """The path of a file or folder from the top, spelled as in the index; "" for the top itself. A path that is not
        in the index keeps its spelling."""
        path = real.relative_to(self.top).as_posix()
        if path in self.entries or path == ".":
            return "" if path == "." else path
        folded, parts = _folded(path), path.count("/") + 1
        heads = ("/".join(entry.split("/")[:parts]) for entry in self.entries)
        return next((head for head in heads if _folded(head) == folded), path)

    def is_edited(self, below: Path) -> bool:
        """Whether a manifest, the file itself or any below the folder, differs from the index."""
        prefix = self.spelled(below)
        return any(
            entry.is_checked_out and not _holds(self.top / path, entry.blob)
            for path, entry in self.entries.items()
            if not prefix or path == prefix or path.startswith(f"{prefix}/")
        )


def _folded(path: str) -> str:
    """A path in a form that is equal for names that some file systems do not distinguish: by case or composed
    letters."""
    return unicodedata.normalize("NFC", path).casefold()


def _holds(path: Path, blob: str) -> bool:
    """Whether a file has the content with git's hash ``blob``, except for line ends, which git may have changed."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    made = sha1 if len(blob) == 40 else sha256
    return any(
        made(b"blob %d\0" % len(written) + written, usedforsecurity=False).hexdigest() == blob
        for written in dict.fromkeys((content, content.replace(b"\r\n", b"\n")))
    )


def marked(folder: Path) -> Path | None:
    """The innermost folder at or above ``folder`` with a ``.git``; None if there is none."""
    return next((parent for parent in (folder, *folder.parents) if os.path.lexists(parent / ".git")), None)


class Asked:
    """A running read of a checkout; ``result`` waits for git. Outside a checkout git is not started.

    If nobody waits for it, because the run ended before, git is ended together with this object.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = marked(folder)
        self._asked: tuple[Popen[bytes], ...] = ()
        if self._folder is None:
            return
        git = _git(self._folder, FOR_SOURCES)
        self._asked = tuple(
            _ask(git, self._folder, *words)
            for words in (
                ("rev-parse", "--show-toplevel"),
                ("rev-parse", "--quiet", "--verify", "HEAD"),
                ("remote", "get-url", "origin"),
                ("ls-files", "-t", "-s", "-z", "--full-name", "--", *PATTERNS),
            )
        )

        weakref.finalize(self, _end, self._asked).atexit = False

    def result(self) -> Checkout | None:
        """The checkout; None outside one. Raises UsageError if git cannot read it."""
        if self._folder is None:
            return None
        answers = [_answer(process) for process in self._asked]
        (code, top, said), (_, commit, _), (_, url, _), (listed, files, _) = answers
        if code or listed:
            raise UsageError(
                f"{_unreadable(self._folder, said)}. Correct that, or name what these manifests are from with "
                "--source NAME."
            )
        place = Path(_text(top).rstrip("\n")).resolve()
        if not self._folder.resolve().is_relative_to(place):
            raise UsageError(
                f"{self._folder} looks like a git checkout, but its settings (core.worktree) say that its files "
                "are in "
                f"{place}. Correct that, or name what these manifests are from with --source NAME."
            )
        return Checkout(place, origin_of(_text(url).strip(), place), _text(commit).strip(), _entries(files))


def checkout_of(folder: Path) -> Checkout | None:
    """The checkout that contains ``folder``, None outside one. Raises UsageError if git is missing or fails."""
    return Asked(folder).result()


def _unreadable(folder: Path, said: bytes) -> str:
    reason = _text(said).strip().splitlines()[-1] if said.strip() else "no answer"
    return f"{folder} looks like a git checkout, but git cannot read it: {reason}"


def _git(folder: Path, needed: str) -> str:
    """The path of the git program, from an absolute folder of PATH: one in the working directory is not trusted."""
    path = os.pathsep.join(
        entry for entry in os.environ.get("PATH", "").split(os.pathsep) if Path(entry).is_absolute()
    )
    found = shutil.which("git", path=path)
    if found is None or not Path(found).is_absolute():
        raise UsageError(f"{folder} is a git checkout, and git is not installed. Install git: {needed}.")
    return found


def _ask(git: str, folder: Path, *words: str) -> "Popen[bytes]":
    from subprocess import DEVNULL, PIPE, Popen

    kept = {name: os.environ[name] for name in (*_PASSED_ON, "PATH") if name in os.environ}
    return Popen(  # noqa: S603 - the program is git, and no argument comes from outside
        [git, *_QUIET, *words],
        cwd=folder,
        env={**kept, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", **_OFFLINE},
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )


def _answer(asked: "Popen[bytes]") -> tuple[int, bytes, bytes]:
    from subprocess import TimeoutExpired

    try:
        out, said = asked.communicate(timeout=SECONDS)
    except TimeoutExpired:
        asked.kill()
        asked.communicate()
        return 1, b"", b"git did not answer in time"
    # If a part of the index cannot be read, git lists the rest and answers 0.
    return asked.returncode or bool(_FAULT.search(said)), out, said


def _end(asked: "Iterable[Popen[bytes]]") -> None:
    """End the processes that are not waited for any more, and close their pipes."""
    for process in asked:
        if process.returncode is None:
            process.kill()
            process.communicate()


def _text(answer: bytes) -> str:
    return answer.decode("utf-8", "surrogateescape")


def _entries(files: bytes) -> dict[str, IndexEntry]:
    """``ls-files -t -s -z``: tag, mode, blob and stage, a tab, the path."""
    entries = {}
    for entry in _text(files).split("\0"):
        attributes, _, path = entry.partition("\t")
        if path:
            tag, _, blob, _ = attributes.split(" ")
            entries[path] = IndexEntry(blob, tag != _CHECKED_OUT_LATER)
    return entries


def origin_of(url: str, top: Path) -> str:
    """A remote's URL as one name for https and ssh: lower case, no scheme, user, password, port or ``.git``. "" for
    none; the path for a remote on this machine."""
    if not url:
        return ""
    scheme, found, rest = url.partition("://")
    is_short = (
        not found and ":" in url.partition("/")[0] and not Path(url).is_absolute()
    )  # host:path, as of scp
    if scheme == "file" or not (found or is_short):
        return Path(top, rest if found else url).resolve().as_posix().removesuffix(".git").lower()
    host, _, name = (url.replace(":", "/", 1) if is_short else rest).partition("/")
    host = host.rpartition("@")[2].partition(":")[0]
    return f"{host}/{name.strip('/').removesuffix('.git')}".lower()


def tracked(top: Path) -> Sequence[str]:
    """Every file of the index by its path from ``top``; none if ``top`` is not the top of a checkout.

    Raises UsageError if git is missing or fails.
    """
    if not os.path.lexists(top / ".git"):
        return ()
    code, files, said = _answer(_ask(_git(top, FOR_FILES), top, "ls-files", "-z", "--full-name"))
    if code:
        raise UsageError(f"{_unreadable(top, said)}. Correct that: {FOR_FILES}.")
    return [path for path in _text(files).split("\0") if path]


def others_of(checkout: Checkout) -> Sequence[str]:
    """The files of the working tree that may be manifests, are not in the index and are not ignored by git."""
    code, out, _ = _answer(
        _ask(
            _git(checkout.top, FOR_SOURCES),
            checkout.top,
            *("ls-files", "--others", "--exclude-standard", "-z", "--full-name", "--", *PATTERNS),
        )
    )
    return () if code else [path for path in _text(out).split("\0") if path]
