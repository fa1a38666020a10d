"""Finds the objects that addresses name, for operations without manifests. Writes nothing."""

from collections.abc import Sequence

from msgspec import Struct

from reconciler import record
from reconciler.api.client import ClusterRef
from reconciler.errors import LeaseHeld, ReconcilerError, Refused, UsageError
from reconciler.fetch import OF_COMPANY, fetch
from reconciler.kinds.node import NODE
from reconciler.kinds.service import SERVICE, is_platform_service
from reconciler.kinds.webhook import WEBHOOK
from reconciler.model import COMPANY, Address, Live, LiveState
from reconciler.pipeline.session import Session
from reconciler.render.visible import visible


class Found(Struct, frozen=True):
    """A live object, and the address that was given for it.

    ``shows_tasks``, for a service: its cluster has shown tasks before, to an apply of any stack.
    """

    address: Address
    at: ClusterRef
    live: Live
    shows_tasks: bool = False


def services_at(session: Session, addresses: Sequence[Address]) -> tuple[Found, ...]:
    """The services at these addresses, by exact name, managed or not.

    Raises UsageError for a service that does not exist, Refused for the platform's load balancer and for a service
    whose stack is being applied.
    """
    states = _states(session, addresses, ())
    found, managed = [], []
    for address, live in _each(addresses, states):
        services = live.objects[SERVICE.name]
        matches = [service for service in services if service.name == address.name]
        if not matches:
            raise UsageError(_not_there(address, [service.name for service in services]))
        if is_platform_service(matches[0].name, str(matches[0].spec.get("image") or "")):
            managed.append(f"{address} is the platform's load balancer. It is never written or restarted.")
        at = ClusterRef(live.company_id, live.cluster_id)
        found.append(Found(address, at, matches[0], shows_tasks=_has_shown_tasks(live)))
    if managed:
        raise Refused(*managed)
    now, conceal = session.reader.server_time(), session.calls.sought.conceal
    by_cluster = {state.cluster_id: state for state in states.values()}
    if busy := [
        text
        for service in found
        if (text := conceal(_lease_on(service, by_cluster[service.at.cluster_id], now)))
    ]:
        raise LeaseHeld(*dict.fromkeys(busy))
    return tuple(found)


def _lease_on(found: Found, live: LiveState, now: float | None) -> str:
    """Why an apply of the stack that owns a service would be refused now, or ""."""
    configs = record.configs_of(live)
    for stack in record.stacks(configs):
        try:
            kept = record.read(configs, stack).record
        except ReconcilerError:
            continue  # its owner is unknown, and an apply of that stack could not run either
        if any((owned.kind, owned.id) == (found.live.kind, found.live.id) for owned in kept.owned):
            return record.may_be_held(kept, now, found.address.cluster)
    return ""


def _has_shown_tasks(live: LiveState) -> bool:
    """Whether any record of the cluster says that an apply saw tasks there."""
    records = record.others(record.configs_of(live), "").records
    return any(found.has_shown_tasks for found in records.values())


def nodes_at(session: Session, addresses: Sequence[Address]) -> tuple[Found, ...]:
    """The nodes at these addresses, by id or public IP address. Raises UsageError for a node that does not exist."""
    states = _states(session, addresses, (NODE.section,))
    found: list[Found] = []
    for address, live in _each(addresses, states):
        if NODE.section in live.missing:
            raise UsageError(_preview(NODE.section, live.missing[NODE.section]))
        nodes = live.objects[NODE.name]
        matches = [node for node in nodes if address.name in (node.id, node.spec["public_ip_address"])]
        if len(matches) != 1:
            raise UsageError(
                _not_there(address, [f"{node.id} ({node.spec['public_ip_address']})" for node in nodes])
                if not matches
                else f"{address}: several nodes have that address; give the id"
            )
        if any(matches[0].id == node.live.id for node in found):
            raise UsageError(f"{address} is named twice")
        found.append(Found(address, ClusterRef(live.company_id, live.cluster_id), matches[0]))
    return tuple(found)


def webhooks_at(session: Session, names: Sequence[str]) -> tuple[tuple[str, Live], ...]:
    """The webhooks with these labels, ids or addresses, each with its company's id.

    An address is ``CLUSTER/webhook/LABEL``, with ``company`` as the cluster of company-wide ones. Raises UsageError for
    a name that matches none or several.
    """
    wanted = {
        COMPANY: None,
        **{name.partition("/webhook/")[0]: None for name in names if "/webhook/" in name},
    }
    states = fetch(session.reader, tuple(wanted), sections=OF_COMPANY, parallelism=session.parallelism)
    company = states[COMPANY]
    if WEBHOOK.section in company.missing:
        raise UsageError(_preview(WEBHOOK.section, company.missing[WEBHOOK.section]))
    hooks = company.objects[WEBHOOK.name]
    found = []
    for name in names:
        cluster, _, label = name.rpartition("/webhook/")
        cluster_id = "" if cluster in ("", COMPANY) else states[cluster].cluster_id
        matches = [webhook for webhook in hooks if webhook.id == name] or [
            webhook
            for webhook in hooks
            if webhook.name == label and (not cluster or webhook.spec["cluster_id"] == cluster_id)
        ]
        if len(matches) != 1:
            there = ", ".join(
                sorted(
                    f"{visible(webhook.name) or '(no label)'} ({webhook.id})" for webhook in matches or hooks
                )
            )
            what = (
                "no webhook has this name" if not matches else "several webhooks have this name; give the id"
            )
            raise UsageError(
                f"{name}: {what}. There {'is' if len(hooks) == 1 else 'are'}: {there or 'none'}."
            )
        found.append((company.company_id, matches[0]))
    return tuple(found)


def _states(session: Session, addresses: Sequence[Address], sections: Sequence[str]) -> dict[str, LiveState]:
    names = tuple(dict.fromkeys(address.cluster for address in addresses))
    return fetch(session.reader, names, sections=sections, parallelism=session.parallelism)


def _each(addresses: Sequence[Address], states: dict[str, LiveState]) -> Sequence[tuple[Address, LiveState]]:
    return [(address, states[address.cluster]) for address in dict.fromkeys(addresses)]


def _not_there(address: Address, names: Sequence[str]) -> str:
    there = ", ".join(map(visible, sorted(names)))
    return f"{address} does not exist. The cluster has: {there or 'none'}."


def _preview(what: str, status: int) -> str:
    return f"the API answers {status} for {what}: a feature in preview, which MedStack enables on request"
