"""Writes manifests for the existing objects of a cluster, after checking that they change nothing.

The manifests are loaded, checked and planned first. A part that is invalid, or whose plan is more than adopting an
object unchanged, is left out, with a comment that says why. Nothing in the cluster is changed.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from reconciler import record
from reconciler.checks import check, check_schema
from reconciler.errors import UsageError
from reconciler.export import Export, export
from reconciler.fetch import PREVIEW, fetch
from reconciler.kinds import KINDS, SECTIONS, VERSIONED
from reconciler.kinds.config import CONFIG
from reconciler.loading import assemble
from reconciler.loading.write import content_file, manifest_file, manifest_text
from reconciler.model import (
    Body,
    Diagnostic,
    Document,
    Documents,
    LiveState,
    Location,
    Marks,
    Named,
    Plan,
    Record,
)
from reconciler.model import Path as Steps
from reconciler.pipeline.editor import MODELINE, write_schema
from reconciler.pipeline.session import Session
from reconciler.planning import Options, make_plan
from reconciler.planning.external import Shared
from reconciler.render.refusals import refusal_text

DEFAULT = "default"
"""The stack of manifests that do not name one."""


class Imported(Struct, frozen=True):
    """Imported manifests. ``file`` is the manifest's file name, ``top`` its fields in addition to those of ``made``."""

    file: str
    cluster: str
    top: Mapping[str, Any]
    made: Export
    refusals: tuple[str, ...] = ()
    head: str = ""

    def files(self) -> dict[str, str]:
        """All files by their path: the manifest, and a file for each config."""
        return {self.file: MODELINE + self._text(self.made.sections)} | {
            content_file(section, name): text for (section, name), text in self.made.contents.items()
        }

    def text(self) -> str:
        """The whole manifest as one text, with the content of configs."""
        sections = {section: dict(entries) for section, entries in self.made.sections.items()}
        for (section, name), text in self.made.contents.items():
            sections[section][name] = {"data": text}
        return self._text(sections)

    def _text(self, sections: Mapping[str, Mapping[str, Any]]) -> str:
        about = (
            f"Written by `reconciler import` from the objects of the cluster {self.cluster}. Nothing is adopted yet: "
            "review this file, then run `reconciler plan --adopt`, then `reconciler apply --adopt`."
        )
        head = (
            about,
            *filter(None, [self.head]),
            *(f"A plan would be refused: {reason}" for reason in self.refusals),
        )
        return manifest_text(self.top, sections, head=head, notes=self.made.notes)


def import_cluster(session: Session, *, cluster: str, stack: str | None) -> Imported:
    """Manifests of ``stack`` for all objects of the cluster (a label or an id) that no stack owns.

    Without ``stack`` it is the default stack, or a new one if the default stack owns objects already. Raises UsageError
    for an unknown cluster, an invalid stack name, or a stack that owns objects.
    """
    live = fetch(session.reader, (cluster,), sections=PREVIEW, parallelism=session.parallelism)[cluster]
    configs = live.objects[CONFIG.name]
    bodies = [config.body for config in configs]
    head = ""
    if stack is None:
        stack = next(name for name in _stack_names() if not _owned(bodies, name))
        if stack != DEFAULT:
            head = f"The stack {DEFAULT} of this cluster owns objects already, so this is the stack {stack}."
    elif owned := _owned(bodies, stack):
        raise UsageError(
            f"the stack {stack} of {cluster} owns {owned} object{'' if owned == 1 else 's'} already. Import into "
            "another stack: use --stack NAME with another name, or leave --stack out."
        )
    others = record.others(bodies, stack="")
    kept = tuple(config for config in configs if not record.is_record(config.name))
    live = replace(live, objects={**live.objects, CONFIG.name: kept})
    top: dict[str, Any] = {"cluster": cluster}
    if live.company_name or live.company_id:
        top["company"] = live.company_name or live.company_id
    if stack != DEFAULT:
        top["stack"] = stack
    made = export(live, others.stacks, others.current)
    refusals = prove(top, made, live, others.stacks, others.current)
    file = _file_name(live.cluster_label or live.cluster_id, "" if stack == DEFAULT else stack)
    return Imported(file, cluster, top, made, refusals, head)


