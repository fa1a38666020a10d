"""A plan, or the changes made outside git, as one HTML page."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from msgspec import Struct

from reconciler.document import PlanMeta, totals
from reconciler.kinds import KINDS
from reconciler.model import AnyChange, AnyPlan, Diagnostic
from reconciler.render.lines import (
    LOUD,
    ROLE_WORDS,
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
from reconciler.render.refusals import refusal_text
from reconciler.render.visible import shorten

_RUNS = next(kind.name for kind in KINDS.values() if kind.rolls_out)
"""The kind whose objects restart."""
_FEW = 3
"""The most changes that need no filters."""


class Chip(NamedTuple):
    """A count and what is counted, in the colour of ``role``."""

    role: str
    number: int
    word: str


class Controls(NamedTuple):
    """The controls above the changes, each only if it has an effect.

    ``filters``: each property in which the changes differ (action, kind, status), with the number of changes for each
    value. ``searches``: changes can be found by name, and all opened or closed at once. ``compares``: texts can be
    compared side by side or in line.
    """

    filters: tuple[tuple[str, tuple[Chip, ...]], ...]
    searches: bool
    compares: bool


class Stack(Struct, frozen=True):
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
    """The page as text, in the light or dark colours of the reader's system; ends in a newline."""
    changes = [change for plan in plans for change in plan.changes]
    shown = all_shown(changes)
    number = {id(change): shown_change.number for change, shown_change in zip(changes, shown, strict=True)}
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
        refusals=[shorten(refusal_text(refusal), 2000) for plan in plans for refusal in plan.refusals],
        destroyed=[shown[number[id(change)] - 1] for change in destroyed(plans)],
        restarts=_restarts(changes),
        waiting=[change for change in shown if change.waits],
        drifted=drifted(plans, summary),
        wide=wide,
        narrow=narrow,
        controls=controls(shown),
        many=len(shown) > OPEN,
        stacks=list(_stacks(plans, shown)),
        warnings=[
            (str(diagnostic.location), diagnostic.message, diagnostic.hint) for diagnostic in diagnostics
        ],
    )


def controls(shown: Sequence[ShownChange]) -> Controls:
    """The controls for these changes; none for a few changes, which are all seen at once."""
    compares = any(
        line.role == "removed"
        for change in shown
        for field in change.fields
        for block in field.blocks
        for line in block
    )
    if len(shown) <= _FEW:
        return Controls((), searches=False, compares=compares)
    loud = {change.action for change in shown if change.role in LOUD}
    groups = (
        ("action", [change.action for change in shown]),
        ("kind", [change.kind for change in shown]),
        ("status", [change.status for change in shown if change.status]),
    )
    filters = tuple(
        (group, tuple(Chip(_colour(name, loud), count, name) for name, count in Counter(names).items()))
        for group, names in groups
        if len(set(names)) > 1
    )
    return Controls(filters, searches=True, compares=compares)


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
    """The colour of the headline: ``bad`` if something is refused or destroyed."""
    if any(plan.refusals for plan in plans) or destroyed(plans):
        return "bad"
    if is_drift:
        return "warn" if any(plan.changes for plan in plans) else "good"
    changes = [change for plan in plans for change in plan.changes]
    if any(change.restarts or role_of(change) != "create" for change in changes):
        return "warn"
    return "calm" if changes else "good"


def _headline(plans: Sequence[AnyPlan], summary: Summary) -> str:
    """The result in a few words."""
    changes = [change for plan in plans for change in plan.changes]
    if summary is drift_line or not changes:
        return summary(plans).removesuffix(".")
    if any(plan.refusals for plan in plans):
        return "Refused: nothing may be written"
    losses, restarts = len(destroyed(plans)), len(_restarts(changes))
    facts = [f"destroys {losses:,}"] if losses else []
    facts += [f"restarts {_counted(restarts, _RUNS)}"] if restarts else []
    return f"{_counted(len(changes), 'change')}{': ' if facts else ''}{', '.join(facts)}"


def _restarts(changes: Sequence[AnyChange]) -> list[str]:
    return sorted(
        {f"{change.address.cluster}/{_RUNS}/{name}" for change in changes for name in change.restarts}
    )


def _chips(plans: Sequence[AnyPlan], *, is_drift: bool) -> list[Chip]:
    """Counts by action, then of what is not done; zeros are left out."""
    count = totals(plans)
    chips = (
        [] if is_drift else [Chip(role, number, ROLE_WORDS[role]) for role, number in counted(plans).items()]
    )
    chips += [
        Chip("adopt", sum(len({move.address for move in plan.moves}) for plan in plans), "to move"),
        Chip("held", sum(len(plan.held) for plan in plans), "held after a rollback"),
        Chip("held", sum(len(plan.unread) for plan in plans), "could not be read"),
        Chip("held", sum(len(plan.verify) for plan in plans), "to verify again"),
        Chip("held", sum(len(plan.unchecked) for plan in plans), "not checked"),
        Chip("held", sum(len(plan.released) for plan in plans), "to release"),
        Chip("quiet", sum(plan.pending for plan in plans), "not yet applied"),
        Chip("quiet", count["unchanged"], "unchanged"),
        Chip("quiet", count["unmanaged"], "not managed"),
    ]
    return [chip for chip in chips if chip.number]


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
