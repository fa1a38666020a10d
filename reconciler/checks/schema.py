"""Validates documents with the JSON Schemas of ``schemas/``.

jsonschema_rs validates within microseconds; jsonschema is imported only to explain a failure. Values of
secrets, webhooks and environment variables are never part of a message.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from itertools import islice
from typing import Any

import jsonschema_rs
from msgspec.structs import replace

from reconciler.checks.base import Suggestions
from reconciler.checks.wording import Explained, explain
from reconciler.kinds import KINDS, SECTIONS, part_of
from reconciler.model import Diagnostic, Document, Documents, Path
from reconciler.resources import SCHEMAS

MOST_ERRORS = 50
"""Errors of a document that are shown."""
ENTRIES = {*SECTIONS, "removed", "released"}
"""Top-level fields that are maps with independent entries."""
_BASE = "https://reconciler.invalid/"


def bundle() -> dict[str, Any]:
    """The manifest's schema with the schemas of the kinds in ``$defs``, as a single document."""
    names = ("manifest", *KINDS)
    schemas = {
        name: json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8")) for name in names
    }
    for name in KINDS:  # with its own $schema, jsonschema would validate it without our patterns
        del schemas[name]["$schema"]
    inner = {name: {"$id": f"{name}.schema.json", **schemas[name]} for name in KINDS}
    return {"$id": f"{_BASE}manifest.schema.json", **schemas["manifest"], "$defs": inner}


def check_schema(documents: Documents) -> tuple[Documents, tuple[Diagnostic, ...]]:
    """The documents without their invalid parts, and the errors in those parts.

    A place with an earlier error gets no second error.
    """
    reported = {diagnostic.location for diagnostic in documents.diagnostics if diagnostic.severity == "error"}
    checked: list[Document] = []
    diagnostics: list[Diagnostic] = []
    complete = documents.complete
    suggestions = Suggestions()
    for document in documents.documents:
        if _fast().is_valid(document.value):
            checked.append(_pruned(document, document.invalid) if document.invalid else document)
            continue
        failing = _failing(document.value)
        diagnostics += [
            diagnostic
            for diagnostic in _explained(document, failing, suggestions)
            if diagnostic.location not in reported
        ]
        complete = complete and all(
            len(part) > 1 or _can_be_left_out(document.value, str(part[0])) for part in failing
        )
        checked.append(_pruned(document, failing | document.invalid))
    placed = tuple(sorted(diagnostics, key=lambda diagnostic: diagnostic.location))
    return Documents(tuple(checked), documents.diagnostics, complete), placed


@cache
def _fast() -> Any:
    return jsonschema_rs.Draft202012Validator(bundle(), mask="the value")


@cache
def _explaining() -> Any:
    """jsonschema's validator, with patterns as in jsonschema_rs: ``$`` is the end of the text."""
    from jsonschema import Draft202012Validator, ValidationError, validators

    def pattern(_: Any, expression: str, instance: Any, __: Any) -> Iterator[ValidationError]:
        anchored = re.sub(r"\$$", r"\\Z", expression)
        if isinstance(instance, str) and not re.search(anchored, instance, re.ASCII):
            yield ValidationError("does not match")

    extend: Any = validators.extend  # its stub has no type for this
    return extend(Draft202012Validator, {"pattern": pattern})(bundle())


def _can_be_left_out(value: Mapping[str, Any], field: str) -> bool:
    """Whether the rest of a document can be checked without a top-level field: an unknown field that is no
    misspelled section, since it holds no map, and no misspelled ``cluster``, since the document has one.
    """
    return field not in _fields() and "cluster" in value and not isinstance(value[field], dict)


@cache
def _fields() -> frozenset[str]:
    """The top-level fields of a manifest."""
    return frozenset(bundle()["properties"])


