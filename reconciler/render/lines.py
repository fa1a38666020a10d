"""A plan as lines with a role and no layout: text, Markdown and HTML lay out the same lines.

Every text is visible and a single line. This module decides only what a reviewer reads, and in which order.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from reconciler.document import ACTIONS, totals
from reconciler.kinds import KINDS, VERSIONED
from reconciler.kinds.service_tasks import moves_tasks_alone
from reconciler.kinds.versions import is_versioned
from reconciler.model import COMPANY, Action, Address, AnyChange, AnyPlan, Delete
from reconciler.render.notes import note_text
from reconciler.render.ownership import kept_lines, record_lines
from reconciler.render.reasons import reason_of
from reconciler.render.refusals import refusal_text
from reconciler.render.values import field_lines
from reconciler.render.visible import short_digests, shorten
from reconciler.render.waits import described, way_out

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
ROLE_WORDS: Mapping[Role, str] = {
    "create": "to create",
    "update": "to update",
    "version": "to replace with a new version",
    "adopt": "to adopt",
    "replace": "to replace",
    "delete": "to delete",
    "sweep": "to delete as old",
}
"""The words after the count of each role, in the order in which counts are shown."""
NAMES = 50
"""A line shows at most this many names; the rest is counted."""
UNMANAGED = 10
"""The same, for objects that are not managed."""


class Line(NamedTuple):
    """A line: its role, its indentation (from 0) and its text."""

    role: Role
    depth: int
    text: str


def name_of(address: Address) -> str:
    """An address as it is shown: visible, and shortened if it is very long."""
    return shorten(str(address), 300)


def title(plan: AnyPlan) -> str:
    """The cluster and stack that a plan is for."""
    place = "the company" if plan.cluster == COMPANY else plan.cluster
    known = f" ({plan.cluster_id})" if plan.cluster_id and plan.cluster_id != plan.cluster else ""
    return shorten(f"{place}{known}, stack {plan.stack}", 300)


def change_lines(change: AnyChange, *, body: bool = True) -> Iterator[Line]:
    """A change: action, place, reason, fields, and what restarts or waits. Without ``body`` only the first line."""
    role = role_of(change)
    place = f"  {shorten(change.location.path, 200)}:{change.location.line}" if change.location else ""
    live_name = change.live_name if change.live_name not in ("", change.address.name) else ""
    known_as = f" as {shorten(live_name, 200)}" if live_name else ""
    yield Line(role, 0, f"{name_of(change.address)}{known_as}: {word_of(change)}{place}")
    if not body:
        return
    if reason := reason_of(change):
        yield Line("why", 1, f"because {shorten(reason, 2000)}")
    if isinstance(change, Delete) and change.runs:
        yield Line("why", 1, f"it runs {shorten(short_digests(change.runs), 300)}")
    mark = not _is_drift_alone(change)
    for field in change.fields:
        yield from (Line(role, 1 + depth, text) for role, depth, text in field_lines(field, mark=mark))
    if change.restarts:
        moves = moves_tasks_alone(field.field for field in change.fields)
        verb = (
            "restarts only those tasks whose node no longer fits, of service" if moves else "restarts service"
        )
        yield Line("why", 1, f"{verb} {listed(change.restarts)}")
    if change.waits_for:
        advice = way_out(change, change.waits_for)
        yield Line(
            "why",
            1,
            shorten(f"waits for {described(change.waits_for)}{'; ' if advice else ''}{advice}", 2000),
        )
    if change.needs:
        yield Line("why", 1, f"after {listed([str(need) for need in change.needs])}")


def role_of(change: AnyChange) -> Role:
    """The role of a change's first line: its action. A replacement by a new version, which destroys nothing, is a
    ``version``; the deletion of an old version that is not used any more is a ``sweep``."""
    if change.address.kind in VERSIONED:
        if change.action == "replace" and is_versioned(change.live_name):
            return "version"
        if change.action == "delete" and is_versioned(change.address.name):
            return "sweep"
    return change.action


def word_of(change: AnyChange) -> str:
    """The word for a change's action, in capitals if it destroys something."""
    role = role_of(change)
    if role == "version":
        return "replace (new version)"
    if role == "sweep":
        return "delete (old version)"
    word = change.action.upper() if change.action in LOUD else change.action
    return f"{word} (consented)" if change.consented else word


def _is_drift_alone(change: AnyChange) -> bool:
    """Whether all fields of a change drifted, so that its reason says it and the fields need no mark."""
    return all(field.drift for field in change.fields)


def other_lines(plan: AnyPlan) -> Iterator[Line]:
    """The lines about everything other than changes; refusals come last."""
    unready = [owned for owned in plan.verify if KINDS[owned.kind].capacity]
    unverified = [owned for owned in plan.verify if not KINDS[owned.kind].capacity]
    released, verify, waited_for = (
        [Address(plan.cluster, owned.kind, owned.name) for owned in objects]
        for objects in (plan.released, unverified, unready)
    )
    for addresses, fact in (
        (plan.unchecked, "not checked: its value is not available; apply needs it"),
        (verify, "unchanged; its last rollout was not verified, apply checks it"),
        (waited_for, "not all nodes are Ready: apply waits for them, and deletes wait too"),
        (plan.held, "held after a rollback: change the manifest, or use --retry"),
        (released, "released: no longer managed, kept in the cluster"),
    ):
        yield from (Line("note", 0, f"{name_of(address)}: {fact}") for address in addresses)
    for text in (*kept_lines(plan), *record_lines(plan)):
        yield Line("note", 0, text)
    for note in plan.notes:
        yield Line("note", 0, shorten(note_text(note), 2000))
    if plan.unmanaged:
        names = listed([f"{address.kind}/{address.name}" for address in plan.unmanaged], UNMANAGED)
        rest = ": see --format json" if len(plan.unmanaged) > UNMANAGED else ""
        yield Line("note", 0, f"{len(plan.unmanaged):,} not managed, left alone: {names}{rest}")
    for refusal in plan.refusals:
        yield Line("refusal", 0, f"refused: {shorten(refusal_text(refusal), 2000)}")


