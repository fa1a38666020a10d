"""Converts Compose and stack files to manifests on disk, and reports everything that is left out. Contacts no
server."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct

from reconciler.checks import check, check_schema
from reconciler.compose import Converted, ConvertOptions, Effect, LeftOut, Note, convert, place_of, read_model
from reconciler.compose.values import add_values
from reconciler.credentials.rules import is_sensitive_variable
from reconciler.errors import InvalidManifests, UsageError
from reconciler.kinds import KINDS, VERSIONED
from reconciler.kinds.config import CONFIG
from reconciler.kinds.service import SERVICE
from reconciler.loading import assemble
from reconciler.loading.env_files import Malformed
from reconciler.loading.interpolate import expand, names
from reconciler.loading.schema_types import schema_types
from reconciler.loading.secrecy import report_misplaced
from reconciler.loading.write import Template, content_file, manifest_file, manifest_text
from reconciler.model import Diagnostic, Document, Documents, Location, Part
from reconciler.model import Path as Steps
from reconciler.pipeline.editor import MODELINE, write_schema

WRITTEN = "Written by `reconciler import --compose`"


class Conversion(NamedTuple):
    """The Compose ``files`` to convert, later ones over earlier ones, and the ``stack`` and ``cluster`` of the
    manifest."""

    files: Sequence[Path]
    cluster: str
    stack: str
    options: ConvertOptions
    env_files: Sequence[Path] = ()


class ComposeImport(Struct, frozen=True):
    """The manifest made of Compose files. ``notes`` are sorted by severity, then by place."""

    request: Conversion
    converted: Converted
    notes: tuple[Note, ...]

    @property
    def changes_what_runs(self) -> bool:
        """Whether a service would behave differently on the platform."""
        return any(note.effect is Effect.CHANGES for note in self.notes)

    @property
    def declares_values(self) -> bool:
        """Whether the manifest has secrets with values, of which the record keeps a digest."""
        sections = (
            self.converted.sections.get(kind.section, {}) for kind in KINDS.values() if kind.write_only
        )
        return any(not spec.get("external") for section in sections for spec in section.values())

    def files(self) -> dict[str, str]:
        """All files by their path: the manifest, and a file for each config."""
        configs = {content_file(CONFIG.section, name): text for name, text in self.converted.data.items()}
        return {self._file_name(): MODELINE + self._text(self.converted.sections), **configs}

    def text(self) -> str:
        """The whole manifest as one text, with the content of configs."""
        data = self.converted.data
        configs = {
            name: {"data": data[name]} if name in data else value
            for name, value in self.converted.sections.get(CONFIG.section, {}).items()
        }
        return self._text({**self.converted.sections, **({CONFIG.section: configs} if configs else {})})

    def _text(self, sections: Mapping[str, Mapping[str, Any]]) -> str:
        request = self.request
        sources = ", ".join(path.name for path in request.files)
        head = [f"{WRITTEN} from {sources}. Review it, then `reconciler validate`, and `reconciler plan`."]
        if self.converted.missing:
            head.append(
                f"Set these in the environment, each with the prefix RECONCILER_VAR_: "
                f"{', '.join(self.converted.missing)}."
            )
        top: dict[str, Any] = {"cluster": request.cluster}
        if request.stack != "default":
            top["stack"] = request.stack
        if self.converted.vars:
            top["vars"] = dict(sorted(self.converted.vars.items()))
        if self.converted.sensitive:
            top["sensitive"] = sorted(self.converted.sensitive)
        if plain := _plain_names(self.converted):
            top["plain"] = plain
        return manifest_text(top, sections, head=head, notes=_comments(self.notes, sections))

    def _file_name(self) -> str:
        name = self.request.stack if self.request.stack != "default" else self.request.cluster
        return f"{manifest_file(name, instead='manifest')}.yaml"


def _plain_names(converted: Converted) -> list[str]:
    """The variables with a name like a credential's that are used where only a name or a path can be, so that they are
    not credentials."""
    found: set[str] = set()
    for path, name in _variables_in(converted.sections, ()):
        if is_sensitive_variable(name) and name not in converted.credentials:
            report_misplaced({path: (Part("", name, sensitive=True),)}, lambda *_, name=name: found.add(name))
    return sorted(found)


def _variables_in(value: Any, path: Steps) -> Iterator[tuple[Steps, str]]:
    match value:
        case Template():
            yield from ((path, name) for name in names(value))
        case Mapping():
            for key, item in value.items():
                yield from _variables_in(item, (*path, key))
        case list():
            for at, item in enumerate(value):
                yield from _variables_in(item, (*path, at))


def import_compose(request: Conversion) -> ComposeImport:
    """Convert Compose files. Raises InvalidManifests with all errors in them, and UsageError for an env file that
    cannot be read."""
    model = read_model(request.files, _values(request))
    if model.diagnostics or model.root is None:
        raise InvalidManifests(tuple(sorted(model.diagnostics, key=lambda problem: problem.location)))
    converted = convert(model, request.options)
    notes = (*_refused(request, converted), *converted.notes)
    return ComposeImport(request, converted, notes)


def _values(request: Conversion) -> dict[str, str]:
    """The values of variables, from the given env files, or from ``.env`` beside the first Compose file."""
    files = list(request.env_files)
    beside = request.files[0].parent / ".env"
    if not files and beside.is_file():
        files = [beside]
    values: dict[str, str] = {}
    for path in files:
        try:
            add_values(path.read_text(encoding="utf-8-sig"), str(path), values)
        except UnicodeDecodeError:
            raise UsageError(f"{path} is not UTF-8 text.") from None
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {os.strerror(error.errno or 0)}.") from None
        except Malformed as error:
            raise UsageError(f"{path}:{error.line} {error}.") from None
    return values


def _refused(request: Conversion, converted: Converted) -> tuple[Note, ...]:
    """The errors that the manifest would have, each at its place in the Compose files."""
    places: list[Steps] = []

    def marks(path: Steps) -> Location:
        places.append(path)
        return Location(str(request.files[0]), len(places))

    filling = _Filling(converted.vars)
    sections = {section: filling(entries, (section,)) for section, entries in converted.sections.items()}
    value = {"cluster": request.cluster, "stack": request.stack, **sections}
    contents = {
        (section, name): {"data": converted.data[name]} if name in converted.data else {"external": True}
        for section in (KINDS[kind].section for kind in VERSIONED)
        for name in converted.sections.get(section, {})
    }
    documents, shape = check_schema(Documents((Document(("compose", 0), value, marks, contents=contents),)))
    desired, joined = assemble(documents)
    found = [
        (problem, places[problem.location.line - 1])
        for problem in (*shape, *joined, *check(desired))
        if problem.severity == "error"
    ]
    refusals = [
        _refusal(request, converted, problem, path) for problem, path in found if not filling.is_unknown(path)
    ]
    return tuple(sorted(refusals, key=lambda note: note.place))


def _refusal(request: Conversion, converted: Converted, problem: Diagnostic, path: Steps) -> Note:
    subject = tuple(map(str, path[:2]))
    origin = converted.origins.get((subject[0], subject[1])) if len(subject) > 1 else None
    return Note(
        place_of(origin, path[2:]) if origin is not None else Location(str(request.files[0])),
        Effect.CHANGES,
        subject,
        "manifest",
        f"the manifest would not validate: {problem.message}",
        problem.hint,
    )


class _Filling:
    """Values of a manifest with variables replaced by their known values, or by placeholders. ``unknown`` are the
    places of placeholders."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values, self.unknown = values, set[Steps]()
        self.texts: dict[str, str] = {}

    def __call__(self, value: Any, path: Steps) -> Any:
        match value:
            case Template():
                return self._text(value, path)
            case Mapping():
                filled = {key: self(item, (*path, key)) for key, item in value.items()}
                return {key: item for key, item in filled.items() if item is not None}
            case list():
                return [self(item, (*path, at)) for at, item in enumerate(value)]
            case _:
                return value

    def _text(self, template: str, path: Steps) -> str | None:
        """The text; a placeholder if a variable has no value; None if no text is needed."""
        missing: list[str] = []
        text = expand(template, self.values, lambda *problem: missing.append(problem[0]), missing.append)
        if missing:
            self.unknown.add(path)
            text = self.texts.setdefault(template, f"variable{len(self.texts)}")
        return text if "string" in schema_types(path) else None

    def is_unknown(self, path: Steps) -> bool:
        """Whether the error at ``path`` is caused by the placeholder of a variable."""
        return len(path) > 2 and any(unknown[: len(path)] == path for unknown in self.unknown)


