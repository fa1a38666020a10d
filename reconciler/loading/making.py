"""One document as read to one with its variables filled in and its outside contents at hand."""

from collections.abc import Mapping
from typing import Any

from reconciler.kinds import part_of
from reconciler.loading import interpolate
from reconciler.loading.opening import Findings, Raw
from reconciler.loading.secrecy import Secrecy, by_entry, report_misplaced
from reconciler.loading.sources import SourceReader
from reconciler.loading.variables import MissingVariables
from reconciler.model import Diagnostic, Document, Location, Part
from reconciler.model import Path as Steps


class Making:
    """What is found out about one document on the way; problems go to ``report`` and ``missing``."""

    def __init__(self, raw: Raw, report: Findings, missing: MissingVariables) -> None:
        self._raw, self._report, self._missing = raw, report, missing
        self._marks = raw.marks()
        self._landed: dict[Steps, tuple[Part, ...]] = {}
        self.invalid: set[Steps] = set()

    def made(
        self,
        key: tuple[str, int],
        base: tuple[str, int] | None,
        variables: Mapping[str, str],
        secrecy: Secrecy,
        sources: SourceReader,
        *,
        standing: bool,
    ) -> Document:
        """The document, filled in where it has variables."""
        value = self._filled(variables, secrecy) if self._raw.varies else self._raw.value
        misplaced = frozenset(self.invalid)

        def problem(path: Steps, message: str, hint: str) -> None:
            if path[:2] not in misplaced:  # else the message would show what may not stand there
                self._problem("source", path, message, hint)

        contents = sources.contents(value, self._raw.folder, problem)
        landed = by_entry(self._landed)
        return Document(key, value, self._marks, base, contents, frozenset(self.invalid), standing, landed)

    def _filled(self, variables: Mapping[str, str], secrecy: Secrecy) -> Any:
        value = interpolate.interpolate(
            self._raw.value,
            self._raw.parsed.places,
            variables,
            lambda *problem: self._problem("variable", *problem),
            lambda path, name: self._missing.add(name, self._raw.file, self._spoiled(path)),
            is_sensitive=secrecy,
            landed=self._landed,
        )
        self._marks = self._raw.marks(value)
        report_misplaced(self._landed, lambda *problem: self._problem("sensitive", *problem))
        return value

    def _spoiled(self, path: Steps) -> Location:
        self.invalid.add(part_of(path))
        return self._marks(path)

    def _problem(self, check: str, path: Steps, message: str, hint: str) -> None:
        self._report.add(self._raw.file, Diagnostic(self._spoiled(path), "error", check, message, hint))
