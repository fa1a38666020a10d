"""What the rest of the repository says of what one stack owns, and which stacks nobody declares any more."""

from collections.abc import Iterable, Iterator, Mapping

from reconciler.load.elsewhere import Sought
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
from reconciler.pipeline.manifests import Loaded
from reconciler.plan import Options, to_look_up

COMPANY_STACK = "company-wide"
"""The stack under which the record of company-wide webhooks is kept, in the company's first cluster by id."""


def looked_up(
    manifests: Loaded, desired: Desired, live: LiveState, record: Record, options: Options
) -> Mapping[Named, Elsewhere]:
    """What other manifests of the repository say of what a plan would delete, or find declared here for the first
    time. They are read only where there is such.
    """
    names = to_look_up(desired, live, record, options)
    if not names or manifests.others is None:
        return {}
    is_company = desired.cluster == COMPANY
    clusters = {None} if is_company else {desired.cluster, live.cluster_id, live.cluster_label}
    return manifests.others.look(Sought(names, frozenset(clusters), desired.stack))


def taken_by_others(manifests: Loaded, desired: Desired, stack: str) -> dict[Named, Elsewhere]:
    """What other stacks of the cluster, in the same run, have under ``moved`` from this one: it is theirs now."""
    taken = {}
    for other in manifests.desired:
        if other.cluster != desired.cluster or other is desired or other.stack == desired.stack:
            continue
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
    """An error for each object that the run declares, and so does a file of the repository that it does not cover."""
    recorded = {(one.kind, one.name): one.source for one in record.owned if not one.retired}
    found = []
    for key, there in elsewhere.items():
        manifest, last = desired.manifests.get(key), recorded.get(key)
        if manifest is None or manifest.source is None or manifest.source == there.source:
            continue
        if last and not are_of_one_repository(last, manifest.source):
            continue
        kind, name = key
        what = f"{kind} {name!r} is declared twice for {desired.cluster!r}, stack {desired.stack}"
        if there.how == "declared":
            message, hint = f"{what}: here and in {there.source.file}", "keep one of the two"
        elif there.how == "unreadable" and there.source == last:
            message = f"{there.source.file}, which declared {kind} {name!r} last, can't be read as YAML"
            hint = "correct that file, or take the name out of it"
        else:
            continue
        found.append(Diagnostic(manifest.location, "error", "duplicate-name", message, hint))
    return tuple(sorted(found, key=lambda one: one.location))


def orphans(
    cluster: str, others: Mapping[str, Mapping[Source | None, int]], manifests: Loaded
) -> Iterator[str]:
    """A note on each stack of a cluster that files below PATH declared, and that nothing declares any more.

    ``others`` are its stacks but for the one that is planned, each with the files that declared how many objects.
    """
    declared = {one.stack for one in manifests.desired if one.cluster == cluster}
    if any(one.cluster == COMPANY for one in manifests.desired):
        declared.add(COMPANY_STACK)
    for stack, sources in sorted(others.items()):
        from_here = {
            one: count for one, count in sources.items() if one and _is_covered(one, manifests.covered)
        }
        if stack in declared or cluster == COMPANY or not from_here:
            continue
        count = sum(from_here.values())
        files = ", ".join(sorted(one.file for one in from_here))
        yield (
            f"The stack {stack} of {cluster} was declared by {files} and is not declared any more: its "
            f"{'object stays' if count == 1 else f'{count} objects stay'}. To delete what is in it, declare the stack "
            "with that under removed; to let go of it, with released."
        )


def _is_covered(source: Source, covered: Iterable[Covered]) -> bool:
    return any(one.covers(source) for one in covered)
