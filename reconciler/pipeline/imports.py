"""Manifests for what a cluster already holds, and the proof that they are right before they are written.

What is written is loaded, checked and planned here first: a part that would be an error, or would plan
anything but taking over what is there as it is, is left out with a comment that says why. Nothing in the
cluster is changed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reconciler import record
from reconciler.checks import check, check_schema
from reconciler.errors import UsageError
from reconciler.fetch import fetch
from reconciler.kinds import KINDS, SECTIONS
from reconciler.load import assemble
from reconciler.load.portrait import Portrait, portray
from reconciler.load.write import manifest_text
from reconciler.model import (
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
from reconciler.pipeline.session import Session
from reconciler.plan import Options, make_plan


@dataclass(frozen=True, slots=True)
class Imported:
    """``file`` is the manifest's name; ``data`` the content of configs, by name, that it has as files."""

    file: str
    cluster: str
    top: Mapping[str, Any]
    portrait: Portrait
    refusals: tuple[str, ...] = ()

    def files(self) -> dict[str, str]:
        """All files by their path: the manifest, and a file for each config."""
        data = self.portrait.data
        return {self.file: self._text(self.portrait.sections)} | {
            f"configs/{name}": text for name, text in data.items()
        }

    def text(self) -> str:
        """One manifest with everything in it, the content of configs too."""
        configs = {
            name: {"data": self.portrait.data[name]} if name in self.portrait.data else value
            for name, value in self.portrait.sections["configs"].items()
        }
        return self._text({**self.portrait.sections, "configs": configs})

    def _text(self, sections: Mapping[str, Mapping[str, Any]]) -> str:
        about = (
            f"Written by `reconciler import` from what the cluster {self.cluster} holds. Nothing was taken over yet: "
            "review this, see `reconciler plan --adopt`, then `reconciler apply --adopt`."
        )
        head = (about, *(f"A plan would be refused: {reason}" for reason in self.refusals))
        return manifest_text(self.top, sections, head=head, notes=self.portrait.notes)


def import_cluster(session: Session, *, cluster: str, stack: str) -> Imported:
    """What the cluster (a label or an id) holds, as manifests of ``stack``.

    Raises UsageError for a cluster that is not there and for a name that no stack can have.
    """
    live = fetch(session.reader, (cluster,), sections=("nodes", "webhooks"), parallelism=session.parallelism)[
        cluster
    ]
    configs = live.objects["config"]
    bodies = [one.body for one in configs]
    if owned := sum(1 for one in record.read(bodies, stack).record.owned if not one.retired):
        raise UsageError(
            f"the stack {stack} of {cluster} owns {owned} object{'' if owned == 1 else 's'} already: manifests that "
            "do not declare them would plan to delete them. Plan from the manifests it was applied from, or give "
            "what is imported a stack of its own with --stack NAME."
        )
    owners = record.others(bodies, stack="").stacks
    kept = tuple(one for one in configs if not record.is_record(one.name))
    live = replace(live, objects={**live.objects, "config": kept})
    top: dict[str, Any] = {"cluster": cluster}
    if live.company_name or live.company_id:
        top["company"] = live.company_name or live.company_id
    if stack != "default":
        top["stack"] = stack
    portrait = portray(live, owners)
    refusals = prove(top, portrait, live, owners)
    return Imported(_file_name(live.cluster_label or live.cluster_id), cluster, top, portrait, refusals)


def prove(
    top: Mapping[str, Any], portrait: Portrait, live: LiveState, owners: Mapping[Named, str]
) -> tuple[str, ...]:
    """Leave out of ``portrait`` whatever stands against planning nothing but to adopt all as it is.

    Each round leaves something out, so there is an end. Returns why such a plan would be refused all the same.
    Raises UsageError where ``top`` itself is wrong.
    """
    while True:
        problems, refusals = _problems(top, portrait, live, owners)
        if not problems:
            return refusals
        for path, why in problems.items():
            _leave_out(portrait, path, why)


def _problems(
    top: Mapping[str, Any], portrait: Portrait, live: LiveState, owners: Mapping[Named, str]
) -> tuple[dict[Steps, str], tuple[str, ...]]:
    """What is wrong, by the place: an entry, or a field of a service. And the refusals of the plan."""
    places: list[Steps] = []

    def marks(path: Steps) -> Location:
        """Every place that is asked for, by a number that leads back to it."""
        places.append(path)
        return Location(".".join(map(str, path)), len(places))

    def placed(found: Iterable[Diagnostic]) -> dict[Steps, str]:
        return {places[one.location.line - 1][:3]: one.message for one in found if one.severity == "error"}

    documents, shape = check_schema(Documents((_document(top, portrait, marks),)))
    if errors := placed(shape):
        return errors, ()
    desired, joined = assemble(documents)
    if errors := placed((*joined, *check(desired))):
        return errors, ()
    plan = make_plan(desired[0], live, Record(desired[0].stack), Options(foreign=owners))
    return dict(_differences(plan)), plan.refusals


def _document(top: Mapping[str, Any], portrait: Portrait, marks: Marks) -> Document:
    contents = {
        (section, name): {"data": portrait.data[name]}
        if section == "configs" and name in portrait.data
        else {"external": True}
        for section in ("configs", "secrets")
        for name in portrait.sections[section]
    }
    return Document(("import", 0), {**top, **portrait.sections}, marks, contents=contents)


def _differences(plan: Plan) -> Iterator[tuple[Steps, str]]:
    """Everything in a plan of the import but to adopt what is there as it is."""
    for change in plan.changes:
        path = (KINDS[change.address.kind].section, change.address.name)
        if change.action != "adopt":
            yield path, f"a plan would {change.action} it"
        for one in change.fields:
            field = (one.path.partition(".")[0],) if change.address.kind == "service" else ()
            yield (*path, *field), "a plan would change it"


def _leave_out(portrait: Portrait, path: Steps, why: str) -> None:
    why = why.rstrip(".")
    if len(path) < 2 or path[0] not in SECTIONS:
        raise UsageError(f"{'.'.join(map(str, path)) or 'the manifest'}: {why}")
    section, name = str(path[0]), str(path[1])
    if name not in portrait.sections[section]:
        return
    if section == "services" and len(path) > 2:
        portrait.leave_field_out(name, str(path[2]), why)
    else:
        portrait.leave_out(section, name, why)


def _file_name(label: str) -> str:
    """A cluster's label as a file name that loading does not pass over."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", label).strip("-._") or "cluster"
    return f"{safe[:100]}.yaml"


def write(imported: Imported, folder: Path) -> tuple[Path, ...]:
    """Write the files below ``folder``, made if need be. Raises UsageError, with nothing written, if one is there."""
    files = {folder / name: text for name, text in imported.files().items()}
    if there := [str(path) for path in files if path.exists() or path.is_symlink()]:
        raise UsageError(
            f"{', '.join(there)} {'is' if len(there) == 1 else 'are'} there already, and nothing is overwritten. "
            "Nothing was written. Name another folder."
        )
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
    return tuple(files)
