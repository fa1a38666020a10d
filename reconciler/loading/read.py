"""Reads documents: finds files, parses YAML, replaces variables, reads sources, follows ``extends``. Validates nothing.

A mistake in the files is a diagnostic in the result, never an exception. A base is read again for each set of variables
that the documents extending it declare under ``vars``, so that it can serve several environments.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from reconciler.kinds import SECTIONS
from reconciler.loading import files, interpolate
from reconciler.loading.budget import HINT, Budget, BudgetExceeded
from reconciler.loading.document_builder import DocumentBuilder
from reconciler.loading.files import ALLOW, Barred, UnreadableFile
from reconciler.loading.opened_files import Findings, OpenedFiles, Raw
from reconciler.loading.secrecy import Secrecy, secrecy_of
from reconciler.loading.sources import SourceReader, without_posted_secrets
from reconciler.loading.variables import MissingVariables, Values, Variables, declared
from reconciler.model import Diagnostic, Document, Documents, Location
from reconciler.model import Path as Steps

Key = tuple[str, int]
Signature = tuple[object, ...]
"""What a built document depends on: the variables of the documents that extend it, and which are sensitive."""


def read(
    path: Path,
    *,
    root: Path | None = None,
    variables: Mapping[str, str],
    environment: Mapping[str, str],
    mask: Iterable[str] = (),
    barred: Barred = lambda _: "",
) -> Documents:
    """Every document of PATH (a file or a folder) and those they extend.

    ``root`` bounds what may be read (default: the git repository that holds PATH, else its folder).
    ``variables`` are those of --var and --var-file; of ``environment`` only entries that begin with
    ``RECONCILER_VAR_``, ``RECONCILER_SECRET_`` and the age identity are used. ``mask`` are patterns of further
    variables whose values are sensitive. ``barred`` is asked about every file that a manifest or a link names.
    """
    bounds = root.resolve() if root else files.root_of(path)
    reading = _Reading(bounds, Variables(variables, environment), environment, tuple(mask), barred)
    found: list[str] = []
    try:
        reading.find(path, found)
        reading.check_cycles()
        reading.stand(found)
    except BudgetExceeded as error:
        where = Location(files.shown(str(path.resolve())))
        reading.report.fault(str(path), where, str(error), HINT, "budget")
    return reading.documents(found, path)


class _Reading:
    """The state of a run."""

    def __init__(
        self,
        root: Path,
        variables: Variables,
        environment: Mapping[str, str],
        mask: tuple[str, ...],
        barred: Barred,
    ) -> None:
        self.root, self.variables, self.mask, self.barred = root, variables, mask, barred
        self.report, self.budget, self.missing = Findings(), Budget(), MissingVariables()
        self.files = OpenedFiles(self.report, self.budget)
        self.sources = SourceReader(root, environment, self.budget, barred)
        self.links: dict[Key, Raw | None] = {}
        self.made: dict[Key, Document] = {}
        self.shared: dict[tuple[Key, Signature, bool], Key] = {}
        self.counts: dict[str, int] = {}
        self.unfilled: dict[Key, set[str]] = {}

    def find(self, path: Path, found: list[str]) -> None:
        """Open the manifest files of PATH, add them to ``found``, and open all that they extend."""
        for file, trouble in files.manifests(path, self.root, self.barred):
            if trouble:
                where = Location(files.shown(file))
                self.report.fault(file, where, f"{files.shown(file)!r} {trouble}", trouble.hint)
            else:
                found.append(file)
        waiting = [raw for file in found for raw in self.files.open(file)]
        while waiting:
            raw = waiting.pop()
            if raw.key not in self.links:
                base = self.links[raw.key] = self.base(raw)
                waiting += [base] if base else []

    def base(self, raw: Raw) -> Raw | None:
        """The document that a document extends. Its name may hold variables of the run and of the document."""
        name = raw.value.get("extends")
        if not isinstance(name, str):
            return None
        place = raw.marks()(("extends",))
        is_complete = True

        def fault(message: str, hint: str, check: str = "extends") -> None:
            nonlocal is_complete
            is_complete = False
            self.report.fault(raw.file, place, message, hint, check)

        def missing(variable: str) -> None:
            nonlocal is_complete
            is_complete = False
            self.report.broken.add(raw.file)
            self.missing.add(variable, raw.file, place)

        is_sensitive = secrecy_of([raw.value], self.mask)
        for sensitive in sorted(filter(is_sensitive, interpolate.names(name) if "${" in name else ())):
            fault(f"the variable {sensitive} is sensitive, but extends is shown", "write the path without it")
        variables = self.variables.over(self.values(raw, {}))
        name = interpolate.expand(
            name, variables, lambda message, hint: fault(message, hint, "variable"), missing
        )
        if not is_complete:
            return None
        try:
            real = files.within(raw.folder / name, self.root)
            if why := self.barred(real):
                raise UnreadableFile(why, ALLOW)
        except UnreadableFile as error:
            fault(f"{name!r} {error}", error.hint)
            return None
        if not files.is_file(Path(real)):
            fault(f"{name!r} is not a file", "check its name; it is relative to this file")
            return None
        documents = self.files.open(real)
        if len(documents) == 1:
            return documents[0]
        if real not in self.report.broken:
            fault(f"extends needs a file with one document; this one has {len(documents)}", "split it")
        return None

    def values(self, raw: Raw, above: Values) -> Values:
        """The ``vars`` of a document, overridden by ``above``, those of the document that extends it."""
        own = declared(raw.value)
        if raw.varies and any(text and "${" in text for text in own.values()):
            own = {name: self.value(raw, name, text) if text else text for name, text in own.items()}
        return {**own, **above}

    def value(self, raw: Raw, name: str, text: str) -> str | None:
        """A variable under ``vars`` with its references replaced; None if that fails, which is reported."""
        place = raw.marks()(("vars", name))
        declared_names = declared(raw.value)
        is_complete = True

        def fault(message: str, hint: str) -> None:
            nonlocal is_complete
            is_complete = False
            self.report.fault(raw.file, place, message, hint, "variable")

        def missing(variable: str) -> None:
            nonlocal is_complete
            if variable in declared_names:
                message = f"{name} uses {variable}, which is under vars too; variables under vars cannot use each other"
                fault(message, f"write the value of {variable} here, or set it with --var {variable}=…")
                return
            is_complete = False
            self.missing.add(variable, raw.file, place)

        filled = interpolate.expand(text, self.variables.over({}), fault, missing)
        if is_complete:
            return filled
        self.unfilled.setdefault(raw.key, set()).add(name)
        self.missing.explain(name, raw.file)
        return None

    def stand(self, found: Sequence[str]) -> None:
        """Build the documents of all files that no other file extends, and those that they extend.

        The files that secrets and configs name are known only while building. Such a file is no manifest, and a file
        that only it extends is then no base.
        """
        begun: set[str] = set()
        while waiting := [file for file in self.own(found) if file not in begun]:
            for file in waiting:
                begun.add(file)
                if self.files.is_manifest(file):
                    for raw in self.files.open(file):
                        self.chain(raw)

    def own(self, found: Sequence[str]) -> list[str]:
        """The files that no other file extends or names as a source, as far as is known."""
        bases = self.bases()
        return [file for file in found if file not in self.sources.reached and file not in bases]

    def bases(self) -> set[str]:
        """The files that another file extends."""
        data = self.sources.reached
        return {base.file for key, base in self.links.items() if base and key[0] not in data}

    def chain(self, top: Raw) -> None:
        """Build a document that no other extends, and all that it extends."""
        chain: dict[Key, Raw] = {}
        values: Values = {}
        step: Raw | None = top
        while step and step.key not in chain:
            chain[step.key] = step
            values = self.values(step, values)
            self.budget.take("objects, counting every layer of extends", _entries(step))
            step = self.links.get(step.key)
        for name in (name for key in chain for name in self.unfilled.get(key, ())):
            for raw in chain.values():
                self.missing.explain(name, raw.file)
        variables = self.variables.over(values)
        secrecy = secrecy_of((raw.value for raw in chain.values()), self.mask)
        signature = tuple(sorted(values.items(), key=str)), secrecy.sensitive, secrecy.plain
        base: Key | None = None
        varies = False
        for raw in reversed(chain.values()):
            varies = varies or raw.varies
            base = self.document(
                raw, base, variables, secrecy, signature if varies else (), standing=raw is top
            )

    def check_cycles(self) -> None:
        """Report each cycle of ``extends``, at the document in it that was opened first."""
        raws = {raw.key: raw for opened in self.files.by_file.values() for raw in opened}
        settled: set[Key] = set()
        for raw in raws.values():
            chain: dict[Key, Raw] = {}
            step: Raw | None = raw
            while step and step.key not in settled and step.key not in chain:
                chain[step.key] = step
                step = self.links.get(step.key)
            if step and step.key in chain:
                cycle = [*chain][[*chain].index(step.key) :]
                names = " → ".join(files.shown(file) for file, _ in (*cycle, step.key))
                message = f"extends forms a cycle: {names}"
                place = step.marks()(("extends",))
                self.report.fault(step.file, place, message, "remove one of these", "extends")
            settled |= chain.keys()

    def document(
        self,
        raw: Raw,
        base: Key | None,
        variables: Mapping[str, str],
        secrecy: Secrecy,
        signature: Signature,
        *,
        standing: bool,
    ) -> Key:
        """Build a document once for each set of variables that it depends on, and return its key."""
        known = self.shared.get((raw.key, signature, standing))
        if known is not None:
            return known
        key = raw.key if standing else (raw.file, self.counts.get(raw.file, 0))
        self.counts[raw.file] = self.counts.get(raw.file, 0) + 1
        self.shared[raw.key, signature, standing] = key
        if raw.varies:
            self.budget.take("values", raw.parsed.count if signature and signature[0] else 0)
        builder = DocumentBuilder(raw, self.report, self.missing)
        self.made[key] = builder.build(key, base, variables, secrecy, self.sources, standing=standing)
        if any(len(path) == 1 for path in builder.invalid):
            self.report.broken.add(raw.file)
        return key

    def documents(self, found: Sequence[str], path: Path) -> Documents:
        """The documents and diagnostics, without those of files that turned out to be no manifests."""
        own = set(self.own(found))
        kept = own | self.bases()
        for file in kept - own:
            self.files.is_manifest(file, extended=True)
        documents = without_posted_secrets(
            [document for document in self.made.values() if document.key[0] in kept], self.report_in
        )
        if not any(document.standing for document in documents) and not any(self.report.by_file.values()):
            where = Location(files.shown(str(path.resolve())))
            hint = "give a *.yaml file, or a folder that contains one"
            self.report.fault(str(path), where, "no manifest here", hint)
        for raw in (raw for file in found if file not in own for raw in self.files.open(file)):
            if raw.value.get("cluster"):
                self.warn_shadowed(raw)
        unopened = [file for file in self.report.by_file if file not in self.files.by_file]
        diagnostics = [
            diagnostic for file in (*unopened, *kept) for diagnostic in self.report.by_file.get(file, ())
        ]
        held = [file for file in found if file not in kept]
        diagnostics += [
            diagnostic
            for file in held
            for diagnostic in self.report.by_file.get(file, ())
            if diagnostic.severity == "warning"
        ]
        diagnostics += self.missing.diagnostics(kept)
        broken = self.report.broken - (self.sources.reached - kept)
        return Documents(
            _in_order(documents, self.files.by_file), tuple(sorted(diagnostics, key=_place)), not broken
        )

    def report_in(self, document: Document, path: Steps, message: str, hint: str) -> None:
        error = Diagnostic(document.marks(path), "error", "source", message, hint)
        self.report.add(document.key[0], error)

    def warn_shadowed(self, raw: Raw) -> None:
        message = (
            "another file extends or names this file, so it is not applied on its own: its cluster is ignored"
        )
        hint = "move the shared part to a file whose name begins with _"
        location = raw.marks()(("cluster",))
        self.report.add(raw.file, Diagnostic(location, "warning", "extends", message, hint))


def _entries(raw: Raw) -> int:
    """The number of objects that a document declares."""
    return sum(len(entries) for section in SECTIONS if isinstance(entries := raw.value.get(section), dict))


def _in_order(documents: Sequence[Document], opened: Iterable[str]) -> tuple[Document, ...]:
    """Documents in the order in which their files were opened."""
    place = {file: number for number, file in enumerate(opened)}
    return tuple(sorted(documents, key=lambda document: (place[document.key[0]], document.key)))


def _place(diagnostic: Diagnostic) -> Location:
    return diagnostic.location
