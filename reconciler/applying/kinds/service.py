"""Writes services: POST to create, one PUT of the whole merged body to change, DELETE by id."""

from reconciler.applying.context import ApplyContext
from reconciler.applying.kinds.base import Writes
from reconciler.applying.kinds.service_hosts import free, held_by_others
from reconciler.applying.settle import Found, settle
from reconciler.diff import differences
from reconciler.errors import ChangedSincePlanned, NotFound, ReconcilerError
from reconciler.kinds.service import LISTS, SERVICE, decode, encode, encode_update, is_platform_service
from reconciler.kinds.unknown import kept, unsupported
from reconciler.model import Body, Delete, InPlace, Spec, Write
from reconciler.normalize import same


def create(context: ApplyContext, change: Write) -> str:
    """Create the service, and return its id.

    Raises ``ChangedSincePlanned`` if a service has that name now; otherwise as ``settle`` does.
    """
    free(context, change)
    name = change.live_name
    if (existing := context.found(SERVICE.name, name)) is not None:
        if change.live is None or change.live.id == existing.id:
            raise ChangedSincePlanned(f"a service {name} exists now")
        raise ChangedSincePlanned(f"another service {name} exists now")
    ids: list[str] = []

    def write() -> None:
        made = context.writer.create_service(context.at, encode(name, change.spec))
        ids.append(context.new_id(SERVICE.name, made))

    def read_back() -> Found:
        found = [body for body in context.writer.services(context.at) if body.get("name") == name]
        if not found:
            return "unchanged"
        if not is_as_desired(change.spec, found[0]):
            return "changed"
        ids.append(str(found[0]["id"]))
        return "made"

    settle(write, read_back, pause=context.once_more)
    return ids[-1]


def update(context: ApplyContext, change: InPlace) -> str:
    """Read the service again, set the fields that differ, and PUT it as a whole. Returns its id.

    Raises ``ChangedSincePlanned`` if it is gone, was changed since the plan, or would lose fields; otherwise as
    ``settle`` does.
    """
    free(context, change)
    planned, fields = change.live, written_fields(change)
    try:
        fresh = context.writer.service(context.at, planned.id)
    except NotFound:
        raise ChangedSincePlanned("it is gone") from None
    if fresh.get("name") == planned.name and is_as_desired(_only(change.spec, fields), fresh):
        return planned.id
    refuse_to_write(change, fresh, fields)
    body = encode_update(fresh, change.spec, fields, change.keeps)
    before = decode(fresh)

    def write() -> None:
        context.writer.replace_service(context.at, planned.id, body)

    def read_back() -> Found:
        current = context.writer.service(context.at, planned.id)
        if is_as_desired(_only(change.spec, fields), current):
            return "done"
        return "unchanged" if decode(current) == before else "changed"

    settle(write, read_back, pause=context.once_more)
    _see_kept(context, change, fresh)
    return planned.id


def _see_kept(context: ApplyContext, change: InPlace, before: Body) -> None:
    """Raises ReconcilerError if fields unknown to this version were sent back unchanged, and the platform changed
    them."""
    if not change.keeps:
        return
    lost = kept(before, context.writer.service(context.at, str(before["id"])), change.keeps)
    if lost:
        raise ReconcilerError(f"written, but the platform did not keep {', '.join(lost)} as it was")


def refuse_to_write(change: InPlace, fresh: Body, fields: frozenset[str]) -> None:
    """Raises ``ChangedSincePlanned`` if the fields to write differ from those in the plan, or others would be lost.

    ``fresh`` is the service as just read (API: Services); ``fields`` are the names of the fields to write.
    """
    planned, live = change.live, decode(fresh)
    if is_platform_service(str(fresh.get("name") or ""), str(fresh.get("image") or "")):
        raise ChangedSincePlanned("it is the platform's load balancer now")
    if fresh.get("name") != planned.name:
        raise ChangedSincePlanned("it has another name now")
    if reason := unsupported(fresh, change.keeps):
        raise ChangedSincePlanned(f"an update would lose fields: {reason}")
    for field in sorted(fields):
        expected = planned.spec.get(field)
        if not same(SERVICE, field, expected, live.get(field)) and not _is_freed(change, field, live):
            raise ChangedSincePlanned(f"changed concurrently: {field}")