def _comments(
    notes: Iterable[Note], sections: Mapping[str, Mapping[str, Any]]
) -> dict[tuple[str, ...], list[str]]:
    """The notes as comments, without line numbers, so that they do not change when other lines do."""
    comments: dict[tuple[str, ...], list[str]] = {}
    harmless: dict[tuple[str, ...], list[str]] = {}
    alike: dict[tuple[tuple[str, ...], Effect, str, str], list[str]] = {}
    for note in notes:
        section = note.subject[0] if note.subject else SERVICE.section
        known = len(note.subject) > 1 and note.subject[1] in sections.get(section, {})
        subject = note.subject[:2] if known else (section,)
        left_out = note.message if isinstance(note.message, LeftOut) else None
        if note.effect is Effect.HARMLESS and left_out:
            harmless.setdefault(subject, []).append(note.field)
        else:
            what, why = (
                (left_out.what, left_out.why) if left_out and left_out.why else ("", str(note.message))
            )
            alike.setdefault((subject, note.effect, why, note.advice), []).append(what)
    for (subject, effect, why, advice), whats in alike.items():
        more = f" ({advice})" if advice else ""
        comments.setdefault(subject, []).append(f"{effect}: {_left_out(whats)}{why}{more}.")
    for subject, fields in harmless.items():
        comments.setdefault(subject, []).append(
            f"{Effect.HARMLESS}: {', '.join(dict.fromkeys(fields))} left out."
        )
    return comments


def _left_out(whats: Sequence[str]) -> str:
    """The objects left out for one reason, as the beginning of a sentence; "" if there are none."""
    if not any(whats):
        return ""
    *first, last = dict.fromkeys(whats)
    return f"{', '.join(first)} and {last} are left out: " if first else f"{last} is left out: "


def write(made: ComposeImport, folder: Path, *, overwrite: bool) -> tuple[Path, ...]:
    """Write the files below ``folder``, which is created if missing. Equal files are left as they are.

    Raises UsageError, before anything is written, if a file differs and ``overwrite`` is not set.
    """
    files = {folder / name: text for name, text in made.files().items()}
    differing = [str(path) for path, text in files.items() if _differs(path, text)]
    if differing and not overwrite:
        raise UsageError(
            f"{', '.join(differing)} {'is' if len(differing) == 1 else 'are'} there already with other content. "
            "Nothing was written. Name another folder, or replace them with --overwrite."
        )
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return (*files, write_schema(folder))


def _differs(path: Path, text: str) -> bool:
    if path.is_symlink():
        return True
    try:
        return path.exists() and path.read_bytes() != text.encode()
    except OSError:
        return True