def destroyed(plans: Sequence[AnyPlan]) -> list[AnyChange]:
    """The changes that destroy something: deletions first, then replacements.

    A new version of a secret or config, and the deletion of an unused old version, do not count.
    """
    changes = [change for plan in plans for change in plan.changes]
    return [change for action in LOUD for change in changes if role_of(change) == action]


Summary = Callable[[Sequence[AnyPlan]], str]
"""A function that sums up plans in a sentence."""


def summary_line(plans: Sequence[AnyPlan]) -> str:
    """A sentence that sums up the plans. It says that live state matches only if nothing is left to do or check."""
    still_open = _open(plans)
    doing = ", ".join(f"{number:,} {ROLE_WORDS[role]}" for role, number in counted(plans).items())
    more = ", ".join(filter(None, (_untouched(plans), still_open)))
    whole = "; ".join(filter(None, (doing or "no changes", more)))
    if refusals := sum(len(plan.refusals) for plan in plans):
        reasons = "1 reason" if refusals == 1 else f"{refusals} reasons"
        return f"Refused for {reasons}: nothing may be written. Planned: {whole}."
    if doing:
        return f"Plan: {whole}."
    if still_open:
        return f"No changes, but {still_open}."
    return "No changes. Live state matches the manifests."


def counted(plans: Sequence[AnyPlan]) -> dict[Role, int]:
    """The number of changes by role, in a fixed order, without zeros."""
    roles = [role_of(change) for plan in plans for change in plan.changes]
    return {role: roles.count(role) for role in ROLE_WORDS if role in roles}


def cells(plans: Sequence[AnyPlan]) -> list[tuple[str, ...]]:
    """A table of the number of changes: a row of headings, then a row for each stack that has changes.

    It has a column for each role that occurs; a zero is an empty cell.
    """
    busy = [(plan, counted([plan])) for plan in plans if plan.changes]
    roles = list(counted([plan for plan, _ in busy]))
    heading = ("where", *(ROLE_WORDS[role] for role in roles))
    return [
        heading,
        *((title(plan), *(str(of_plan.get(role, "")) for role in roles)) for plan, of_plan in busy),
    ]


def _untouched(plans: Sequence[AnyPlan]) -> str:
    count = totals(plans)
    facts = (("unchanged", count["unchanged"]), ("not managed", count["unmanaged"]))
    return ", ".join(f"{number:,} {label}" for label, number in facts if number)


def drift_line(plans: Sequence[AnyPlan]) -> str:
    """A sentence that sums up plans that hold only changes made outside git."""
    changes = [change for plan in plans for change in plan.changes]
    still_open = _open(plans)
    if not changes:
        more = f" But live state differs from the manifests: {still_open}." if still_open else ""
        return f"No drift. No managed object was changed outside git.{more}"
    missing = sum(change.action in ("create", "adopt") for change in changes)
    counts = ((len(changes) - missing, "changed"), (missing, "deleted or replaced"))
    facts = [f"{count} object{'' if count == 1 else 's'} {label}" for count, label in counts if count]
    more = f" Also: {still_open}." if still_open else ""
    return f"Drift: {', '.join(facts)} outside git.{more}"


def drifted(plans: Sequence[AnyPlan], summary: Summary = summary_line) -> int:
    """The number of fields that were changed outside git; 0 for ``drift_line``, which reports nothing else."""
    if summary is drift_line:
        return 0
    return sum(field.drift for plan in plans for change in plan.changes for field in change.fields)


def _open(plans: Sequence[AnyPlan]) -> str:
    """Counts of everything that is open besides the changes: to do, to verify, held or not read; "" if nothing."""
    counts = {
        "not checked": sum(len(plan.unchecked) for plan in plans),
        "to verify again": sum(len(plan.verify) for plan in plans),
        "held after a rollback": sum(len(plan.held) for plan in plans),
        "could not be read": sum(len(plan.unread) for plan in plans),
        "to release": sum(len(plan.released) for plan in plans),
        "to move": sum(len({entry.address for entry in plan.moves}) for plan in plans),
        "in the record only": sum(
            len({entry.address for entry in plan.record_only if entry.what != "moved"}) for plan in plans
        ),
        "not yet applied": sum(plan.pending for plan in plans),
    }
    return ", ".join(f"{count} {label}" for label, count in counts.items() if count)


def listed(names: Sequence[str], limit: int = NAMES) -> str:
    """Up to ``limit`` names, separated by commas, and the number of the others."""
    shown = ", ".join(shorten(name, 200) for name in names[:limit])
    return f"{shown} and {len(names) - limit:,} more" if len(names) > limit else shown


def legend(plans: Sequence[AnyPlan]) -> str:
    """The symbols in use, and what stands for a hidden value; "" if there is no change."""
    changes = [change for plan in plans for change in plan.changes]
    used = {change.action for change in changes}
    symbols = ", ".join(f"{SYMBOLS[action]} {action}" for action in ACTIONS if action in used)
    hidden = any(field.sensitive for change in changes for field in change.fields)
    return f"{symbols}; (sensitive #n) a hidden value, numbered by place" if hidden else symbols
