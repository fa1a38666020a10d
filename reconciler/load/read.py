"""Files to documents: discovery, YAML, variables, outside contents, and who extends whom. Judges no shape.

A mistake in the files is a diagnostic in the answer, never an exception.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from reconciler.load import files, interpolate
from reconciler.load.files import Unreadable
from reconciler.load.parse import Parsed, Place, parse
from reconciler.load.sources import Sources
from reconciler.model import Diagnostic, Document, Documents, Location, Marks
from reconciler.model import Path as Steps

Key = tuple[str, int]
MOST_SHOWN = 200
"""Errors shown of one file; a file can be made to hold any number of them."""


def read(
    path: Path, *, root: Path | None = None, variables: Mapping[str, str], environment: Mapping[str, str]
) -> Documents:
    """Every document of PATH (a file or a folder) and what they extend.

    ``root`` bounds what may be read (default: the git repository that holds PATH, else its folder).
    ``variables`` are those of --var and --var-file; of ``environment`` only entries that begin with
    ``RECONCILER_VAR_``, ``RECONCILER_SECRET_`` and the age identity are looked at.
    """
    bounds = root.resolve() if root else files.root_of(path)
    prefix = interpolate.PREFIX
    given = {name[len(prefix) :]: value for name, value in environment.items() if name.startswith(prefix)}
    reading = _Reading(bounds, {**given, **variables}, Sources(bounds, environment))
    found: list[str] = []
    for file, trouble in files.manifests(path, bounds):
        if trouble:
            reading.fault(file, Location(files.shown(file)), f"{files.shown(file)!r} {trouble}", trouble.hint)
        else:
            found.append(file)
            reading.open(file)
    while reading.waiting:
        reading.open(reading.waiting.pop())
    return reading.documents(found, path)


class _Reading:
    """The state of one run: each file is opened once, whoever names it."""

    def __init__(self, root: Path, variables: Mapping[str, str], sources: Sources) -> None:
        self.root, self.variables, self.sources = root, variables, sources
        self.by_file: dict[str, list[Document]] = {}
        self.diagnostics: dict[str, list[Diagnostic]] = {}
        self.broken: set[str] = set()
        self.waiting: list[str] = []

    def fault(self, file: str, location: Location, message: str, hint: str = "", check: str = "file") -> None:
        """A problem after which ``file`` can't be made sense of."""
        self.broken.add(file)
        self.diagnostics.setdefault(file, []).append(Diagnostic(location, "error", check, message, hint))

    def open(self, file: str) -> list[Document]:
        if file in self.by_file:
            return self.by_file[file]
        documents = self.by_file[file] = []
        name = files.shown(file)
        self.diagnostics.setdefault(file, [])
        try:
            content = files.read_bytes(file, limit=files.MAX_MANIFEST)
            text = files.text_of(content).removeprefix("\ufeff")
        except Unreadable as error:
            self.fault(file, Location(name), f"{name!r} {error}", error.hint)
            return documents
        parsed = parse(text)
        for problem in parsed.problems:
            location = Location(name, *problem.place)
            self.diagnostics[file].append(
                Diagnostic(location, "error", "yaml", problem.message, problem.hint)
            )
        if not parsed.whole:
            self.broken.add(file)
        for index, (value, start) in enumerate(zip(parsed.values, parsed.starts, strict=True)):
            if isinstance(value, dict):
                documents.append(self.document((file, index), value, start, parsed, "${" in text))
            else:
                self.fault(
                    file, Location(name, *start), "a manifest is a map", "begin with cluster: …", "yaml"
                )
        return documents

    def document(self, key: Key, value: Any, start: Place, parsed: Parsed, variables: bool) -> Document:
        file, _ = key
        invalid: set[Steps] = set()
        marks = marks_over(files.shown(file), value, start, parsed)

        def report(check: str, path: Steps, message: str, hint: str) -> None:
            invalid.add(path[:3] if path[0] == "services" else path[:2])
            if len(self.diagnostics[file]) < MOST_SHOWN:
                self.diagnostics[file].append(Diagnostic(marks(path), "error", check, message, hint))

        if variables:
            value = interpolate.interpolate(
                value, parsed.places, self.variables, lambda *problem: report("variable", *problem)
            )
            marks = marks_over(files.shown(file), value, start, parsed)
        folder = Path(file).parent
        contents = self.sources.contents(value, folder, lambda *problem: report("source", *problem))
        base: Key | None = None
        if isinstance(value.get("extends"), str) and ("extends",) not in invalid:
            base = self.base(
                value["extends"], folder, lambda *problem: report("extends", ("extends",), *problem)
            )
        if any(len(path) == 1 for path in invalid):
            self.broken.add(file)
        return Document(key, value, marks, base, contents, frozenset(invalid))

    def base(self, name: str, folder: Path, report: Callable[[str, str], None]) -> Key | None:
        try:
            real = files.within(folder / name, self.root)
        except Unreadable as error:
            report(f"{name!r} {error}", error.hint)
            return None
        if not files.is_file(Path(real)):
            report(f"{name!r} is not a file", "check its name; it is relative to this file")
            return None
        self.waiting.append(real)
        return real, 0

    def documents(self, found: list[str], path: Path) -> Documents:
        """The outcome: who stands on its own, which chains of ``extends`` close on themselves."""
        everything = {one.key: one for documents in self.by_file.values() for one in documents}
        data = self.sources.reached
        bases = {one.extends[0] for one in everything.values() if one.extends and one.key[0] not in data}
        self.check_bases(everything)
        own = [file for file in found if file not in data and file not in bases]
        kept = [file for file in self.by_file if file in own or file in bases]
        documents = tuple(_standing(one, file in own) for file in kept for one in self.by_file[file])
        if not any(one.standing for one in documents) and not any(self.diagnostics.values()):
            where = files.shown(str(path.resolve()))
            self.fault(
                str(path),
                Location(where),
                "no manifest here",
                "give a *.yaml file, or a folder that holds one",
            )
        for one in everything.values():
            if one.key[0] in found and one.key[0] not in own and one.value.get("cluster"):
                self.warn_shadowed(one)
        unopened = [file for file in self.diagnostics if file not in self.by_file]
        diagnostics = [one for file in (*unopened, *kept) for one in self.diagnostics[file]]
        held = [file for file in found if file not in kept]
        diagnostics += [one for file in held for one in self.diagnostics[file] if one.severity == "warning"]
        return Documents(
            documents, tuple(sorted(diagnostics, key=_place)), not self.broken - (data - set(kept))
        )

    def warn_shadowed(self, document: Document) -> None:
        location = document.marks(("cluster",))
        message = "another file extends or holds this one, so it is no manifest of its own: its cluster is left alone"
        hint = "move what is shared to a file whose name begins with _"
        self.diagnostics[document.key[0]].append(Diagnostic(location, "warning", "extends", message, hint))

    def check_bases(self, everything: Mapping[Key, Document]) -> None:
        """Reports each base of several documents, and each chain of ``extends`` that closes on itself."""
        for one in everything.values():
            if one.extends is None or one.extends[0] in self.broken:
                continue
            count = len(self.by_file[one.extends[0]])
            if count != 1:
                message = f"extends needs a file with one document; this one has {count}"
                self.fault(one.key[0], one.marks(("extends",)), message, "split it", "extends")
        settled: set[Key] = set()
        for one in everything.values():
            chain: dict[Key, Document] = {}
            step: Document | None = one
            while step and step.key not in settled and step.key not in chain:
                chain[step.key] = step
                step = everything.get(step.extends) if step.extends else None
            if step and step.key in chain:
                circle = [*chain][[*chain].index(step.key) :]
                names = " → ".join(files.shown(file) for file, _ in (*circle, step.key))
                message = f"extends goes in a circle: {names}"
                self.fault(step.key[0], step.marks(("extends",)), message, "remove one of these", "extends")
            settled |= chain.keys()


def marks_over(name: str, value: Any, start: Place, parsed: Parsed) -> Marks:
    """Where things stand in a document: worked out only when asked."""
    places = parsed.places

    def marks(path: Steps) -> Location:
        node, place = value, start
        for step in path:
            try:
                place, node = places[id(node)][step], node[step]
            except (KeyError, IndexError, TypeError):
                break
        return Location(name, *place)

    return marks


def _standing(document: Document, standing: bool) -> Document:
    return document if document.standing == standing else replace(document, standing=standing)


def _place(one: Diagnostic) -> Location:
    return one.location
