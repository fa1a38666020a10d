"""Finds what the other manifests of a repository declare, before anything is planned. Reports no errors in them.

Files that are no manifests are skipped. The work is limited: an object that is searched counts as found in a file that
could not be read.
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
"""Bytes that are parsed as YAML. A file is parsed only if it holds a searched name or extends another file."""
DEEPEST = 50
"""Documents in a chain of ``extends``."""
_OF_A_WORD = re.compile(rb"[\w-]")
_WORD = re.compile(rb"[\w-]+")
_ESCAPE = re.compile(rb"\\[xuU\r\n]")
"""Escapes by which a double-quoted text may spell a name differently (YAML 1.2, 5.7): a file with any is parsed."""
_CERTAINTY = ("declared", "unclear", "unreadable")


class Candidate(NamedTuple):
    """A file that may be a manifest. ``path`` is its real path, None if it is not checked out."""

    path: Path | None
    source: Source


class Searched(NamedTuple):
    """The objects to search for, by kind and logical name, in a stack of a cluster; ``clusters`` are its names.

    Objects ``of_any_stack`` also count if another stack of the cluster declares them. Objects in
    ``declared_here`` count only if another file certainly declares them.
    """

    names: frozenset[Named]
    clusters: frozenset[str | None]
    stack: str
    of_any_stack: frozenset[Named] = frozenset()
    declared_here: frozenset[Named] = frozenset()


class OtherManifests:
    """The other manifests of a repository. Each is read once.

    ``own`` are the real paths of the run's own files: read only as a base of other files.
    Nothing outside ``root`` is read.
    """

    def __init__(self, candidates: Iterable[Candidate], *, root: Path, own: Collection[str] = ()) -> None:
        self.root = root
        self.texts: dict[str, bytes] = {}
        self.declaring: dict[str, Source] = {}
        self.closed: list[Source] = []
        self._parsed: dict[str, list[Any] | None] = {}
        self._words: dict[str, frozenset[bytes]] = {}
        self._bytes = self._parsed_bytes = 0
        bases: list[Candidate] = []
        for count, candidate in enumerate(candidates):
            is_base = any(part.startswith(("_", ".")) for part in candidate.source.file.split("/"))
            is_own = is_base or (candidate.path is not None and str(candidate.path) in own)
            if candidate.path is None or count >= MOST_FILES or self._bytes >= MOST_BYTES:
                self.closed += [] if is_own else [candidate.source]
            elif is_own:
                bases.append(candidate)
            else:
                self._take(candidate.path, candidate.source, is_own=False)
        for candidate in bases if self.declaring else ():
            if candidate.path is not None and self._bytes < MOST_BYTES:
                self._take(candidate.path, candidate.source, is_own=True)

    def search(self, searched: Searched) -> dict[Named, Elsewhere]:
        """The objects that other files declare or may declare, with the file and how certain that is."""
        return _Search(self, searched).found()

    def read(self, real: str) -> bytes:
        """The content of a file; empty if it cannot be read."""
        if real not in self.texts:
            try:
                self.texts[real] = files.read_bytes(real, limit=files.MAX_MANIFEST)
            except UnreadableFile:
                self.texts[real] = b""
        return self.texts[real]

    def values(self, real: str) -> list[Any] | None:
        """The documents of a file; None if it cannot be parsed as YAML."""
        if real not in self._parsed:
            self._parsed[real] = self._parse(self.read(real))
        return self._parsed[real]

    def words(self, real: str) -> frozenset[bytes]:
        """Every word of a file."""
        if real not in self._words:
            self._words[real] = frozenset(_WORD.findall(self.read(real)))
        return self._words[real]

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


class _Search:
    def __init__(self, others: OtherManifests, searched: Searched) -> None:
        self.others, self.searched = others, searched
        self._left = _Names(name for _, name in searched.names - searched.declared_here)
        self._here = _Names(name for _, name in searched.declared_here)

    def found(self) -> dict[Named, Elsewhere]:
        """For each object the most certain declaration."""
        found: dict[Named, Elsewhere] = {}
        closed = [(source, self.searched.names) for source in self.others.closed]
        for source, names, certainty in (
            *self._declared(),
            *((closed_source, names, "unreadable") for closed_source, names in closed),
        ):
            for name in names:
                known = found.get(name)
                if known is None or _CERTAINTY.index(certainty) < _CERTAINTY.index(known.how):
                    found[name] = Elsewhere(source, certainty)
        return found

    def _declared(self) -> Iterator[tuple[Source, Collection[Named], Any]]:
        if not any(map(self._may_have_a_name, self.others.texts)):
            return
        bases = {base for real in self.others.declaring for base in self._extended(real)}
        for real, source in self.others.declaring.items():
            values = self._values(real)
            if values is None:
                text = self.others.read(real)
                yield (
                    source,
                    [named for named in self.searched.names if _stands_in(text, named[1])],
                    "unreadable",
                )
            elif real not in bases:
                for value in values:
                    yield source, *self._of_document(value, real)

    def _may_have_a_name(self, real: str) -> bool:
        """Whether a file may contain a searched name; a name declared here counts only in a file of the cluster."""
        text, words = self.others.read(real), self.others.words(real)
        if _ESCAPE.search(text) is not None or self._left.any_in(words):
            return True
        return self._here.any_in(words) and self._may_be_there(text)

    def _may_be_there(self, text: bytes) -> bool:
        """Whether a file may be of the cluster: it contains the cluster's name, a variable or ``extends``."""
        names = [name.encode("utf-8", "surrogatepass") for name in self.searched.clusters if name]
        return (
            None in self.searched.clusters
            or b"${" in text
            or b"extends" in text
            or any(name in text for name in names)
        )

    def _of_document(self, value: Any, real: str) -> tuple[Collection[Named], str]:
        """The searched objects that a document and those it extends declare, and how certain that is."""
        chain = self._chain(value, real)
        if chain is None:
            return [], "unreadable"
        cluster, stack = (_top(chain, field) for field in ("cluster", "stack"))
        unclear = [
            value_of_field
            for value_of_field in (cluster, stack)
            if isinstance(value_of_field, str) and "${" in value_of_field
        ]
        is_there = cluster in self.searched.clusters or cluster in unclear
        is_it = is_there and ((stack or "default") == self.searched.stack or stack in unclear)
        names = [
            named
            for named in self.searched.names & {*_mentioned(chain)}
            if (is_it and _declares(chain, named))
            or (is_there and named in self.searched.of_any_stack and _creates(chain, named))
            or self._takes(chain, named)
        ]
        return names, "unclear" if unclear else "declared"

    def _takes(self, chain: Sequence[Mapping[str, Any]], named: Named) -> bool:
        """Whether a document of another stack moves the object away from the searched stack."""
        moved = _top(chain, "moved")
        entries = moved if isinstance(moved, list) else [moved]
        if _top(chain, "cluster") not in self.searched.clusters:
            return False
        for entry in entries:
            if not isinstance(entry, dict) or entry.get("stack") != self.searched.stack:
                continue
            if entry.get("from") == "/".join(named) or ("from" not in entry and _declares(chain, named)):
                return True
        return False

    def _chain(self, value: Any, real: str) -> list[Mapping[str, Any]] | None:
        """A document and what it extends, base first; None if it is no manifest."""
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
        """The documents of a file, empty if it holds no searched name; None if it cannot be parsed as YAML."""
        text = self.others.read(real)
        return self.others.values(real) if b"extends" in text or self._may_have_a_name(real) else []


