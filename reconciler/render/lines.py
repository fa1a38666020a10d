"""A plan as lines that have a role but no dress yet: text, Markdown and HTML each dress the same lines.

Every line's text is visible and of one line. Nothing is decided here but what a reviewer is told, and in
which order.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from reconciler.document import ACTIONS, totals
from reconciler.kinds import KINDS, VERSIONED
from reconciler.kinds.versions import is_versioned
from reconciler.model import COMPANY, Action, Address, AnyChange, AnyPlan
from reconciler.render.ownership import kept_lines, record_lines
from reconciler.render.values import field_lines
from reconciler.render.visible import short_digests, shorten
from reconciler.waits import described, way_out

Role = Literal[
    "create",
    "update",
    "replace",
    "delete",
    "adopt",
    "version",
    "sweep",
    "field",
    "drift",
    "added",
    "removed",
    "context",
    "why",
    "note",
    "refusal",
]
SYMBOLS = {
    "create": "+",
    "update": "~",
    "replace": "-/+",
    "delete": "-",
    "adopt": "&",
    "version": "-/+",
    "sweep": "-",
}
LOUD: tuple[Action, ...] = ("delete", "replace")
WORDS: Mapping[Role, str] = {
    "create": "to create",
    "update": "to update",
    "version": "to replace by a new version",
    "adopt": "to adopt",
    "replace": "to replace",
    "delete": "to delete",
    "sweep": "to delete as old",
}
"""What a count of each role is called, in the order in which counts are given."""
NAMES = 50
"""How many names a line holds before the rest is counted only."""
UNMANAGED = 10
"""How many of them where it is about what is left alone."""


class Line(NamedTuple):
    """One line: what it is, how deep it stands, and its text."""

    role: Role
    depth: int
    text: str


def name_of(address: Address) -> str:
    """An address as shown: whole, visible, and not endless."""
    return shorten(str(address), 300)


def title(plan: AnyPlan) -> str:
    """Which stack of which cluster a plan is for."""
    place = "the company" if plan.cluster == COMPANY else plan.cluster
    known = f" ({plan.cluster_id})" if plan.cluster_id and plan.cluster_id != plan.cluster else ""
    return shorten(f"{place}{known}, stack {plan.stack}", 300)


def change_lines(change: AnyChange, *, body: bool = True) -> Iterator[Line]:
    """One change: what, where, why, field by field, and what follows. Without ``body``: its first line."""
    role = role_of(change)
    place = f"  {shorten(change.location.path, 200)}:{change.location.line}" if change.location else ""
    live_name = change.live_name if change.live_name not in ("", change.address.name) else ""
    known_as = f" as {shorten(live_name, 200)}" if live_name else ""
    yield Line(role, 0, f"{name_of(change.address)}{known_as}: {word_of(change)}{place}")
    if not body:
        return
    if change.reason:
        yield Line("why", 1, f"because {shorten(change.reason, 2000)}")
    if change.action == "delete" and change.live and (image := change.live.spec.get("image")):
        yield Line("why", 1, f"it runs {shorten(short_digests(str(image)), 300)}")
    mark = not _is_drift_alone(change)
    for field in change.fields:
        yield from (Line(role, 1 + depth, text) for role, depth, text in field_lines(field, mark=mark))
    if change.restarts:
        yield Line("why", 1, f"restarts service {listed(change.restarts)}")
    if change.waits_for:
        way = way_out(change, change.waits_for)
        yield Line(
            "why", 1, shorten(f"waits for {described(change.waits_for)}{'; ' if way else ''}{way}", 2000)
        )
    if change.needs:
        yield Line("why", 1, f"after {listed([str(one) for one in change.needs])}")


def role_of(change: AnyChange) -> Role:
    """The role of a change's first line: its action, but for a ``version`` that takes the place of another, which
    destroys nothing, and the ``sweep`` of an old version that nothing uses."""
    if change.address.kind in VERSIONED:
        if change.action == "replace" and is_versioned(change.live_name):
            return "version"
        if change.action == "delete" and is_versioned(change.address.name):
            return "sweep"
    return change.action


def word_of(change: AnyChange) -> str:
    """What a change does, in capitals where it ends something that runs or is kept."""
    role = role_of(change)
    if role == "version":
        return "replace (new version)"
    if role == "sweep":
        return "delete (old version)"
    word = change.action.upper() if change.action in LOUD else change.action
    return f"{word} (consented)" if change.consented else word


def _is_drift_alone(change: AnyChange) -> bool:
    """Whether the reason of a change says of all its fields what would be said of each."""
    return all(one.drift for one in change.fields)


def other_lines(plan: AnyPlan) -> Iterator[Line]:
    """What a reviewer should know that is no change; what is refused comes last."""
    unready = [one for one in plan.verify if KINDS[one.kind].capacity]
    unverified = [one for one in plan.verify if not KINDS[one.kind].capacity]
    released, verify, waited_for = (
        [Address(plan.cluster, one.kind, one.name) for one in some]
        for some in (plan.released, unverified, unready)
    )
    for addresses, fact in (
        (plan.unchecked, "not checked: no value at hand; an apply needs it"),
        (verify, "unchanged; its last rollout was not verified, apply checks it"),
        (waited_for, "not all are Ready: apply waits for them, and deletes wait too"),
        (plan.held, "held after a rollback: change the manifest, or use --retry"),
        (released, "released: no longer managed, kept in the cluster"),
    ):
        yield from (Line("note", 0, f"{name_of(one)}: {fact}") for one in addresses)
    for text in (*kept_lines(plan), *record_lines(plan)):
        yield Line("note", 0, text)
    for text in plan.notes:
        yield Line("note", 0, shorten(text, 2000))
    if plan.unmanaged:
        names = listed([f"{one.kind}/{one.name}" for one in plan.unmanaged], UNMANAGED)
        rest = ", all of them in the JSON form" if len(plan.unmanaged) > UNMANAGED else ""
        yield Line("note", 0, f"{len(plan.unmanaged):,} not managed, left alone: {names}{rest}")
    for text in plan.refusals:
        yield Line("refusal", 0, f"refused: {shorten(text, 2000)}")


def destroyed(plans: Sequence[AnyPlan]) -> list[AnyChange]:
    """The changes that end something that runs or is kept: deletes first, then replacements.

    Neither a new version of a secret or config, nor the delete of an old one that nothing uses, is among them.
    """
    changes = [one for plan in plans for one in plan.changes]
    return [one for action in LOUD for one in changes if role_of(one) == action]


Summary = Callable[[Sequence[AnyPlan]], str]
"""Makes the one sentence that stands for some plans."""


def summary_line(plans: Sequence[AnyPlan]) -> str:
    """The one sentence that says it all. Says that live state matches only where nothing is left open."""
    left = _open(plans)
    doing = ", ".join(f"{number:,} {WORDS[role]}" for role, number in counted(plans).items())
    rest = ", ".join(filter(None, (_untouched(plans), left)))
    whole = "; ".join(filter(None, (doing or "no changes", rest)))
    if refusals := sum(len(plan.refusals) for plan in plans):
        reasons = "1 reason" if refusals == 1 else f"{refusals} reasons"
        return f"Refused for {reasons}: nothing may be written. Planned: {whole}."
    if doing:
        return f"Plan: {whole}."
    if left:
        return f"No changes, but {left}."
    return "No changes. Live state matches the manifests."


def counted(plans: Sequence[AnyPlan]) -> dict[Role, int]:
    """How many changes there are by role, in a fixed order; those that are none are left out."""
    roles = [role_of(change) for plan in plans for change in plan.changes]
    return {role: roles.count(role) for role in WORDS if role in roles}


def cells(plans: Sequence[AnyPlan]) -> list[tuple[str, ...]]:
    """Where there is something to do and how much: a row of headings, then one for each stack that has changes.

    Roles that no stack has are left out, and a zero is an empty cell.
    """
    busy = [(plan, counted([plan])) for plan in plans if plan.changes]
    roles = list(counted([plan for plan, _ in busy]))
    heading = ("where", *(WORDS[role] for role in roles))
    return [
        heading,
        *((title(plan), *(str(of_plan.get(role, "")) for role in roles)) for plan, of_plan in busy),
    ]


def _untouched(plans: Sequence[AnyPlan]) -> str:
    count = totals(plans)
    facts = (("unchanged", count["unchanged"]), ("not managed", count["unmanaged"]))
    return ", ".join(f"{number:,} {what}" for what, number in facts if number)


def drift_line(plans: Sequence[AnyPlan]) -> str:
    """The one sentence on plans that hold nothing but what was changed outside git."""
    changes = [one for plan in plans for one in plan.changes]
    left = _open(plans)
    if not changes:
        rest = f" But live is not as declared: {left}." if left else ""
        return f"No drift. No managed object was changed outside git.{rest}"
    gone = sum(one.action in ("create", "adopt") for one in changes)
    counts = ((len(changes) - gone, "changed"), (gone, "deleted or replaced"))
    told = [f"{count} object{'' if count == 1 else 's'} {what}" for count, what in counts if count]
    rest = f" Beside that: {left}." if left else ""
    return f"Drift: {', '.join(told)} outside git.{rest}"


def drifted(plans: Sequence[AnyPlan], summary: Summary = summary_line) -> int:
    """How many fields differ since someone changed them outside git; 0 where the summary is on nothing else."""
    if summary is drift_line:
        return 0
    return sum(field.drift for plan in plans for change in plan.changes for field in change.fields)


def _open(plans: Sequence[AnyPlan]) -> str:
    """What these plans leave open beside their changes, or ""."""
    left = {
        "not checked": sum(len(plan.unchecked) for plan in plans),
        "to verify again": sum(len(plan.verify) for plan in plans),
        "held after a rollback": sum(len(plan.held) for plan in plans),
        "could not be read": sum(len(plan.unread) for plan in plans),
        "to release": sum(len(plan.released) for plan in plans),
        "to move": sum(len({one.address for one in plan.moves}) for plan in plans),
        "in the record only": sum(
            len({one.address for one in plan.record_only if one.what != "moved"}) for plan in plans
        ),
        "pending": sum(plan.pending for plan in plans),
    }
    return ", ".join(f"{count} {what}" for what, count in left.items() if count)


def listed(names: Sequence[str], limit: int = NAMES) -> str:
    """Names with commas between; those beyond ``limit`` are counted."""
    shown = ", ".join(shorten(one, 200) for one in names[:limit])
    return f"{shown} and {len(names) - limit:,} more" if len(names) > limit else shown


def legend(plans: Sequence[AnyPlan]) -> str:
    """The symbols in use and what stands for what is not shown, or "" where there is no change."""
    changes = [change for plan in plans for change in plan.changes]
    used = {change.action for change in changes}
    symbols = ", ".join(f"{SYMBOLS[one]} {one}" for one in ACTIONS if one in used)
    hidden = any(field.sensitive for change in changes for field in change.fields)
    return f"{symbols}; (sensitive #n) a hidden value; the number tells places apart" if hidden else symbols
