"""What is approved: whether plans made now are what a plan file holds, or a part of it."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.document import PlanMeta, plain
from reconciler.model import Address, Change, Diagnostic, FieldChange, Plan, Sensitive
from reconciler.planfile.keyed import canonical, equal, keyed

_NUMBERED = re.compile(r"\(sensitive #[0-9]{1,9}\)")


class Approved(NamedTuple):
    """What a plan file holds. ``fingerprints`` has one text for each change, over all plans, in order.

    ``signed`` tells that the file bears a signature; whether it is right, ``decode`` says by not refusing.
    """

    meta: PlanMeta
    plans: tuple[Plan, ...]
    diagnostics: tuple[Diagnostic, ...]
    fingerprints: tuple[str, ...]
    signed: bool


Marked = tuple[Change, str]
"""A change of the plan file and its fingerprint."""


def differences(approved: Approved, plans: Sequence[Plan], *, key: bytes | None) -> tuple[str, ...]:
    """Why ``plans``, made now, are not approved: a reason each, or nothing where they are.

    Every change must be in the file with equal address, action, fields and fingerprint; a subset is fine.
    Of masked fields the path alone is compared here: their numbers shift in a subset, and the fingerprint
    stands for what they were planned from. ``key`` is the one the file was decoded with.
    """
    held = {(plan.cluster, plan.stack): plan for plan in approved.plans}
    left = _by_address(approved)
    reasons: list[str] = []
    for plan in plans:
        then = held.get((plan.cluster, plan.stack))
        if then is not None:
            reasons += _other_place(plan, then)
            reasons += _unlike(plan, then, left, key)
        elif plan.changes or plan.released:
            reasons.append(f"{plan.cluster}, stack {plan.stack}: not in the plan file")
    return tuple(reasons)


def fingerprint(change: Change, *, key: bytes | None) -> str:
    """What ``change`` was planned from, as one text.

    Under a ``key`` an HMAC-SHA256 of the live object's id and fields concerned, and of all that is declared,
    save the values of secrets. Without one a plain SHA-256 of the id and of what the plan shows anyway: to
    hash a masked value so would let anyone test guesses.
    """
    facts: dict[str, Any] = {
        "address": [change.address.cluster, change.address.kind, change.address.name],
        "action": change.action,
        "consented": change.consented,
        "live": change.live.id if change.live else "",
        "fields": [_compared(one) for one in change.fields],
    }
    if key is None:
        return f"sha256:{hashlib.sha256(canonical(facts)).hexdigest()}"
    concerned = {one.path.split(".")[0] for one in change.fields}
    live = change.live.spec if change.live else {}
    declared = change.desired.spec if change.desired else {}
    if change.address.kind == "secret":  # that there is a value is approved, not which
        live, declared = ({name: name != "data" and one[name] for name in one} for one in (live, declared))
    facts["before"] = _revealed({name: live[name] for name in concerned if name in live})
    facts["declared"] = _revealed(declared)
    return keyed(facts, key=key, purpose="change")


def _other_place(plan: Plan, then: Plan) -> Iterator[str]:
    if (then.cluster_id, then.company_id) != (plan.cluster_id, plan.company_id):
        yield (
            f"{plan.cluster}: approved for cluster {then.cluster_id} of company {then.company_id}, "
            f"it is now cluster {plan.cluster_id} of company {plan.company_id}"
        )


def _unlike(
    plan: Plan, then: Plan, left: dict[tuple[str, Address], list[Marked]], key: bytes | None
) -> Iterator[str]:
    """A reason for each change and release of ``plan`` that was not approved; uses up what it finds."""
    released = {(one.kind, one.name) for one in then.released}
    for owned in plan.released:
        if (owned.kind, owned.name) not in released:
            yield f"{plan.cluster}/{owned.kind}/{owned.name}: to release it was not approved"
    for change in plan.changes:
        if change.address in then.unchecked and change.action in ("update", "replace"):
            yield (
                f"{change.address}: its value was not at hand when the plan file was made, "
                f"so this {change.action} is not approved"
            )
        elif reason := _mismatch(change, left.get((plan.stack, change.address), []), key):
            yield f"{change.address}: {reason}"


def _mismatch(change: Change, candidates: list[Marked], key: bytes | None) -> str:
    """How ``change`` differs from what was approved, or ""; the candidate it is like is then used up."""
    alike = [one for one in candidates if one[0].action == change.action]
    if not alike:
        actions = " or ".join(sorted({one.action for one, _ in candidates}))
        return f"{change.action} was not approved" + (f", {actions} was" if actions else "")
    fields = [_compared(one) for one in change.fields]
    same = [one for one in alike if [_compared(field) for field in one[0].fields] == fields]
    if not same:
        then = {field.path: _compared(field) for field in alike[0][0].fields}
        now = {field.path: _compared(field) for field in change.fields}
        paths = ", ".join(sorted(path for path in then | now if then.get(path) != now.get(path)))
        return f"{change.action} was approved, but with another difference in {paths or 'its fields'}"
    mark = fingerprint(change, key=key)
    for one in same:
        if equal(one[1], mark):
            candidates.remove(one)
            return ""
    return f"{change.action} was approved from another live object or manifest than there is now"


def _by_address(approved: Approved) -> dict[tuple[str, Address], list[Marked]]:
    marks = iter(approved.fingerprints)
    found: dict[tuple[str, Address], list[Marked]] = {}
    for plan in approved.plans:
        for change in plan.changes:
            found.setdefault((plan.stack, change.address), []).append((change, next(marks)))
    return found


def _compared(field: FieldChange) -> list[Any]:
    """A field as it is compared: of a masked one what is shown of it, less the numbers of its masks."""
    if field.sensitive:
        return [field.path, _unnumbered(field.before), _unnumbered(field.after), True]
    return [field.path, plain(field.before), plain(field.after), False]


def _unnumbered(value: Any) -> Any:
    if isinstance(value, str):
        return _NUMBERED.sub("(sensitive)", value)
    if isinstance(value, Mapping):
        return {str(name): _unnumbered(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_unnumbered(one) for one in value]
    return plain(value)


def _revealed(value: Any) -> Any:
    """JSON data with sensitive values in the clear: for the message of a keyed digest, and nothing else."""
    if isinstance(value, Sensitive):
        return {"sensitive": value.reveal()}
    if isinstance(value, Mapping):
        return {str(name): _revealed(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_revealed(one) for one in value]
    return plain(value)
