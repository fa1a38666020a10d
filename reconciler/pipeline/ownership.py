"""Compares the objects of a stack with the other manifests of the repository, and finds stacks that no file declares
any more."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from reconciler import record as records
from reconciler.api.client import ClusterRef
from reconciler.errors import ReconcilerError, UsageError
from reconciler.kinds import KINDS
from reconciler.loading.other_manifests import Searched
from reconciler.model import (
    COMPANY,
    Covered,
    Desired,
    Diagnostic,
    Elsewhere,
    LiveState,
    Named,
    Record,
    Source,
    are_of_one_repository,
)
from reconciler.model.note import Note, StackNotDeclared
from reconciler.model.source import is_local
from reconciler.pipeline.manifests import Manifests
from reconciler.pipeline.scope import Scope
from reconciler.pipeline.session import Session
from reconciler.planning import Options, to_look_up

MOST_UNDECLARED = 8
"""The most clusters, not declared by the folder, whose records are searched for objects that its files declared."""
COMPANY_STACK = "company-wide"
"""The stack under which the record of company-wide webhooks is kept, in the company's first cluster by id."""


def looked_up(
    manifests: Manifests, desired: Desired, live: LiveState, record: Record, options: Options
) -> Mapping[Named, Elsewhere]:
    """For the objects that a plan would delete or declares: what the other manifests of the repository declare of them.

    Without a remote a folder may have unrelated files. Then a file counts only for objects that it declared last, or
    would keep.
    """
    left_or_moved, declared = to_look_up(desired, live, record, options)
    here = frozenset(named for named in declared if _has_remote(desired.manifests[named].source))
    names = left_or_moved | here
    if not names or manifests.others is None:
        return {}
    is_company = desired.cluster == COMPANY
    clusters = {None} if is_company else {desired.cluster, live.cluster_id, live.cluster_label}
    left = frozenset(name for name in left_or_moved if _stays_for_others(name, desired, options))
    return manifests.others.search(Searched(names, frozenset(clusters), desired.stack, left, here))


def _has_remote(source: Source | None) -> bool:
    return source is not None and not is_local(source)


def _stays_for_others(named: Named, desired: Desired, options: Options) -> bool:
    """Whether an object that this stack no longer declares is kept because another stack declares its name. That is so
    if that stack has no object of its own with the name, and nothing here permits the delete."""
    kind = KINDS[named[0]]
    has_own = kind.versioned and named in options.shared
    return kind.named and not has_own and named not in (desired.manifests.keys() | desired.removed.keys())


def taken_by_others(
    manifests: Manifests, desired: Desired, stack: str, options: Options
) -> dict[Named, Elsewhere]:
    """The objects no longer declared by this stack that other stacks of the cluster, in the same run, declare or have
    under ``moved``."""
    taken = {}
    for other in manifests.desired:
        if other.cluster != desired.cluster or other is desired or other.stack == desired.stack:
            continue
        for named, declared in other.manifests.items():
            if _stays_for_others(named, desired, options) and not declared.spec.get("external"):
                source = declared.source or Source("", declared.location.path)
                taken[named] = Elsewhere(source, "declared")
        for move in other.moved:
            if move.stack != stack:
                continue
            names = [(move.kind, move.name)] if move.name else list(other.manifests)
            for kind, name in names:
                manifest = other.manifests.get((kind, move.to or name))
                if manifest is not None:
                    source = manifest.source or Source("", manifest.location.path)
                    taken[kind, name] = Elsewhere(source, "declared")
    return {named: there for named, there in taken.items() if named not in desired.manifests}


