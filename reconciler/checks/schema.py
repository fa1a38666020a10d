"""The shape of documents, by the JSON Schemas of ``schemas/``: the only user of jsonschema and jsonschema_rs.

jsonschema_rs says yes in microseconds; only where it says no is jsonschema loaded, to explain. Values of
secrets, webhooks and environment variables are never part of a message.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Any

import jsonschema_rs

from reconciler.checks.base import Suggestions
from reconciler.checks.wording import Explained, explain
from reconciler.kinds import KINDS, SECTIONS, part_of
from reconciler.model import Diagnostic, Document, Documents, Path
from reconciler.resources import SCHEMAS

MOST_ERRORS = 50
"""Errors shown of one document."""
ENTRIES = {*SECTIONS, "removed", "released"}
"""Top-level fields that are maps, each of whose entries stands for itself."""
_BASE = "https://reconciler.invalid/"


def bundle() -> dict[str, Any]:
    """The manifest's schema with those of the kinds inside: one document, for tools that follow no files."""
    names = ("manifest", *KINDS)
    schemas = {
        name: json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8")) for name in names
    }
    for name in KINDS:  # with a $schema of its own, jsonschema would read it without our patterns
        del schemas[name]["$schema"]
    inner = {name: {"$id": f"{name}.schema.json", **schemas[name]} for name in KINDS}
    return {"$id": f"{_BASE}manifest.schema.json", **schemas["manifest"], "$defs": inner}


def check_schema(documents: Documents) -> tuple[Documents, tuple[Diagnostic, ...]]:
    """The documents without their invalid parts, and what is wrong with those parts.

    A place that an error was already reported for gets no second one.
    """
    told = {one.location for one in documents.diagnostics if one.severity == "error"}
    checked: list[Document] = []
    diagnostics: list[Diagnostic] = []
    complete = documents.complete
    suggestions = Suggestions()
    for document in documents.documents:
        if _fast().is_valid(document.value):
            checked.append(_pruned(document, document.invalid) if document.invalid else document)
            continue
        failing = _failing(document.value)
        diagnostics += [one for one in _explained(document, failing, suggestions) if one.location not in told]
        complete = complete and all(len(part) > 1 for part in failing)
        checked.append(_pruned(document, failing | document.invalid))
    placed = tuple(sorted(diagnostics, key=lambda one: one.location))
    return Documents(tuple(checked), documents.diagnostics, complete), placed


@cache
def _fast() -> Any:
    return jsonschema_rs.Draft202012Validator(bundle(), mask="the value")


@cache
def _explaining() -> Any:
    """jsonschema's validator, with patterns read as jsonschema_rs reads them: ``$`` is the end of the text."""
    from jsonschema import Draft202012Validator, ValidationError, validators

    def pattern(_: Any, wanted: str, instance: Any, __: Any) -> Iterator[ValidationError]:
        anchored = re.sub(r"\$$", r"\\Z", wanted)
        if isinstance(instance, str) and not re.search(anchored, instance, re.ASCII):
            yield ValidationError("does not match")

    extend: Any = validators.extend  # its stub leaves the types open
    return extend(Draft202012Validator, {"pattern": pattern})(bundle())


def _failing(value: Mapping[str, Any]) -> set[Path]:
    """The parts of a document that can't be used: top-level fields, entries of one, or fields of an entry.

    Each is asked on its own.
    """
    failing: set[Path] = set()
    for field, content in value.items():
        entries = content if field in ENTRIES and isinstance(content, dict) else None
        if not _fast().is_valid({field: content if entries is None else {}}):
            failing.add((field,))
        for name, entry in (entries or {}).items():
            if not _fast().is_valid({field: {name: entry}}):
                failing |= _failing_fields(field, name, entry)
    return failing


def _failing_fields(section: str, name: str, entry: Any) -> set[Path]:
    """The fields of an entry that fail alone; the whole entry where that does not account for it."""
    if not isinstance(entry, dict) or part_of((section, name, "")) == (section, name):
        return {(section, name)}
    fields = {one for one in entry if not _fast().is_valid({section: {name: {one: entry[one]}}})}
    rest = {one: value for one, value in entry.items() if one not in fields}
    if not fields or not _fast().is_valid({section: {name: rest}}):
        return {(section, name)}
    return {(section, name, one) for one in fields}


def _explained(document: Document, failing: Iterable[Path], suggestions: Suggestions) -> Iterator[Diagnostic]:
    """Diagnostics for the failing parts; jsonschema's reasons, or if it sees none those of jsonschema_rs."""
    reduced = _only(document.value, set(failing))
    found: list[Explained] = []
    refused = False
    for one in islice(_explaining().iter_errors(reduced), 20 * MOST_ERRORS):
        refused = True
        path = tuple(one.absolute_path)
        if not _is_unfilled(document, path, one.instance):
            found += explain(
                path, one.validator, one.validator_value, one.instance, one.schema, suggestions=suggestions
            )
    if not refused:
        rest = islice(_fast().iter_errors(reduced), MOST_ERRORS)
        found = [Explained(tuple(error.instance_path), error.message, "") for error in rest]
    placed = [Diagnostic(document.marks(one.path), "error", "schema", one.message, one.hint) for one in found]
    yield from sorted(placed, key=lambda one: one.location)[:MOST_ERRORS]
    if len(found) > MOST_ERRORS:
        message = f"more than {MOST_ERRORS} errors in this document; these are the first"
        yield Diagnostic(document.marks(()), "error", "schema", message, "correct them, then validate again")


def _is_unfilled(document: Document, path: Path, found: Any) -> bool:
    """Whether a text still holds a variable for which an error was reported."""
    return isinstance(found, str) and "${" in found and part_of(path) in document.invalid


def _only(value: Mapping[str, Any], failing: set[Path]) -> dict[str, Any]:
    """The document with nothing but its failing parts, so that explaining costs no more than they do."""
    reduced: dict[str, Any] = {}
    for field, content in value.items():
        names = {path[1] for path in failing if len(path) > 1 and path[0] == field}
        if isinstance(content, dict) and names and (field,) not in failing:
            reduced[field] = {name: one for name, one in content.items() if name in names}
        elif (field,) in failing or not isinstance(content, dict):
            reduced[field] = content
    return reduced


def _pruned(document: Document, failing: AbstractSet[Path]) -> Document:
    kept: dict[str, Any] = {}
    for field, content in document.value.items():
        if (field,) in failing:
            continue
        names = {path[1] for path in failing if len(path) == 2 and path[0] == field}
        parts: set[tuple[Any, ...]] = {path[1:] for path in failing if len(path) == 3 and path[0] == field}
        kept[field] = _without(content, names, parts) if names or parts else content
    return replace(document, value=kept, invalid=document.invalid | failing)


def _without(entries: Mapping[str, Any], names: set[Any], fields: set[tuple[Any, ...]]) -> dict[str, Any]:
    """The entries of a section without the named ones, and without the named fields of the others."""
    partial = {name for name, _ in fields}
    return {
        name: {one: value for one, value in entry.items() if (name, one) not in fields}
        if name in partial
        else entry
        for name, entry in entries.items()
        if name not in names
    }
