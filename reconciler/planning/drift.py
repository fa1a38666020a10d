"""The part of a plan that undoes changes made outside git; git's own changes are left out. Pure.

Drift is a managed field that is not as it was last applied, and an owned object that was deleted or replaced.
What was never managed, and what git newly asks for, is no drift. Its fields are as a plan's: before is what is
live, after what is declared.
"""

from collections.abc import Collection, Iterator

from msgspec.structs import replace

from reconciler.model import Address, Change, Named, Plan, Record
from reconciler.model.note import WouldBeRefused
from reconciler.model.reason import PlainReason


def drift_of(plan: Plan, record: Record) -> Plan:
    """``plan`` with the changes that undo drift alone, and of those only the fields that drifted; how many changes
    are pending beside it, and what is held or not verified, stays.

    ``record`` is the one that it was planned from. What an apply would be refused for becomes notes: it is
    no drift, but may hide some.
    """
    owned = {(entry.kind, entry.name) for entry in record.owned if not entry.retired}
    changes = [drifted for change in plan.changes for drifted in _drifted(change, owned)]
    addresses = {change.address for change in changes}
    return replace(
        plan,
        changes=tuple(replace(change, needs=_only(change.needs, addresses)) for change in changes),
        unmanaged=(),
        unchecked=(),
        released=(),
        kept=(),
        record_only=(),
        pending=sum(1 for change in plan.changes if change.is_pending) + len(plan.released) + len(plan.moves),
        notes=(*plan.notes, *map(WouldBeRefused, plan.refusals)),
        refusals=(),
    )


def _drifted(change: Change, owned: Collection[Named]) -> Iterator[Change]:
    is_owned = (change.address.kind, change.address.name) in owned
    if change.action == "create" and is_owned:
        yield replace(change, fields=(), reasons=(PlainReason.DELETED_OUTSIDE_GIT,), restarts=())
    elif change.action == "adopt" and is_owned and change.taken_from is None:
        fields = tuple(field._replace(drift=True) for field in change.fields)
        yield replace(change, fields=fields, reasons=(PlainReason.PLACE_TAKEN_OUTSIDE_GIT,), restarts=())
    elif change.action in ("update", "replace", "adopt") and any(field.drift for field in change.fields):
        fields = tuple(field for field in change.fields if field.drift)
        yield replace(change, fields=fields, reasons=(PlainReason.CHANGED_OUTSIDE_GIT,), restarts=())


def _only(needs: tuple[Address, ...], addresses: Collection[Address]) -> tuple[Address, ...]:
    return tuple(address for address in needs if address in addresses)
