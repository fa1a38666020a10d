"""Lines for managed objects that are kept although not declared, and for changes to the record alone."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds import KINDS
from reconciler.model import AnyPlan, FieldChange, Kept, RecordOnly
from reconciler.render.values import field_lines
from reconciler.render.visible import shorten

NAMES = 10
"""A line shows at most this many names; the rest is counted."""
_KEPT: Mapping[str, str] = {
    "elsewhere": "last declared by {source}, which this run does not cover",
    "not recorded": "the manifest that declared {it} is not recorded",
    "declared": "now in {source}",
    "unclear": "{source} may declare {it}, but its cluster or stack is a variable",
    "unreadable": "{source} may declare {it}, but cannot be read as YAML",
}


def kept_lines(plan: AnyPlan) -> Iterator[str]:
    """A line for each reason and file that objects are kept for; none if nothing is kept."""
    groups: dict[tuple[str, str], list[Kept]] = defaultdict(list)
    here = {kept.source.repository for kept in plan.kept if kept.source and kept.why == "declared"}
    for kept in plan.kept:
        source = (
            ""
            if kept.source is None
            else kept.source.file
            if kept.source.repository in here
            else str(kept.source)
        )
        groups[kept.why, source].append(kept)
    for (why, source), members in sorted(groups.items()):
        pronoun = "it" if len(members) == 1 else "them"
        fact = _KEPT[why].format(source=source, it=pronoun)
        advice = "" if why == "declared" else f". To delete {pronoun}, name {pronoun} under removed"
        names = _names([f"{kept.address.kind}/{kept.address.name}" for kept in members])
        yield f"{names}: kept: {shorten(fact, 1000)}{advice}"


def record_lines(plan: AnyPlan) -> Iterator[str]:
    """The lines for changes to the record alone, and for moved objects."""
    files: dict[tuple[str, str], list[RecordOnly]] = defaultdict(list)
    for entry in plan.record_only:
        if entry.what == "file" and not (entry.owned and entry.owned.retired):
            files[entry.before, entry.after].append(entry)
    for (before, after), members in sorted(files.items()):
        what = (
            f"now declared in {after} (was {before})"
            if before
            else f"declared in {after}, which is now recorded"
        )
        names = _names([f"{entry.address.kind}/{entry.address.name}" for entry in members])
        yield f"record only: {names}: {shorten(what, 1000)}"
    moves: dict[tuple[str, str], list[RecordOnly]] = defaultdict(list)
    for move in plan.moves:
        moves[move.before, move.after].append(move)
    for (before, after), members in sorted(moves.items()):
        names = _names([f"{move.address.kind}/{move.address.name}" for move in members])
        yield f"moves from {shorten(before, 300)} to {shorten(after, 300)}: {names}"
    for entry in plan.record_only:
        name = f"{entry.address.kind}/{entry.address.name}"
        if entry.what == "gone":
            yield f"record only: {shorten(name, 300)}: no longer declared, no longer in the cluster"
        elif entry.what == "wait":
            yield f"record only: {shorten(name, 300)}: lifecycle.wait: {entry.before} → {entry.after}"
        elif entry.what == "sensitive":
            before, after = (shorten(paths or "nothing", 300) for paths in (entry.before, entry.after))
            yield f"record only: {shorten(name, 300)}: values that are not shown: {before} → {after}"
        elif entry.what == "fields":
            what = f"no longer declares {shorten(entry.before, 300)}"
            yield f"record only: {shorten(name, 300)}: {what}{_staying(entry)}"


def _staying(entry: RecordOnly) -> str:
    """The live values of fields that are no longer declared, and how to clear them."""
    fields = entry.fields
    if not fields:
        return ""
    shown = [
        next(field_lines(field._replace(before=None, after=field.before)))[2] for field in fields[:NAMES]
    ]
    more = f" and {len(fields) - NAMES} more" if len(fields) > NAMES else ""
    never = KINDS[entry.address.kind].never_cleared
    clears = dict.fromkeys(_cleared(field) for field in fields if field.field not in never)
    way_out = (
        f". To clear {'it' if len(clears) == 1 else 'them'}, declare {', '.join(clears)}" if clears else ""
    )
    stays = "the live value stays" if len(fields) == 1 else "the live values stay"
    return f"; {stays}: {', '.join(shown)}{more}{way_out}"


def _cleared(field: FieldChange) -> str:
    if field.field == "environment_variables":
        return f"{field.field}: {{}}"
    return f"{field.field}: []" if field.keys or isinstance(field.before, list) else f'{field.field}: ""'


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(shorten(name, 200) for name in sorted(names)[:NAMES])
    return f"{shown} and {len(names) - NAMES:,} more" if len(names) > NAMES else shown
