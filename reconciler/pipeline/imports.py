"""Manifests for what a cluster already holds, and the proof that they are right before they are written.

What is written is loaded, checked and planned here first: a part that would be an error, or would plan
anything but taking over what is there as it is, is left out with a comment that says why. Nothing in the
cluster is changed.
"""

import re
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
from reconciler.loading.write import manifest_text
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
"""The stack of manifests that name none."""


class Imported(Struct, frozen=True):
    """``file`` is the manifest's name, ``top`` its fields beside what ``made`` holds."""

    file: str
    cluster: str
    top: Mapping[str, Any]
    made: Export
    refusals: tuple[str, ...] = ()
    head: str = ""

    def files(self) -> dict[str, str]:
        """All files by their path: the manifest, and a file for each config."""
        return {self.file: MODELINE + self._text(self.made.sections)} | {
            f"{section}/{name}": text for (section, name), text in self.made.contents.items()
        }

    def text(self) -> str:
        """One manifest with everything in it, the content of configs too."""
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
    """What the cluster (a label or an id) holds and no stack owns, as manifests of ``stack``.

    Without a ``stack`` that is the default one, or a new one where the default one owns objects already. Raises
    UsageError for a cluster that is not there, for a name that no stack can have, and for a stack that owns objects.
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
    """The stacks that what is imported may be given, best first."""
    yield from (DEFAULT, "imported")
    yield from (f"imported-{number}" for number in count(2))


def prove(
    top: Mapping[str, Any],
    made: Export,
    live: LiveState,
    owners: Mapping[Named, str],
    shared: Shared | None = None,
) -> tuple[str, ...]:
    """Leave out of ``made`` whatever stands against planning nothing but to adopt all as it is.

    ``owners`` and ``shared`` are as ``export`` takes them. Each round leaves something out, so there is an end.
    Returns why such a plan would be refused all the same. Raises UsageError where ``top`` itself is wrong.
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
    """What is wrong, by the place: an entry, or a field of a service. And the refusals of the plan."""
    places: list[Steps] = []

    def marks(path: Steps) -> Location:
        """Every place that is asked for, by a number that leads back to it."""
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
    """Everything in a plan of the import but to adopt what is there as it is."""
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
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", label).strip("-._") or "cluster"
    return f"{safe[:100]}{f'-{stack}' if stack else ''}.yaml"


def write(imported: Imported, folder: Path) -> tuple[Path, ...]:
    """Write the files below ``folder``, made if need be. Raises UsageError, with nothing written, if one is there."""
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