def _owned(configs: Iterable[Body], stack: str) -> int:
    """How many objects a stack owns, old versions left out."""
    return sum(1 for owned in record.read(configs, stack).record.owned if not owned.retired)


def _stack_names() -> Iterator[str]:
    """The stacks that the imported objects may be given to, the preferred first."""
    yield from (DEFAULT, "imported")
    yield from (f"imported-{number}" for number in count(2))


def prove(
    top: Mapping[str, Any],
    made: Export,
    live: LiveState,
    owners: Mapping[Named, str],
    shared: Shared | None = None,
) -> tuple[str, ...]:
    """Remove parts from ``made`` until its plan only adopts objects unchanged.

    ``owners`` and ``shared`` are as in ``export``. Each round removes something, so it ends. Returns why the plan would
    be refused nevertheless. Raises UsageError if ``top`` itself is invalid.
    """
    options = Options(foreign=owners, shared=shared or {})
    while True:
        problems, refusals = _problems(top, made, live, options)
        if not problems:
            return refusals
        for path, why in problems.items():
            _leave_out(made, path, why)


def _problems(
    top: Mapping[str, Any], made: Export, live: LiveState, options: Options
) -> tuple[dict[Steps, str], tuple[str, ...]]:
    """The errors, by entry or by field of a service, and the refusals of the plan."""
    places: list[Steps] = []

    def marks(path: Steps) -> Location:
        """A location for the entry or field at ``path``; its line is a number that identifies the path."""
        places.append(path)
        return Location(".".join(map(str, path)), len(places))

    def placed(found: Iterable[Diagnostic]) -> dict[Steps, str]:
        return {
            places[diagnostic.location.line - 1][:3]: diagnostic.message
            for diagnostic in found
            if diagnostic.severity == "error"
        }

    documents, shape = check_schema(Documents((_document(top, made, marks),)))
    if errors := placed(shape):
        return errors, ()
    desired, joined = assemble(documents)
    if errors := placed((*joined, *check(desired))):
        return errors, ()
    plan = make_plan(desired[0], live, Record(desired[0].stack), options)
    return dict(_differences(plan)), tuple(map(refusal_text, plan.refusals))


def _document(top: Mapping[str, Any], made: Export, marks: Marks) -> Document:
    contents = {
        (section, name): {"data": made.contents[section, name]}
        if (section, name) in made.contents
        else {"external": made.sections[section][name]["external"]}
        for section in (KINDS[kind].section for kind in VERSIONED)
        for name in made.sections[section]
    }
    return Document(("import", 0), {**top, **made.sections}, marks, contents=contents)


def _differences(plan: Plan) -> Iterator[tuple[Steps, str]]:
    """Everything in the plan of an import other than adopting objects unchanged."""
    for change in plan.changes:
        path = (KINDS[change.address.kind].section, change.address.name)
        if change.action != "adopt":
            yield path, f"a plan would {change.action} it"
        for changed in change.fields:
            field = (changed.field,) if KINDS[change.address.kind].optional else ()
            yield (*path, *field), "a plan would change it"


def _leave_out(made: Export, path: Steps, why: str) -> None:
    why = why.rstrip(".")
    if len(path) < 2 or path[0] not in SECTIONS:
        raise UsageError(f"{'.'.join(map(str, path)) or 'the manifest'}: {why}")
    section, name = str(path[0]), str(path[1])
    if name not in made.sections[section]:
        return
    if SECTIONS[section].optional and len(path) > 2:
        made.leave_field_out(section, name, str(path[2]), why)
    else:
        made.leave_out(section, name, why)


def _file_name(label: str, stack: str) -> str:
    """A cluster's label, and a stack's name if it is not the default one, as a file name that loading reads."""
    return f"{manifest_file(label, instead='cluster')}{f'-{stack}' if stack else ''}.yaml"


def write(imported: Imported, folder: Path) -> tuple[Path, ...]:
    """Write the files below ``folder``, which is created if missing. Raises UsageError, before anything is written, if
    a file exists."""
    files = {folder / name: text for name, text in imported.files().items()}
    if there := [str(path) for path in files if path.exists() or path.is_symlink()]:
        raise UsageError(
            f"{', '.join(there)} {'is' if len(there) == 1 else 'are'} there already, and files are never "
            "overwritten. Nothing was written. Name another folder."
        )
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
    return (*files, write_schema(folder))
