"""A plan, or what was changed outside git, as one HTML page."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from reconciler.document import PlanMeta, totals
from reconciler.kinds import KINDS
from reconciler.model import AnyChange, AnyPlan, Diagnostic
from reconciler.render.lines import (
    LOUD,
    WORDS,
    Line,
    Summary,
    counted,
    destroyed,
    drift_line,
    drifted,
    other_lines,
    role_of,
    summary_line,
    title,
)
from reconciler.render.page.changes import OPEN, ShownChange, all_shown, drawings
from reconciler.render.page.environment import page
from reconciler.render.plan_text import about
from reconciler.render.visible import shorten

_RUNS = next(kind.name for kind in KINDS.values() if kind.rolls_out)
"""The kind whose objects restart."""


class Chip(NamedTuple):
    """A count with its word, in the colour of ``role``."""

    role: str
    number: int
    word: str


@dataclass(frozen=True, slots=True)
class Stack:
    """The part of a page that is about one stack of one cluster."""

    title: str
    changes: tuple[ShownChange, ...]
    notes: tuple[Line, ...]


def as_html(
    plans: Sequence[AnyPlan],
    *,
    diagnostics: Sequence[Diagnostic] = (),
    meta: PlanMeta | None = None,
    summary: Summary = summary_line,
) -> str:
    """The whole page, in UTF-8, dark or light as the reader's system is; ends in a newline."""
    changes = [change for plan in plans for change in plan.changes]
    shown = all_shown(changes)
    number = {id(change): one.number for change, one in zip(changes, shown, strict=True)}
    is_drift = summary is drift_line
    wide, narrow = drawings(changes, shown)
    return page(
        "plan.html",
        name="Drift" if is_drift else "Plan",
        places=[title(plan) for plan in plans],
        tone=_tone(plans, is_drift=is_drift),
        headline=_headline(plans, summary),
        sentence="",
        about=about(meta) if meta else "",
        chips=_chips(plans, is_drift=is_drift),
        refusals=[shorten(text, 2000) for plan in plans for text in plan.refusals],
        destroyed=[shown[number[id(one)] - 1] for one in destroyed(plans)],
        restarts=_restarts(changes),
        waiting=[one for one in shown if one.waits],
        drifted=drifted(plans, summary),
        wide=wide,
        narrow=narrow,
        filters=filters(shown),
        many=len(shown) > OPEN,
        stacks=list(_stacks(plans, shown)),
        warnings=[(str(one.location), one.message, one.hint) for one in diagnostics],
    )


def filters(shown: Sequence[ShownChange]) -> list[tuple[str, list[Chip]]]:
    """By what a page can be filtered: each group, and how many changes are of each of its names."""
    loud = {one.action for one in shown if one.role in LOUD}
    groups = (
        ("action", [one.action for one in shown]),
        ("kind", [one.kind for one in shown]),
        ("status", [one.status for one in shown if one.status]),
    )
    return [
        (group, [Chip(_colour(name, loud), count, name) for name, count in Counter(names).items()])
        for group, names in groups
        if len(set(names)) > 1
    ]


def _colour(name: str, loud: Collection[str]) -> str:
    return "version" if name in LOUD and name not in loud else name


def _stacks(plans: Sequence[AnyPlan], shown: Sequence[ShownChange]) -> Iterator[Stack]:
    rest = iter(shown)
    for plan in plans:
        of_plan = tuple(islice(rest, len(plan.changes)))
        notes = tuple(line for line in other_lines(plan) if line.role != "refusal")
        if of_plan or notes:
            yield Stack(title(plan), of_plan, notes)


def _tone(plans: Sequence[AnyPlan], *, is_drift: bool) -> str:
    """The colour of the verdict: ``bad`` where something is refused or destroyed."""
    if any(plan.refusals for plan in plans) or destroyed(plans):
        return "bad"
    if is_drift:
        return "warn" if any(plan.changes for plan in plans) else "good"
    changes = [change for plan in plans for change in plan.changes]
    if any(change.restarts or role_of(change) != "create" for change in changes):
        return "warn"
    return "calm" if changes else "good"


def _headline(plans: Sequence[AnyPlan], summary: Summary) -> str:
    """The verdict in a few words."""
    changes = [change for plan in plans for change in plan.changes]
    if summary is drift_line or not changes:
        return summary(plans)
    if any(plan.refusals for plan in plans):
        return "Refused: nothing may be written"
    lost, restarts = len(destroyed(plans)), len(_restarts(changes))
    facts = [f"{lost:,} destroyed"] if lost else []
    facts += [f"{_counted(restarts, _RUNS)} restarted"] if restarts else []
    return f"{_counted(len(changes), 'change')}{': ' if facts else ''}{', '.join(facts)}"


def _restarts(changes: Sequence[AnyChange]) -> list[str]:
    return sorted(
        {f"{change.address.cluster}/{_RUNS}/{name}" for change in changes for name in change.restarts}
    )


def _chips(plans: Sequence[AnyPlan], *, is_drift: bool) -> list[Chip]:
    """Counts by action, then what is left open; zeros are left out."""
    count = totals(plans)
    chips = [] if is_drift else [Chip(role, number, WORDS[role]) for role, number in counted(plans).items()]
    chips += [
        Chip("adopt", sum(len({one.address for one in plan.moves}) for plan in plans), "to move"),
        Chip("held", sum(len(plan.held) for plan in plans), "held after a rollback"),
        Chip("held", sum(len(plan.unread) for plan in plans), "could not be read"),
        Chip("held", sum(len(plan.verify) for plan in plans), "to verify again"),
        Chip("held", sum(len(plan.unchecked) for plan in plans), "not checked"),
        Chip("held", sum(len(plan.released) for plan in plans), "to release"),
        Chip("quiet", sum(plan.pending for plan in plans), "pending"),
        Chip("quiet", count["unchanged"], "unchanged"),
        Chip("quiet", count["unmanaged"], "not managed"),
    ]
    return [one for one in chips if one.number]


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