def declared_twice(
    desired: Desired, record: Record, elsewhere: Mapping[Named, Elsewhere]
) -> tuple[Diagnostic, ...]:
    """An error for each object that both the run and another file of the repository declare."""
    recorded = {(owned.kind, owned.name): owned.source for owned in record.owned if not owned.retired}
    found = []
    for key, there in elsewhere.items():
        manifest, last = desired.manifests.get(key), recorded.get(key)
        if manifest is None or manifest.source is None or manifest.source == there.source:
            continue
        if not are_of_one_repository(last or there.source, manifest.source):
            continue
        kind, name = key
        what = f"{kind} {name!r} is declared twice for {desired.cluster!r}, stack {desired.stack}"
        if there.how == "declared":
            message = f"{what}: here and in {there.source.file}"
            hint = (
                "keep one of the two; a file that is only a copy or an example is ignored if its name, or the "
                "name of "
                "a folder above it, begins with _"
            )
        elif there.how == "unreadable" and there.source == last:
            message = f"{there.source.file}, which declared {kind} {name!r} last, cannot be read as YAML"
            hint = "correct that file, or remove the name from it"
        else:
            continue
        found.append(Diagnostic(manifest.location, "error", "duplicate-name", message, hint))
    return tuple(sorted(found, key=lambda diagnostic: diagnostic.location))


def orphans(
    cluster: str, others: Mapping[str, Mapping[Source | None, int]], manifests: Manifests
) -> Iterator[StackNotDeclared]:
    """A note on each stack of a cluster that files below PATH declared, and that no file declares any more.

    ``others`` are the cluster's stacks other than the planned one, each with the files that declared its objects, and
    how many.
    """
    declared = {desired.stack for desired in manifests.desired if desired.cluster == cluster}
    if any(desired.cluster == COMPANY for desired in manifests.desired):
        declared.add(COMPANY_STACK)
    for stack, sources in sorted(others.items()):
        from_here = {
            source: count
            for source, count in sources.items()
            if source and _is_covered(source, manifests.covered)
        }
        if stack in declared or cluster == COMPANY or not from_here:
            continue
        files = tuple(sorted(source.file for source in from_here))
        yield StackNotDeclared(stack, cluster, files, sum(from_here.values()))


def orphans_once(
    stacks: Sequence[tuple[str, Mapping[str, Mapping[Source | None, int]]]],
    manifests: Manifests,
    forgotten: Callable[[], tuple[Note, ...]],
) -> Iterator[tuple[Note, ...]]:
    """Notes for each planned stack, which is given with its cluster and the cluster's other stacks.

    The notes on undeclared stacks of a cluster are at its first planned stack. Those of clusters that no file declares,
    from ``forgotten``, are at the first of all.
    """
    seen: set[str] = set()
    for cluster, others in stacks:
        notes = forgotten() if not seen else ()
        yield notes if cluster in seen else (*orphans(cluster, others, manifests), *notes)
        seen.add(cluster)


def begin_forgotten(session: Session, manifests: Manifests, scope: Scope) -> Callable[[], tuple[Note, ...]]:
    """Begin to read the records of clusters that a folder of manifests does not declare. The result has the stacks
    there that the folder's files declared.

    Only for whole folders and a few clusters. Records that cannot be read are ignored, since this gives only a note.
    """
    is_whole = not (scope.clusters or scope.targets or scope.shard)
    if session.company is None or not is_whole or not manifests.place.is_dir():
        return tuple
    company = session.company.result()
    declared = {desired.cluster for desired in manifests.desired}
    others = [cluster for cluster in company.clusters if not declared & {cluster["id"], cluster.get("label")}]
    if not others or len(others) > MOST_UNDECLARED:
        return tuple
    threads = ThreadPoolExecutor(len(others), "undeclared")
    lists = {
        str(cluster.get("label") or cluster["id"]): threads.submit(
            session.reader.configs, ClusterRef(company.body["id"], cluster["id"])
        )
        for cluster in others
    }
    threads.shutdown(wait=False)

    def notes() -> tuple[Note, ...]:
        found: list[Note] = []
        for cluster, configs in lists.items():
            with suppress(ReconcilerError):
                found += orphans(cluster, records.others(configs.result(), "").sources, manifests)
        return tuple(found)

    return notes


def company_home(session: Session, company_id: str) -> ClusterRef:
    """The cluster that keeps the record of company-wide webhooks: the first by id.

    Raises ``UsageError`` if the company has no cluster.
    """
    ids = sorted(str(cluster["id"]) for cluster in session.reader.clusters(company_id))
    if not ids:
        raise UsageError("the company has no cluster, so the record of its webhooks cannot be stored")
    return ClusterRef(company_id, ids[0])


def _is_covered(source: Source, covered: Iterable[Covered]) -> bool:
    return any(folder.covers(source) for folder in covered)
