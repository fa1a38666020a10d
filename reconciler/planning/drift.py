"""The part of a plan that undoes changes made outside git. Pure.

Drift is a managed field that differs from its last applied value, or a managed object that was deleted or replaced.
Unmanaged fields and new changes of the manifests are no drift. As in a plan, ``before`` is the live value and
``after`` the declared one.
"""

from collections.abc import Collection, Iterator

from msgspec.structs import replace

from reconciler.model import Address, Change, Named, Plan, Record
from reconciler.model.note import WouldBeRefused
from reconciler.model.reason import PlainReason


def drift_of(plan: Plan, record: Record) -> Plan:
    """``plan`` with only the changes that undo drift, and only their fields that drifted.

    ``record`` is the one that the plan was made from. The number of other changes is in ``pending``; held and
    unverified services stay. Refusals become notes, since they are no drift but may hide some.
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
