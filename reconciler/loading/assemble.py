"""Builds the desired state of each stack of each cluster from documents: canonical form, then extend, then merge.

Needs validated documents. Reads no file.
"""

from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

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
    """A ``Desired`` for each cluster and stack, in the order of the files, and the errors found.

    ``source_of`` returns the recorded source of a file's real path; without it manifests have no source.

    The result is empty if the documents are not complete: an object that cannot be read must not look deleted.
    """
    if not documents.complete:
        return (), ()
    by_key = {document.key: document for document in documents.documents}
    stacks: dict[tuple[str, str], Desired] = {}
    diagnostics: list[Diagnostic] = []
    for document in documents.documents:
        if not document.standing:
            continue
        source = source_of(document.key[0]) if source_of else None
        desired, problems = _desired(layers_of(document, by_key), source)
        diagnostics += problems
        if desired is None:
            continue
        existing = stacks.get((desired.cluster, desired.stack))
        if existing is not None:
            desired, problems = _joined(existing, desired, document)
            diagnostics += problems
        stacks[desired.cluster, desired.stack] = desired
    return tuple(stacks.values()), tuple(diagnostics)


def _desired(documents: Sequence[Document], source: Source | None) -> tuple[Desired | None, list[Diagnostic]]:
    """The desired state of a document and those it extends; None if they name no cluster."""
    cluster, place = top("cluster", documents)
    company, _ = top("company", documents)
    stack, _ = top("stack", documents)
    if cluster == COMPANY:
        message = f"a cluster cannot be named {COMPANY!r}: this name means the whole company"
        return None, [_error(place, "cluster", message, "write the cluster's id instead")]
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
    moved = moves(documents, source.repository if source else "")
    if cluster is None and not (manifests or removed or released or moved):
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
            check: document.marks(("allow", check))
            for document in documents
            for check in document.value.get("allow") or ()
            if check in allowed
        },
        removed=removed,
        released=released,
        moved=moved,
    )
    return desired, problems


OF_COMPANY = frozenset(kind.section for kind in SECTIONS.values() if kind.of_company)
"""The sections that a file without a cluster may have."""


def _without_cluster(documents: Sequence[Document]) -> list[Diagnostic]:
    """The error for a document without a cluster, which may only declare webhooks of the company and remove them."""
    hint = "add cluster: NAME; a file without cluster can have company-wide webhooks only"
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
            message = f"cluster is missing, and {names} belong to a cluster"
            problems.append(_error(document.marks(lacking[0]), "cluster", message, hint))
    return problems[-1:]


def _invalid(documents: Sequence[Document]) -> frozenset[Named]:
    return _named(path for document in documents for path in document.invalid if len(path) == 2)


def _partial(documents: Sequence[Document]) -> frozenset[Named]:
    return _named(path for document in documents for path in document.invalid if len(path) == 3)


def _named(paths: Iterable[Path]) -> frozenset[Named]:
    return frozenset((SECTIONS[str(path[0])].name, str(path[1])) for path in paths if path[0] in SECTIONS)


def _consents(field: str, documents: Sequence[Document]) -> dict[Named, Location]:
    """The objects under ``removed`` or ``released``, with their places, in a document and those it extends."""
    consents: dict[Named, Location] = {}
    for document in documents:
        sections = document.value.get(field, {})
        nulls = (
            SECTIONS
            if sections is None
            else [section for section, listed in sections.items() if listed is None]
        )
        cleared = {SECTIONS[section].name for section in nulls}
        cleared |= {SECTIONS[section].name for section, listed in (sections or {}).items() if listed == []}
        consents = {key: place for key, place in consents.items() if key[0] not in cleared}
        for section, listed in (sections or {}).items():
            for index, name in enumerate(listed or ()):
                consents[SECTIONS[section].name, name] = document.marks((field, section, index))
    return consents


def _joined(earlier: Desired, later: Desired, document: Document) -> tuple[Desired, list[Diagnostic]]:
    """Merge two documents of the same cluster and stack; a name in both is an error that shows both places."""
    problems = []
    for key in later.manifests.keys() & earlier.manifests.keys():
        first, second = earlier.manifests[key].location, later.manifests[key].location
        if first == second:
            second = document.marks(("extends",))
        kind, name = key
        message = f"{kind} {name!r} is declared twice for {earlier.cluster!r}, stack {earlier.stack}; "
        message += f"the first is at {first}"
        problems.append(_error(second, "duplicate-name", message, "keep one of the two"))
    if earlier.company and later.company and earlier.company != later.company:
        message = f"company is {later.company!r} here and {earlier.company!r} at {earlier.location}"
        problems.append(
            _error(
                document.marks(("company",)),
                "company-conflict",
                message,
                "write the same company in both, or in one only",
            )
        )
    joined = replace(
        earlier,
        company=earlier.company or later.company,
        manifests={**later.manifests, **earlier.manifests},
        invalid=earlier.invalid | later.invalid,
        partial=earlier.partial | later.partial,
        limits=Limits(*map(max, earlier.limits, later.limits)),
        allowed={**later.allowed, **earlier.allowed},
        removed={**later.removed, **earlier.removed},
        moved=tuple(dict.fromkeys((*earlier.moved, *later.moved))),
        released={**later.released, **earlier.released},
    )
    return joined, sorted(problems, key=lambda problem: problem.location)


def _error(location: Location, check: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(location, "error", check, message, hint)