def _is_freed(change: InPlace, field: str, live: Spec) -> bool:
    """Whether a service has the hosts of the plan, without those that this run gave to other services."""
    if field != "hosts":
        return False
    remaining = [
        host for host in change.live.spec.get("hosts") or () if host.strip().lower() not in change.frees
    ]
    return bool(change.frees) and same(SERVICE, "hosts", remaining, live.get("hosts"))


def delete(context: ApplyContext, change: Delete) -> str:
    """Delete the service by id, and return the id.

    Raises ``ChangedSincePlanned`` if another service has its name now; otherwise as ``settle`` does.
    """
    planned = change.live
    present = context.found(SERVICE.name, planned.name)
    if present is None:
        return planned.id
    if present.id != planned.id:
        raise ChangedSincePlanned("another service has its name")
    if is_platform_service(present.name, str(present.spec.get("image") or "")):
        raise ChangedSincePlanned("it is the platform's load balancer now")

    def write() -> None:
        context.writer.delete_service(context.at, planned.id)

    def read_back() -> Found:
        present = any(service["id"] == planned.id for service in context.writer.services(context.at))
        return "unchanged" if present else "done"

    settle(write, read_back, pause=context.once_more)
    return planned.id


def put_back(context: ApplyContext, change: InPlace) -> None:
    """Write the spec that the service had before the change (``on_failure: rollback``), without hosts that other
    services have now. Raises as ``settle`` does, and what the API raises."""
    former = change.live
    fields = written_fields(change)
    fresh = context.writer.service(context.at, former.id)
    spec = {**_cleared(fields), **_only(former.spec, fields)}
    if "hosts" in fields:
        held = held_by_others(context, former.id)
        spec["hosts"] = [host for host in spec["hosts"] if host.strip().lower() not in held]
    if all(same(SERVICE, field, spec.get(field), decode(fresh).get(field)) for field in fields):
        return  # the platform rolls back itself: a write would disturb that
    body = encode_update(fresh, spec, fields, change.keeps)

    def write() -> None:
        context.writer.replace_service(context.at, former.id, body)

    def read_back() -> Found:
        current = decode(context.writer.service(context.at, former.id))
        return (
            "done"
            if all(same(SERVICE, field, spec.get(field), current.get(field)) for field in fields)
            else "unchanged"
        )

    settle(write, read_back, pause=context.once_more)
    if context.denies(lambda: read_back() == "done"):
        raise ReconcilerError("the API answered that it was changed, but does not show the change")


def written_fields(change: Write) -> frozenset[str]:
    """The top-level fields that an update writes."""
    return frozenset(field.field for field in change.fields if not field.is_of_the_record)


def is_as_desired(spec: Spec, body: Body) -> bool:
    """Whether a live service (API: Services) has all values of ``spec``."""
    live = decode(body)
    return all(same(SERVICE, field, value, live.get(field)) for field, value in spec.items())


def did_not_take(spec: Spec, body: Body) -> tuple[str, ...]:
    """The names of the fields of ``spec`` that a live service has with another value."""
    return tuple(dict.fromkeys(difference.field for difference in differences(SERVICE, spec, decode(body))))


def _only(spec: Spec, fields: frozenset[str]) -> Spec:
    return {field: value for field, value in spec.items() if field in fields}


def _cleared(fields: frozenset[str]) -> Spec:
    """The values that clear these fields: an empty list or object, else None, since "" is not a number."""
    return {
        field: {} if field == "environment_variables" else [] if field in LISTS else None for field in fields
    }


WRITES = Writes(create=create, delete=delete, update=update)
