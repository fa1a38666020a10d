"""The recorded states of services that a plan does not write, and the changes that wait for them. Pure.

An apply also checks the tasks of these services, and holds back the same changes for what it finds.
"""

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from reconciler import digest
from reconciler.kinds import RUNNING
from reconciler.model import (
    Blocker,
    Change,
    Delete,
    Named,
    Owned,
    ServiceState,
    Source,
    Spec,
    are_of_one_repository,
)
from reconciler.model.change import GoesAhead
from reconciler.model.note import DeletedAnyway, Note, WaitsThoughRemoved, WrittenAnyway
from reconciler.planning.draft import Draft, Facts
from reconciler.waits import DOWN, blockers, is_consented_by_name


def service_states(facts: Facts, draft: Draft, changes: Iterable[Change]) -> dict[str, ServiceState]:
    """The recorded states, by name, of the stack's services that the plan neither writes nor deletes and that
    others wait for.
    """
    changed = {
        change.address.name for change in changes if change.address.kind in RUNNING and _is_written(change)
    }
    return {
        owned.name: _state(facts, draft, owned)
        for owned in facts.owned
        if owned.kind in RUNNING
        and owned.name not in changed
        and facts.in_scope(owned.kind, owned.name)
        and (owned.kind, owned.name) not in facts.desired.released
        and (facts.still_there(owned) or _is_missed(facts, owned))
        and _is_waited_for(facts, owned)
    }


def _is_written(change: Change) -> bool:
    """Whether a change writes the object, and not only the record."""
    return change.action != "update" or any(not field.is_of_the_record for field in change.fields)


def _is_missed(facts: Facts, owned: Owned) -> bool:
    """Whether a missing service must be created again by a run of another file."""
    key, source = (owned.kind, owned.name), facts.source(owned)
    is_elsewhere = source is not None and not facts.is_covered(source)
    return is_elsewhere and key not in facts.desired.manifests and facts.consent(key) is None


def _is_waited_for(facts: Facts, owned: Owned) -> bool:
    manifest = facts.desired.manifests.get((owned.kind, owned.name))
    if manifest is not None:
        return manifest.lifecycle.wait
    if not owned.wait:
        return False
    source, covered = facts.source(owned), facts.options.covered
    return (
        source is None
        or not covered
        or any(are_of_one_repository(source, Source(*folder)) for folder in covered)
    )


def _state(facts: Facts, draft: Draft, owned: Owned) -> ServiceState:
    address = facts.address(owned.kind, owned.name)
    if not facts.still_there(owned):
        return "down"
    if owned.state == "rolled back" and (owned.kind, owned.name) in facts.desired.manifests:
        return "rolled back" if address in draft.held else "unverified"  # the manifests declare what runs now
    return owned.state


def with_waits(
    facts: Facts,
    draft: Draft,
    changes: Iterable[Change],
    states: Mapping[str, ServiceState],
    worked: Mapping[Named, tuple[Blocker, ...]],
) -> tuple[Change, ...]:
    """The changes, each with the services that it waits for.

    ``states`` are those of ``service_states``; ``worked`` are, by kind and live name, the services that worked with
    an object last. Adds notes on services that are written although a dependency is down, and on deletes under
    ``removed``.
    """
    waiting: list[Change] = []
    for planned in changes:
        change, ahead = _with_worked(facts, planned, worked), _goes_ahead(facts, planned)
        if ahead and change.action != "delete":
            change = replace(change, goes_ahead=ahead)
            draft.notes += [
                WrittenAnyway(change.address, name, states[name], ahead)
                for name in sorted(change.desired.depends_on if change.desired else ())
                if states.get(name) in DOWN
            ]
        held_by = blockers(change, states)
        if is_consented_by_name(change):
            draft.notes += _of_consented(change, held_by, states)
        waiting.append(replace(change, waits_for=held_by) if held_by else change)
    return tuple(waiting)


def _with_worked(facts: Facts, change: Change, worked: Mapping[Named, tuple[Blocker, ...]]) -> Change:
    """A delete of an undeclared object gets the services that worked with it last; other changes stay as they are."""
    if change.action != "delete" or (change.address.kind, change.address.name) in facts.desired.manifests:
        return change
    return replace(change, worked_with=worked.get((change.address.kind, change.live_name), ()))


def _of_consented(
    change: Delete, held_by: tuple[Blocker, ...], states: Mapping[str, ServiceState]
) -> Iterator[Note]:
    """The note on a delete named under ``removed``: which services it waits for, or does not wait for."""
    if held_by:
        yield WaitsThoughRemoved(change.address, held_by)
    elif passed := blockers(replace(change, consented=False), states):
        yield DeletedAnyway(change.address, passed)


def _goes_ahead(facts: Facts, change: Change) -> GoesAhead | None:
    """Why a service is written although a service that it depends on may be down; None if it waits."""
    if change.address.kind not in RUNNING or change.desired is None or not change.desired.depends_on:
        return None
    if (change.address.kind, change.address.name) in facts.options.targets:
        return "target"
    if [field.field for field in change.fields] == ["replicas"] and _is_lower(change):
        return "fewer replicas"
    verified = change.owned and _verified(change.owned)
    if verified and change.action == "update":
        intended = digest.masked(change.address.kind, change.spec, key=facts.options.digest_key)
        if intended == verified:
            return "last verified"
    return None


def _verified(owned: Owned) -> Spec:
    """The spec that was last verified. For a verified service this is the last applied spec."""
    return owned.applied if owned.state == "verified" else owned.last_verified


def _is_lower(change: Change) -> bool:
    (field,) = change.fields
    before = 1 if field.before is None else field.before
    return isinstance(before, int) and isinstance(field.after, int) and field.after < before
