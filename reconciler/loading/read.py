"""Files to documents: discovery, YAML, variables, outside contents, and who extends whom. Judges no shape.

A mistake in the files is a diagnostic in the answer, never an exception. A document that others extend is read
anew for each set of variables that those above it declare under ``vars``: one base serves several environments.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from reconciler.kinds import SECTIONS
from reconciler.loading import files, interpolate
from reconciler.loading.budget import HINT, Budget, UsedUp
from reconciler.loading.files import UnreadableFile
from reconciler.loading.making import Making
from reconciler.loading.opening import Findings, OpenedFiles, Raw
from reconciler.loading.secrecy import Secrecy, secrecy_of
from reconciler.loading.sources import Barred, SourceReader, without_posted_secrets
from reconciler.loading.variables import MissingVariables, Values, Variables, declared
from reconciler.model import Diagnostic, Document, Documents, Location
from reconciler.model import Path as Steps

Key = tuple[str, int]
Signature = tuple[object, ...]
"""What a document looks like depends on: the variables of those above it, and what they say of them."""


def read(
    path: Path,
    *,
    root: Path | None = None,
    variables: Mapping[str, str],
    environment: Mapping[str, str],
    mask: Iterable[str] = (),
    barred: Barred = lambda _: "",
) -> Documents:
    """Every document of PATH (a file or a folder) and what they extend.

    ``root`` bounds what may be read (default: the git repository that holds PATH, else its folder).
    ``variables`` are those of --var and --var-file; of ``environment`` only entries that begin with
    ``RECONCILER_VAR_``, ``RECONCILER_SECRET_`` and the age identity are looked at. ``mask`` are patterns of further
    variables whose values are sensitive. ``barred`` says of a file that a source names why it must not be read.
    """
    bounds = root.resolve() if root else files.root_of(path)
    reading = _Reading(bounds, Variables(variables, environment), environment, tuple(mask), barred)
    found: list[str] = []
    try:
        reading.find(path, found)
        reading.check_circles()
        reading.stand(found)
    except UsedUp as error:
        where = Location(files.shown(str(path.resolve())))
        reading.report.fault(str(path), where, str(error), HINT, "budget")
    return reading.documents(found, path)


class _Reading:
    """The state of one run."""

    def __init__(
        self,
        root: Path,
        variables: Variables,
        environment: Mapping[str, str],
        mask: tuple[str, ...],
        barred: Barred,
    ) -> None:
        self.root, self.variables, self.mask = root, variables, mask
        self.report, self.budget, self.missing = Findings(), Budget(), MissingVariables()
        self.files = OpenedFiles(self.report, self.budget)
        self.sources = SourceReader(root, environment, self.budget, barred)
        self.links: dict[Key, Raw | None] = {}
        self.made: dict[Key, Document] = {}
        self.shared: dict[tuple[Key, Signature, bool], Key] = {}
        self.counts: dict[str, int] = {}
        self.unfilled: dict[Key, set[str]] = {}

    def find(self, path: Path, found: list[str]) -> None:
        """Opens the manifest files of PATH, which are added to ``found``, and all that they extend."""
        for file, trouble in files.manifests(path, self.root):
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
        """What a document extends. The name may hold variables from outside and of the document's own."""
        name = raw.value.get("extends")
        if not isinstance(name, str):
            return None
        place = raw.marks()(("extends",))
        sound = True

        def fault(message: str, hint: str, check: str = "extends") -> None:
            nonlocal sound
            sound = False
            self.report.fault(raw.file, place, message, hint, check)

        def missing(variable: str) -> None:
            nonlocal sound
            sound = False
            self.report.broken.add(raw.file)
            self.missing.add(variable, raw.file, place)

        is_sensitive = secrecy_of([raw.value], self.mask)
        for one in sorted(filter(is_sensitive, interpolate.names(name) if "${" in name else ())):
            fault(f"the variable {one} is sensitive, and extends is shown", "name the file without it")
        variables = self.variables.over(self.values(raw, {}))
        name = interpolate.expand(
            name, variables, lambda message, hint: fault(message, hint, "variable"), missing
        )
        if not sound:
            return None
        try:
            real = files.within(raw.folder / name, self.root)
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
        """The ``vars`` of a document below those of what extends it. They may use variables from outside."""
        own = declared(raw.value)
        if raw.varies and any(one and "${" in one for one in own.values()):
            own = {name: self.value(raw, name, text) if text else text for name, text in own.items()}
        return {**own, **above}

    def value(self, raw: Raw, name: str, text: str) -> str | None:
        """One of a document's ``vars``, filled in; None where it can't be, which is reported here alone."""
        place = raw.marks()(("vars", name))
        beside = declared(raw.value)
        sound = True

        def fault(message: str, hint: str) -> None:
            nonlocal sound
            sound = False
            self.report.fault(raw.file, place, message, hint, "variable")

        def missing(variable: str) -> None:
            nonlocal sound
            if variable in beside:
                message = f"{name} uses {variable}, which is under vars too; these can't use each other"
                fault(message, f"write the value of {variable} here, or give it with --var {variable}=…")
                return
            sound = False
            self.missing.add(variable, raw.file, place)

        filled = interpolate.expand(text, self.variables.over({}), fault, missing)
        if sound:
            return filled
        self.unfilled.setdefault(raw.key, set()).add(name)
        self.missing.explain(name, raw.file)
        return None

    def stand(self, found: Sequence[str]) -> None:
        """Makes the documents of all files that stand on their own, and those that they extend.

        Which files a secret or config holds shows only on the way. Such a file is no manifest, and what it
        alone seemed to extend stands on its own.
        """
        begun: set[str] = set()
        while waiting := [file for file in self.own(found) if file not in begun]:
            for file in waiting:
                begun.add(file)
                if self.files.is_manifest(file):
                    for raw in self.files.open(file):
                        self.chain(raw)

    def own(self, found: Sequence[str]) -> list[str]:
        """The files that stand on their own, as far as is known."""
        bases = self.bases()
        return [file for file in found if file not in self.sources.reached and file not in bases]

    def bases(self) -> set[str]:
        """The files that another one extends."""
        data = self.sources.reached
        return {base.file for key, base in self.links.items() if base and key[0] not in data}

    def chain(self, top: Raw) -> None:
        """Makes a document that stands on its own, and all that it extends."""
        chain: dict[Key, Raw] = {}
        values: Values = {}
        step: Raw | None = top
        while step and step.key not in chain:
            chain[step.key] = step
            values = self.values(step, values)
            self.budget.take("objects, counting every layer of extends", _entries(step))
            step = self.links.get(step.key)
        for name in (name for one in chain for name in self.unfilled.get(one, ())):
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

    def check_circles(self) -> None:
        """Reports each chain of ``extends`` that closes on itself, at the document of it that was opened first."""
        raws = {raw.key: raw for opened in self.files.by_file.values() for raw in opened}
        settled: set[Key] = set()
        for raw in raws.values():
            chain: dict[Key, Raw] = {}
            step: Raw | None = raw
            while step and step.key not in settled and step.key not in chain:
                chain[step.key] = step
                step = self.links.get(step.key)
            if step and step.key in chain:
                circle = [*chain][[*chain].index(step.key) :]
                names = " → ".join(files.shown(file) for file, _ in (*circle, step.key))
                message = f"extends goes in a circle: {names}"
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
        """Makes a document, once for each set of variables that matter to it, and answers its key."""
        known = self.shared.get((raw.key, signature, standing))
        if known is not None:
            return known
        key = raw.key if standing else (raw.file, self.counts.get(raw.file, 0))
        self.counts[raw.file] = self.counts.get(raw.file, 0) + 1
        self.shared[raw.key, signature, standing] = key
        if raw.varies:
            self.budget.take("values", raw.parsed.count if signature and signature[0] else 0)
        making = Making(raw, self.report, self.missing)
        self.made[key] = making.made(key, base, variables, secrecy, self.sources, standing=standing)
        if any(len(path) == 1 for path in making.invalid):
            self.report.broken.add(raw.file)
        return key

    def documents(self, found: Sequence[str], path: Path) -> Documents:
        """The outcome, without what belongs to files that turned out to be no manifests."""
        own = set(self.own(found))
        kept = own | self.bases()
        for file in kept - own:
            self.files.is_manifest(file, extended=True)
        documents = without_posted_secrets(
            [one for one in self.made.values() if one.key[0] in kept], self.report_in
        )
        if not any(one.standing for one in documents) and not any(self.report.by_file.values()):
            where = Location(files.shown(str(path.resolve())))
            hint = "give a *.yaml file, or a folder that holds one"
            self.report.fault(str(path), where, "no manifest here", hint)
        for raw in (raw for file in found if file not in own for raw in self.files.open(file)):
            if raw.value.get("cluster"):
                self.warn_shadowed(raw)
        unopened = [file for file in self.report.by_file if file not in self.files.by_file]
        diagnostics = [one for file in (*unopened, *kept) for one in self.report.by_file.get(file, ())]
        held = [file for file in found if file not in kept]
        diagnostics += [
            one for file in held for one in self.report.by_file.get(file, ()) if one.severity == "warning"
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
        message = "another file extends or holds this one, so it is no manifest of its own: its cluster is left alone"
        hint = "move what is shared to a file whose name begins with _"
        location = raw.marks()(("cluster",))
        self.report.add(raw.file, Diagnostic(location, "warning", "extends", message, hint))


def _entries(raw: Raw) -> int:
    """How many objects a document declares."""
    return sum(len(one) for section in SECTIONS if isinstance(one := raw.value.get(section), dict))


def _in_order(documents: Sequence[Document], opened: Iterable[str]) -> tuple[Document, ...]:
    """Documents in the order in which their files were opened."""
    place = {file: number for number, file in enumerate(opened)}
    return tuple(sorted(documents, key=lambda one: (place[one.key[0]], one.key)))


def _place(one: Diagnostic) -> Location:
    return one.location
