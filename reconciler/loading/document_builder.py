"""Builds a document from its parsed form: replaces variables, and reads the files and values that it names."""

from collections.abc import Mapping
from typing import Any

from reconciler.kinds import part_of
from reconciler.loading import interpolate
from reconciler.loading.opened_files import Findings, Raw
from reconciler.loading.secrecy import Secrecy, by_entry, report_misplaced
from reconciler.loading.sources import SourceReader
from reconciler.loading.variables import MissingVariables
from reconciler.model import Diagnostic, Document, Location, Part
from reconciler.model import Path as Steps


class DocumentBuilder:
    """Builds a document; problems are added to ``report`` and ``missing``, invalid parts to ``invalid``."""

    def __init__(self, raw: Raw, report: Findings, missing: MissingVariables) -> None:
        self._raw, self._report, self._missing = raw, report, missing
        self._marks = raw.marks()
        self._landed: dict[Steps, tuple[Part, ...]] = {}
        self.invalid: set[Steps] = set()

    def build(
        self,
        key: tuple[str, int],
        base: tuple[str, int] | None,
        variables: Mapping[str, str],
        secrecy: Secrecy,
        sources: SourceReader,
        *,
        standing: bool,
    ) -> Document:
        """The document with its variables replaced, and the contents of its secrets and configs."""
        value = self._filled(variables, secrecy) if self._raw.varies else self._raw.value
        misplaced = frozenset(self.invalid)

        def problem(path: Steps, message: str, hint: str) -> None:
            if path[:2] not in misplaced:  # else the message would show the misplaced sensitive value
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
            lambda path, name: self._missing.add(name, self._raw.file, self._mark_invalid(path)),
            is_sensitive=secrecy,
            landed=self._landed,
        )
        self._marks = self._raw.marks(value)
        report_misplaced(self._landed, lambda *problem: self._problem("sensitive", *problem))
        return value

    def _mark_invalid(self, path: Steps) -> Location:
        self.invalid.add(part_of(path))
        return self._marks(path)

    def _problem(self, check: str, path: Steps, message: str, hint: str) -> None:
        self._report.add(self._raw.file, Diagnostic(self._mark_invalid(path), "error", check, message, hint))
