"""Documents to what each stack of each cluster should be: canonical form, then extend, then merge.

Works on documents whose shape has been checked. Reads nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from reconciler.kinds import SECTIONS
from reconciler.loading.environment import check_variables
from reconciler.loading.layers import fold, layers_of, manifest, names, top, top_map
from reconciler.loading.moved import moves
from reconciler.model import (
    COMPANY,
    Desired,
    Diagnostic,
    Document,
    Documents,
    Limits,
    Location,
    Manifest,
    Named,
    Path,
    Source,
)

Assembled = tuple[tuple[Desired, ...], tuple[Diagnostic, ...]]


def assemble(documents: Documents, source_of: Callable[[str], Source] | None = None) -> Assembled:
    """One ``Desired`` per cluster and stack, in the order of the files, and what stands against it.

    ``source_of`` says of a file's real path what it is recorded as; without it that is not known.

    Nothing is assembled from documents that are not complete: what can't be read might be what is missed.
    """
    if not documents.complete:
        return (), ()
    by_key = {one.key: one for one in documents.documents}
    stacks: dict[tuple[str, str], Desired] = {}
    diagnostics: list[Diagnostic] = []
    for document in documents.documents:
        if not document.standing:
            continue
        source = source_of(document.key[0]) if source_of else None
        one, problems = _desired(layers_of(document, by_key), source)
        diagnostics += problems
        if one is None:
            continue
        present = stacks.get((one.cluster, one.stack))
        if present is not None:
            one, problems = _joined(present, one, document)
            diagnostics += problems
        stacks[one.cluster, one.stack] = one
    return tuple(stacks.values()), tuple(diagnostics)


def _desired(documents: Sequence[Document], source: Source | None) -> tuple[Desired | None, list[Diagnostic]]:
    """What one document and those it extends declare; None where it is not said for which cluster."""
    cluster, place = top("cluster", documents)
    company, _ = top("company", documents)
    stack, _ = top("stack", documents)
    if cluster == COMPANY:
        message = f"a cluster can't go by the name {COMPANY!r}, which stands for the company as a whole"
        return None, [_error(place, "cluster", message, "give the cluster's id")]
    problems = _without_cluster(documents) if cluster is None else []
    if problems:
        return None, problems
    invalid = _invalid(documents)
    allowed = top_map("allow", documents)
    manifests: dict[Named, Manifest] = {}
    for kind in SECTIONS.values():
        for name in names(kind.section, documents):
            if (kind.name, name) in invalid:
                continue
            layers = fold(kind, name, documents)
            if isinstance(layers, Diagnostic):
                problems.append(layers)
            elif layers:
                problems += check_variables(name, layers) if kind.optional else ()
                manifests[kind.name, name] = manifest(
                    cluster or COMPANY, kind, name, layers, source=source, allowed=allowed
                )
    removed, released = _consents("removed", documents), _consents("released", documents)
    moved = moves(documents)
    if cluster is None and not (manifests or removed or released):
        return None, problems
    desired = Desired(
        cluster=cluster or COMPANY,
        stack=stack or "default",
        location=documents[-1].marks(("cluster",)),
        company=company,
        manifests=manifests,
        invalid=invalid,
        partial=_partial(documents),
        limits=Limits(**top_map("limits", documents)),
        allowed={
            check: one.marks(("allow", check))
            for one in documents
            for check in one.value.get("allow") or ()
            if check in allowed
        },
        removed=removed,
        released=released,
        moved=moved,
    )
    return desired, problems


OF_COMPANY = frozenset(kind.section for kind in SECTIONS.values() if kind.of_company)
"""What a file without a cluster may hold."""


def _without_cluster(documents: Sequence[Document]) -> list[Diagnostic]:
    """A document without a cluster holds webhooks of the whole company, and consent to remove such."""
    hint = "add cluster: NAME; without one a file holds company-wide webhooks only"
    problems = []
    for document in documents:
        given: list[Path] = [(section,) for section in SECTIONS if document.value.get(section)]
        for field in ("removed", "released"):
            given += [
                (field, section)
                for section in document.value.get(field) or ()
                if document.value[field][section]
            ]
        lacking = [path for path in given if path[-1] not in OF_COMPANY]
        if lacking:
            names = ", ".join(dict.fromkeys(str(path[-1]) for path in lacking))
            message = f"no cluster is given, and {names} belong to one"
            problems.append(_error(document.marks(lacking[0]), "cluster", message, hint))
    return problems[-1:]


def _invalid(documents: Sequence[Document]) -> frozenset[Named]:
    return _named(path for one in documents for path in one.invalid if len(path) == 2)


def _partial(documents: Sequence[Document]) -> frozenset[Named]:
    return _named(path for one in documents for path in one.invalid if len(path) == 3)


def _named(paths: Iterable[Path]) -> frozenset[Named]:
    return frozenset((SECTIONS[str(path[0])].name, str(path[1])) for path in paths if path[0] in SECTIONS)


def _consents(field: str, documents: Sequence[Document]) -> dict[Named, Location]:
    """By kind and name, where ``removed`` or ``released`` says so, in the document or in one that it extends."""
    said: dict[Named, Location] = {}
    for document in documents:
        sections = document.value.get(field, {})
        nulls = SECTIONS if sections is None else [one for one, listed in sections.items() if listed is None]
        gone = {SECTIONS[one].name for one in nulls}
        gone |= {SECTIONS[one].name for one, listed in (sections or {}).items() if listed == []}
        said = {named: place for named, place in said.items() if named[0] not in gone}
        for section, listed in (sections or {}).items():
            for index, name in enumerate(listed or ()):
                said[SECTIONS[section].name, name] = document.marks((field, section, index))
    return said


def _joined(one: Desired, other: Desired, document: Document) -> tuple[Desired, list[Diagnostic]]:
    """Two documents of the same cluster and stack as one; a name in both is an error that shows both places."""
    problems = []
    for named in other.manifests.keys() & one.manifests.keys():
        first, second = one.manifests[named].location, other.manifests[named].location
        if first == second:
            second = document.marks(("extends",))
        kind, name = named
        message = f"{kind} {name!r} is declared twice for {one.cluster!r}, stack {one.stack}; the first is at {first}"
        problems.append(_error(second, "duplicate-name", message, "keep one of the two"))
    if one.company and other.company and one.company != other.company:
        message = f"company is {other.company!r} here and {one.company!r} at {one.location}"
        problems.append(
            _error(
                document.marks(("company",)), "company-conflict", message, "give the same in both, or in one"
            )
        )
    joined = replace(
        one,
        company=one.company or other.company,
        manifests={**other.manifests, **one.manifests},
        invalid=one.invalid | other.invalid,
        partial=one.partial | other.partial,
        limits=Limits(*map(max, one.limits, other.limits)),
        allowed={**other.allowed, **one.allowed},
        removed={**other.removed, **one.removed},
        moved=tuple(dict.fromkeys((*one.moved, *other.moved))),
        released={**other.released, **one.released},
    )
    return joined, sorted(problems, key=lambda problem: problem.location)


def _error(location: Location, check: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(location, "error", check, message, hint)
