"""What the other manifests of a repository declare: looked at before anything is deleted, and judged in nothing.

What is no manifest is passed over. The work is bounded: where there is more to read, what is sought counts as found
in what could not be read.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from reconciler.kinds import KINDS
from reconciler.loading import files
from reconciler.loading.files import UnreadableFile
from reconciler.loading.parse import parse
from reconciler.model import Elsewhere, Named, Source

MOST_FILES = 20_000
MOST_BYTES = 100_000_000
MOST_PARSED = 20_000_000
"""Bytes that are read as YAML; a file is only where it has a name that is sought, or builds upon another."""
DEEPEST = 50
"""Documents in one chain of ``extends``."""
_OF_A_WORD = re.compile(rb"[\w-]")
_ESCAPE = re.compile(rb"\\[xuU\r\n]")
"""What may spell a name otherwise in a double-quoted text (YAML 1.2, 5.7): such a file is read, whatever it holds."""
_STRENGTH = ("declared", "unclear", "unreadable")


class Candidate(NamedTuple):
    """One file that may be a manifest. ``path`` is its real path, None where it is not checked out."""

    path: Path | None
    source: Source


class Searched(NamedTuple):
    """What is looked for: objects by kind and logical name, of one stack of a cluster by any of its names. Those
    ``of_any_stack`` count where another stack of the cluster declares them too.
    """

    names: frozenset[Named]
    clusters: frozenset[str | None]
    stack: str
    of_any_stack: frozenset[Named] = frozenset()


class OtherManifests:
    """The other manifests of a repository, each read once, whatever is looked for in them.

    ``own`` are the real paths of the run's own files: read where others build upon them, they declare nothing here.
    Nothing outside ``root`` is read.
    """

    def __init__(self, candidates: Iterable[Candidate], *, root: Path, own: Collection[str] = ()) -> None:
        self.root = root
        self.texts: dict[str, bytes] = {}
        self.declaring: dict[str, Source] = {}
        self.closed: list[Source] = []
        self._parsed: dict[str, list[Any] | None] = {}
        self._bytes = self._parsed_bytes = 0
        for count, one in enumerate(candidates):
            is_base = any(part.startswith(("_", ".")) for part in one.source.file.split("/"))
            is_own = is_base or (one.path is not None and str(one.path) in own)
            if one.path is None or count >= MOST_FILES or self._bytes >= MOST_BYTES:
                self.closed += [] if is_own else [one.source]
            else:
                self._take(one.path, one.source, is_own=is_own)

    def look(self, sought: Searched) -> dict[Named, Elsewhere]:
        """Which of the objects other files declare, or may declare."""
        return _Looking(self, sought).found()

    def read(self, real: str) -> bytes:
        """The content of a file, empty where it can't be read."""
        if real not in self.texts:
            try:
                self.texts[real] = files.read_bytes(real, limit=files.MAX_MANIFEST)
            except UnreadableFile:
                self.texts[real] = b""
        return self.texts[real]

    def values(self, real: str) -> list[Any] | None:
        """The documents of a file; None where it can't be read as YAML."""
        if real not in self._parsed:
            self._parsed[real] = self._parse(self.read(real))
        return self._parsed[real]

    def _take(self, path: Path, source: Source, *, is_own: bool) -> None:
        try:
            real = files.within(path, self.root)
            self.texts[real] = files.read_bytes(real, limit=files.MAX_MANIFEST)
        except UnreadableFile:
            self.closed += [] if is_own or not path.exists() else [source]
            return
        self._bytes += len(self.texts[real])
        if not is_own:
            self.declaring.setdefault(real, source)

    def _parse(self, content: bytes) -> list[Any] | None:
        self._parsed_bytes += len(content)
        if self._parsed_bytes > MOST_PARSED:
            return None
        try:
            parsed = parse(files.text_of(content).removeprefix("\ufeff"))
        except UnreadableFile:
            return None
        return parsed.values if parsed.whole else None