class _Names:
    """A set of names, each as the words that a text with the name contains."""

    def __init__(self, names: Iterable[str]) -> None:
        words = [frozenset(_WORD.findall(name.encode("utf-8", "surrogatepass"))) for name in names]
        self._single = frozenset(next(iter(phrase)) for phrase in words if len(phrase) == 1)
        self._several = [phrase for phrase in words if len(phrase) != 1]

    def any_in(self, words: frozenset[bytes]) -> bool:
        """Whether a text with these words may contain one of the names."""
        return not words.isdisjoint(self._single) or any(phrase <= words for phrase in self._several)


def _stands_in(text: bytes, name: str) -> bool:
    """Whether a text holds the name as a separate word."""
    word = name.encode("utf-8", "surrogatepass")
    start = text.find(word)
    while start >= 0:
        before, after = text[max(start - 1, 0) : start], text[start + len(word) : start + len(word) + 1]
        if not (_OF_A_WORD.match(before) or _OF_A_WORD.match(after)):
            return True
        start = text.find(word, start + 1)
    return False


def _top(chain: Iterable[Mapping[str, Any]], field: str) -> Any:
    """A field's value in the last document that has it."""
    last = None
    for value in chain:
        last = value.get(field, last)
    return last


def _mentioned(chain: Iterable[Mapping[str, Any]]) -> Iterator[Named]:
    """Every object that has an entry in one of the documents, or is named under ``moved``."""
    for value in chain:
        for kind in KINDS.values():
            entries = value.get(kind.section)
            if isinstance(entries, dict):
                yield from ((kind.name, name) for name in entries if isinstance(name, str))
        moved = value.get("moved")
        for entry in moved if isinstance(moved, list) else [moved]:
            origin = entry.get("from") if isinstance(entry, dict) else None
            if isinstance(origin, str):
                kind_name, _, name = origin.partition("/")
                yield kind_name, name


_NOT_DECLARED = object()


def _declares(chain: Iterable[Mapping[str, Any]], named: Named) -> bool:
    """Whether an entry is declared after merging."""
    return _entry(chain, named) is not _NOT_DECLARED


def _creates(chain: Iterable[Mapping[str, Any]], named: Named) -> bool:
    """Whether an entry is declared after merging, and is not external."""
    entry = _entry(chain, named)
    return entry is not _NOT_DECLARED and not (isinstance(entry, dict) and entry.get("external"))


def _entry(chain: Iterable[Mapping[str, Any]], named: Named) -> Any:
    """An entry's value after merging, or ``_NOT_DECLARED``."""
    kind, name = named
    entry: Any = _NOT_DECLARED
    for value in chain:
        entries = value.get(KINDS[kind].section, {})
        if entries is None:
            entry = _NOT_DECLARED
        elif isinstance(entries, dict) and name in entries:
            entry = _NOT_DECLARED if entries[name] is None else entries[name]
    return entry