def _failing(value: Mapping[str, Any]) -> set[Path]:
    """The invalid parts of a document: top-level fields, their entries, or fields of an entry.

    Each part is validated alone.
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
    """The fields of an entry that are invalid alone; the whole entry if these do not explain the error."""
    if not isinstance(entry, dict) or part_of((section, name, "")) == (section, name):
        return {(section, name)}
    fields = {field for field in entry if not _fast().is_valid({section: {name: {field: entry[field]}}})}
    rest = {field: value for field, value in entry.items() if field not in fields}
    if not fields or not _fast().is_valid({section: {name: rest}}):
        return {(section, name)}
    return {(section, name, field) for field in fields}


def _explained(document: Document, failing: Iterable[Path], suggestions: Suggestions) -> Iterator[Diagnostic]:
    """Diagnostics for the failing parts, explained by jsonschema, or by jsonschema_rs if jsonschema finds no error."""
    reduced = _only(document.value, set(failing))
    found: list[Explained] = []
    refused = False
    for violation in islice(_explaining().iter_errors(reduced), 20 * MOST_ERRORS):
        refused = True
        path = tuple(violation.absolute_path)
        if not _is_unfilled(document, path, violation.instance):
            found += explain(
                path,
                violation.validator,
                violation.validator_value,
                violation.instance,
                violation.schema,
                suggestions=suggestions,
            )
    if not refused:
        rest = islice(_fast().iter_errors(reduced), MOST_ERRORS)
        found = [Explained(tuple(error.instance_path), error.message, "", "") for error in rest]
    placed = [
        Diagnostic(document.marks(explained.path), "error", "schema", explained.message, explained.hint)
        for explained in _one_per_mistake(found)
    ]
    yield from sorted(placed, key=lambda explained: explained.location)[:MOST_ERRORS]
    if len(found) > MOST_ERRORS:
        message = f"more than {MOST_ERRORS} errors in this document; these are the first"
        yield Diagnostic(document.marks(()), "error", "schema", message, "correct them, then validate again")


def _one_per_mistake(found: Iterable[Explained]) -> Iterator[Explained]:
    """The errors without those that follow from another error at the same place, such as a wrong type of a value
    that is not accepted.

    Several fields may be missing at a place.
    """
    refused: set[Path] = set()
    missing: set[Explained] = set()
    for mistake in sorted(found, key=lambda mistake: ("type", "uniqueItems").count(mistake.keyword)):
        if mistake.keyword == "required":
            if mistake not in missing:
                missing.add(mistake)
                yield mistake
        elif mistake.path not in refused:
            refused.add(mistake.path)
            yield mistake


def _is_unfilled(document: Document, path: Path, found: Any) -> bool:
    """Whether a text contains a variable that could not be replaced, which was already reported."""
    return isinstance(found, str) and "${" in found and part_of(path) in document.invalid


def _only(value: Mapping[str, Any], failing: set[Path]) -> dict[str, Any]:
    """The document with only its failing parts, so that only these are explained."""
    reduced: dict[str, Any] = {}
    for field, content in value.items():
        names = {path[1] for path in failing if len(path) > 1 and path[0] == field}
        if isinstance(content, dict) and names and (field,) not in failing:
            reduced[field] = {name: entry for name, entry in content.items() if name in names}
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
        if isinstance(content, list):
            at_fault = names | {part[0] for part in parts}
            kept[field] = [item for index, item in enumerate(content) if index not in at_fault]
        else:
            kept[field] = _without(content, names, parts) if names or parts else content
    return replace(document, value=kept, invalid=document.invalid | failing)


def _without(entries: Mapping[str, Any], names: set[Any], fields: set[tuple[Any, ...]]) -> dict[str, Any]:
    """The entries of a section except ``names``, and without the given ``fields`` of the others."""
    partial = {name for name, _ in fields}
    return {
        name: {field: value for field, value in entry.items() if (name, field) not in fields}
        if name in partial
        else entry
        for name, entry in entries.items()
        if name not in names
    }