class _Looking:
    def __init__(self, others: OtherManifests, sought: Searched) -> None:
        self.others, self.sought = others, sought

    def found(self) -> dict[Named, Elsewhere]:
        """What was found of each object, the strongest first."""
        found: dict[Named, Elsewhere] = {}
        closed = [(source, self.sought.names) for source in self.others.closed]
        for source, names, how in (*self._declared(), *((one, names, "unreadable") for one, names in closed)):
            for name in names:
                before = found.get(name)
                if before is None or _STRENGTH.index(how) < _STRENGTH.index(before.how):
                    found[name] = Elsewhere(source, how)
        return found

    def _declared(self) -> Iterator[tuple[Source, Collection[Named], Any]]:
        if not any(self._may_have_a_name(text) for text in self.others.texts.values()):
            return
        bases = {base for real in self.others.declaring for base in self._extended(real)}
        for real, source in self.others.declaring.items():
            values = self._values(real)
            if values is None:
                text = self.others.read(real)
                yield (
                    source,
                    [one for one in self.sought.names if _stands_in(text, one[1])],
                    "unreadable",
                )
            elif real not in bases:
                for value in values:
                    yield source, *self._of_document(value, real)

    def _may_have_a_name(self, text: bytes) -> bool:
        return _ESCAPE.search(text) is not None or any(
            _stands_in(text, name) for _, name in self.sought.names
        )

    def _of_document(self, value: Any, real: str) -> tuple[Collection[Named], str]:
        """What a document and those it extends declare of what is sought, and whether for sure of this stack."""
        chain = self._chain(value, real)
        if chain is None:
            return [], "unreadable"
        cluster, stack = (_top(chain, field) for field in ("cluster", "stack"))
        unclear = [one for one in (cluster, stack) if isinstance(one, str) and "${" in one]
        is_there = cluster in self.sought.clusters or cluster in unclear
        is_it = is_there and ((stack or "default") == self.sought.stack or stack in unclear)
        names = [
            one
            for one in self.sought.names
            if (is_it and _declares(chain, one))
            or (is_there and one in self.sought.of_any_stack and _makes(chain, one))
            or self._takes(chain, one)
        ]
        return names, "unclear" if unclear else "declared"

    def _takes(self, chain: Sequence[Mapping[str, Any]], named: Named) -> bool:
        """Whether a document of another stack has an object under ``moved`` from the one that is sought."""
        said = _top(chain, "moved")
        entries = said if isinstance(said, list) else [said]
        if _top(chain, "cluster") not in self.sought.clusters:
            return False
        for entry in entries:
            if not isinstance(entry, dict) or entry.get("stack") != self.sought.stack:
                continue
            if entry.get("from") == "/".join(named) or ("from" not in entry and _declares(chain, named)):
                return True
        return False

    def _chain(self, value: Any, real: str) -> list[Mapping[str, Any]] | None:
        """A document and what it extends, base first; None for what is no manifest."""
        chain: list[Mapping[str, Any]] = []
        while isinstance(value, dict) and len(chain) < DEEPEST:
            chain.insert(0, value)
            base = self._base(value, real)
            if base is None:
                return chain
            real, value = base, (self._values(base) or [None])[0]
        return chain or None

    def _base(self, value: Any, real: str) -> str | None:
        name = value.get("extends") if isinstance(value, dict) else None
        if not isinstance(name, str):
            return None
        try:
            return files.within(Path(real).parent / name, self.others.root)
        except UnreadableFile:
            return None

    def _extended(self, real: str) -> Iterator[str]:
        for value in self._values(real) or ():
            if base := self._base(value, real):
                yield base

    def _values(self, real: str) -> list[Any] | None:
        """The documents of a file, none where nothing in it is sought; None where it can't be read as YAML."""
        text = self.others.read(real)
        return self.others.values(real) if b"extends" in text or self._may_have_a_name(text) else []


def _stands_in(text: bytes, name: str) -> bool:
    """Whether a text has the name as a word of its own."""
    word = name.encode("utf-8", "surrogatepass")
    at = text.find(word)
    while at >= 0:
        before, after = text[max(at - 1, 0) : at], text[at + len(word) : at + len(word) + 1]
        if not (_OF_A_WORD.match(before) or _OF_A_WORD.match(after)):
            return True
        at = text.find(word, at + 1)
    return False


def _top(chain: Iterable[Mapping[str, Any]], field: str) -> Any:
    """A field as the last document that has it says."""
    said = None
    for value in chain:
        said = value.get(field, said)
    return said


_NOT_DECLARED = object()


def _declares(chain: Iterable[Mapping[str, Any]], named: Named) -> bool:
    """Whether the last that is said of an entry is not that it is not declared."""
    return _said(chain, named) is not _NOT_DECLARED


def _makes(chain: Iterable[Mapping[str, Any]], named: Named) -> bool:
    """Whether an entry is declared, and not as something that another stack makes."""
    said = _said(chain, named)
    return said is not _NOT_DECLARED and not (isinstance(said, dict) and said.get("external"))


def _said(chain: Iterable[Mapping[str, Any]], named: Named) -> Any:
    """The last that is said of an entry."""
    kind, name = named
    said: Any = _NOT_DECLARED
    for value in chain:
        entries = value.get(KINDS[kind].section, {})
        if entries is None:
            said = _NOT_DECLARED
        elif isinstance(entries, dict) and name in entries:
            said = _NOT_DECLARED if entries[name] is None else entries[name]
    return said
