"""Writing secrets, configs and volumes: made once under a name of their own, never changed, deleted by id."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from reconciler.api.client import Bodies, ClusterRef, Writer
from reconciler.apply.intents import planned_from
from reconciler.apply.settle import ChangedSincePlanned, Found, settle
from reconciler.apply.site import Kept, Site
from reconciler.errors import ReconcilerError, Rejected
from reconciler.kinds import KINDS
from reconciler.model import Body, Change


class Calls(NamedTuple):
    """The three calls that a kind with a name has."""

    list: Callable[[Writer, ClusterRef], Bodies]
    create: Callable[[Writer, ClusterRef, Body], Body]
    delete: Callable[[Writer, ClusterRef, str], None]


CALLS: Mapping[str, Calls] = {
    "secret": Calls(Writer.secrets, Writer.create_secret, Writer.delete_secret),
    "config": Calls(Writer.configs, Writer.create_config, Writer.delete_config),
    "volume": Calls(Writer.volumes, Writer.create_volume, Writer.delete_volume),
}


_KEPT_OTHERWISE = (
    "the platform stores its data differently from what was sent (line ends, or white space at its end?), so it "
    "would always show a difference. Write it the way the platform stores it."
)


def create(site: Site, change: Change) -> str:
    """Create it, and return its id. Its name was free, so after a lost answer an object of that name is this run's."""
    kind, name, calls = change.address.kind, change.live_name, CALLS[change.address.kind]
    if site.found(kind, name):
        raise ChangedSincePlanned(f"a {kind} {name} is there now")
    body = KINDS[kind].encode(name, change.spec)
    ids: list[str] = []

    def write() -> None:
        made = calls.create(site.writer, site.at, body)
        if kind == "config" and made.get("data", change.spec["data"]) != change.spec["data"]:
            calls.delete(site.writer, site.at, str(made["id"]))
            raise ReconcilerError(f"{_KEPT_OTHERWISE} It was deleted again.")
        ids.append(str(made["id"]))

    def look() -> Found:
        found = [one for one in calls.list(site.writer, site.at) if one.get("name") == name]
        if not found:
            return "unchanged"
        if kind == "config" and found[0].get("data") != change.spec["data"]:
            return "changed"
        ids.append(str(found[0]["id"]))
        return "made"

    settle(write, look, pause=site.once_more)
    return ids[-1]


def delete(site: Site, change: Change) -> str:
    """Delete it by id; while containers that use it are stopping, the platform refuses, and it is tried again."""
    planned, calls = planned_from(change), CALLS[change.address.kind]
    there = site.found(planned.kind, planned.name)
    if there is None:
        return planned.id
    if there.id != planned.id:
        raise ChangedSincePlanned(f"another {planned.kind} has its name")
    _refuse_if_used(site, change)

    def write() -> None:
        calls.delete(site.writer, site.at, planned.id)

    def look() -> Found:
        there = any(one.get("id") == planned.id for one in calls.list(site.writer, site.at))
        return "unchanged" if there else "done"

    try:
        settle(write, look, pause=site.while_in_use)
    except Rejected as error:
        if planned.kind != "volume":
            raise
        raise Kept(
            "kept: containers that have stopped still hold it, so it goes after the next updates of what mounted it "
            f"({error})"
        ) from error
    return planned.id


def _refuse_if_used(site: Site, change: Change) -> None:
    """Nothing that a service mounts by now is deleted, whoever owns the service."""
    planned = planned_from(change)
    section = {"secret": "secrets", "config": "configs", "volume": "mounts"}[change.address.kind]
    key = "source" if section == "mounts" else "name"
    going = {address.name for address in change.needs}
    for service in site.live.objects.get("service", ()):
        uses = any(one[key] == planned.name for one in service.spec.get(section) or ())
        if uses and service.name not in going:
            raise ChangedSincePlanned(f"the service {service.name} uses it")
