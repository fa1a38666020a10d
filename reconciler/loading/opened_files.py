"""Parses manifest files, each once. Replaces no variables and follows no ``extends``."""

from pathlib import Path
from typing import Any, NamedTuple

from reconciler.loading import files
from reconciler.loading.budget import Budget
from reconciler.loading.files import UnreadableFile
from reconciler.loading.foreign import foreign_format
from reconciler.loading.parse import Parsed, Place, parse
from reconciler.model import Diagnostic, Location, Marks
from reconciler.model import Path as Steps

MOST_SHOWN = 200
"""Errors of a file that are shown; a hostile file may hold very many."""
FOREIGN_HINT = (
    "every *.yaml and *.yml below PATH is read as a manifest: keep manifests in a separate folder, or begin the "
    "names of other files with _"
)


class Raw(NamedTuple):
    """A parsed document, without variables replaced and not validated.

    ``key`` is its file's real path and its index there; ``varies``: it holds references to variables.
    """

    key: tuple[str, int]
    value: dict[str, Any]
    start: Place
    parsed: Parsed
    varies: bool

    @property
    def file(self) -> str:
        """The real path of its file."""
        return self.key[0]

    @property
    def folder(self) -> Path:
        """The folder to which file names in the document are relative."""
        return Path(self.key[0]).parent

    def marks(self, value: Any = None) -> Marks:
        """A function from paths in the document (or in ``value``, which was built from it) to their places."""
        return _marks_over(
            files.shown(self.file), self.value if value is None else value, self.start, self.parsed
        )


class Findings:
    """Collects the diagnostics of each file, each once, and the files that cannot be used (``broken``)."""

    def __init__(self) -> None:
        self.by_file: dict[str, dict[Diagnostic, None]] = {}
        self.broken: set[str] = set()

    def add(self, file: str, diagnostic: Diagnostic) -> None:
        """Add a diagnostic; each file keeps up to ``MOST_SHOWN``."""
        found = self.by_file.setdefault(file, {})
        if len(found) < MOST_SHOWN:
            found[diagnostic] = None

    def fault(self, file: str, location: Location, message: str, hint: str = "", check: str = "file") -> None:
        """Add an error after which ``file`` cannot be used."""
        self.broken.add(file)
        self.add(file, Diagnostic(location, "error", check, message, hint))


class OpenedFiles:
    """Opens files; ``by_file`` holds the documents of every opened file."""

    def __init__(self, report: Findings, budget: Budget) -> None:
        self.report, self.budget = report, budget
        self.by_file: dict[str, list[Raw]] = {}
        self._parsed: dict[str, Parsed] = {}

    def open(self, file: str) -> list[Raw]:
        """The documents of a file that are maps. Raises BudgetExceeded."""
        if file in self.by_file:
            return self.by_file[file]
        documents = self.by_file[file] = []
        name = files.shown(file)
        try:
            content = files.read_bytes(file, limit=files.MAX_MANIFEST)
            text = files.text_of(content).removeprefix("\ufeff")
        except UnreadableFile as error:
            self.report.fault(file, Location(name), f"{name!r} {error}", error.hint)
            return documents
        self.budget.take("files")
        self.budget.take("bytes of manifests", len(content))
        parsed = self._parsed[file] = parse(text)
        if not parsed.whole:
            self.report.broken.add(file)
        self.budget.take("documents", len(parsed.values))
        self.budget.take("values", parsed.count)
        varies = "${" in text
        for index, (value, start) in enumerate(zip(parsed.values, parsed.starts, strict=True)):
            if isinstance(value, dict):
                documents.append(Raw((file, index), value, start, parsed, varies))
        return documents

    def is_manifest(self, file: str, *, extended: bool = False) -> bool:
        """Whether a file is a manifest; reports the errors in its text, once.

        A file that is no manifest gets a single error. A file that another file extends always counts as a manifest.
        """
        parsed = self._parsed.get(file)
        if parsed is None:
            return False
        name = files.shown(file)
        foreign = "" if extended else foreign_format(parsed.values)
        if foreign:
            message = f"not a manifest: it looks like {foreign}"
            self.report.fault(file, Location(name, *parsed.starts[0]), message, FOREIGN_HINT, "yaml")
            return False
        for problem in parsed.problems:
            location = Location(name, *problem.place)
            self.report.add(file, Diagnostic(location, "error", "yaml", problem.message, problem.hint))
        for value, start in zip(parsed.values, parsed.starts, strict=True):
            if not isinstance(value, dict):
                location = Location(name, *start)
                self.report.fault(file, location, "a manifest is a map", "begin with cluster: …", "yaml")
        return True


def _marks_over(name: str, value: Any, start: Place, parsed: Parsed) -> Marks:
    """A function from paths in a document to their places, computed when called."""
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
