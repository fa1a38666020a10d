"""What is managed and kept without being declared, and what changes in the record alone, as lines."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from reconciler.model import AnyPlan, FieldChange, Kept, RecordOnly
from reconciler.render.values import field_lines
from reconciler.render.visible import shorten

NAMES = 10
"""How many names a line holds before the rest is counted only."""
_KEPT: Mapping[str, str] = {
    "elsewhere": "last declared by {source}, which this run does not cover",
    "not recorded": "it is not recorded which manifest declared {it}",
    "declared": "now in {source}",
    "unclear": "{source} may declare {it}, but its cluster or stack is a variable",
    "unreadable": "{source} may declare {it}, but can't be read as YAML",
}


def kept_lines(plan: AnyPlan) -> Iterator[str]:
    """A line for each file that keeps something, with the reason; none where nothing is kept."""
    groups: dict[tuple[str, str], list[Kept]] = defaultdict(list)
    here = {one.source.repository for one in plan.kept if one.source and one.why == "declared"}
    for one in plan.kept:
        source = (
            ""
            if one.source is None
            else one.source.file
            if one.source.repository in here
            else str(one.source)
        )
        groups[one.why, source].append(one)
    for (why, source), some in sorted(groups.items()):
        it = "it" if len(some) == 1 else "them"
        fact = _KEPT[why].format(source=source, it=it)
        way = "" if why == "declared" else f". To delete {it}, name {it} under removed"
        yield f"{_names([f'{one.address.kind}/{one.address.name}' for one in some])}: kept: {shorten(fact, 1000)}{way}"


def record_lines(plan: AnyPlan) -> Iterator[str]:
    """What is written to the record alone, each line said to be that."""
    files: dict[tuple[str, str], list[RecordOnly]] = defaultdict(list)
    for one in plan.record_only:
        if one.what == "file" and not (one.owned and one.owned.retired):
            files[one.before, one.after].append(one)
    for (before, after), some in sorted(files.items()):
        what = (
            f"now declared in {after} (was {before})"
            if before
            else f"declared in {after}, which is now recorded"
        )
        names = _names([f"{one.address.kind}/{one.address.name}" for one in some])
        yield f"record only: {names}: {shorten(what, 1000)}"
    moves: dict[tuple[str, str], list[RecordOnly]] = defaultdict(list)
    for one in plan.moves:
        moves[one.before, one.after].append(one)
    for (before, after), some in sorted(moves.items()):
        names = _names([f"{one.address.kind}/{one.address.name}" for one in some])
        yield f"moves from {shorten(before, 300)} to {shorten(after, 300)}: {names}"
    for one in plan.record_only:
        name = f"{one.address.kind}/{one.address.name}"
        if one.what == "gone":
            yield f"record only: {shorten(name, 300)}: no longer declared, no longer in the cluster"
        elif one.what == "wait":
            yield f"record only: {shorten(name, 300)}: lifecycle.wait: {one.before} → {one.after}"
        elif one.what == "fields":
            what = f"no longer declares {shorten(one.before, 300)}"
            yield f"record only: {shorten(name, 300)}: {what}{_staying(one.fields)}"


def _staying(fields: Sequence[FieldChange]) -> str:
    """What stays live of fields that nobody declares any more, and how it is cleared."""
    if not fields:
        return ""
    shown = [next(field_lines(one))[2].removesuffix(" → (nothing)") for one in fields[:NAMES]]
    more = f" and {len(fields) - NAMES} more" if len(fields) > NAMES else ""
    clears = dict.fromkeys(filter(None, map(_cleared, fields)))
    how = f". To clear it, declare {', '.join(clears)}" if clears else ""
    return f"; it stays as it is: {', '.join(shown)}{more}{how}"


def _cleared(field: FieldChange) -> str:
    if field.field == "environment_variables":
        return f"{field.field}: {{}}"
    if field.keys or isinstance(field.before, list):
        return f"{field.field}: []"
    return f'{field.field}: ""' if isinstance(field.before, str) else ""


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(shorten(one, 200) for one in sorted(names)[:NAMES])
    return f"{shown} and {len(names) - NAMES:,} more" if len(names) > NAMES else shown
