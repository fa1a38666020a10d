"""Plans nodes, which are declared as a count for each size. Only nodes named under ``removed`` are deleted.

All nodes of a size count, including the manager, except those being deleted. Nodes are never resized. An apply
waits for nodes that count but are not Ready, whoever created them.
"""

from collections.abc import Mapping

from reconciler.kinds.node import GOING, NODE, READY, size_ids
from reconciler.model import Address, Create, Delete, FieldChange, Live, Manifest, Owned
from reconciler.model.note import NodesNotReady, RemovedNothing
from reconciler.model.reason import MoreNodes, NodeRemoved
from reconciler.model.refusal import (
    InPreview,
    NoSuchSize,
    RemovedNode,
    SameSize,
    SizeNotDeclared,
    UnknownSize,
    WhichNode,
)
from reconciler.planning.draft import Draft, Facts


def plan(facts: Facts, draft: Draft) -> None:
    """Create missing nodes and delete the named nodes; refuse anything that is ambiguous."""
    declared = dict(facts.declared(NODE.name))
    named = sorted(
        name for kind, name in facts.desired.removed if kind == NODE.name and facts.in_scope(kind, name)
    )
    if not declared and not named:
        return
    for collection in (NODE.section, "node-sizes"):
        if collection in facts.live.missing:
            draft.refusals.append(InPreview(NODE.section, collection, facts.live.missing[collection]))
            return
    by_size = _by_size(facts, draft)
    seen: dict[str, Address] = {}
    victims = _victims(facts, draft, named)
    for name, manifest in declared.items():
        ids = size_ids(facts.live, name)
        if len(ids) != 1:
            sizes = tuple(facts.live.node_sizes)
            draft.refusals.append(NoSuchSize(manifest.address, is_ambiguous=bool(ids), known=sizes))
        elif ids[0] in seen:
            draft.refusals.append(SameSize(manifest.address, seen[ids[0]], ids[0]))
        else:
            seen[ids[0]] = manifest.address
            _count(facts, draft, manifest, ids[0], nodes=by_size.get(ids[0], []), victims=victims)
    _unclaimed(draft, victims, by_size, frozenset(seen))


def _is_going(node: Live) -> bool:
    return str(node.spec["status"]).lower() in GOING


def _by_size(facts: Facts, draft: Draft) -> Mapping[str, list[Live]]:
    by_size: dict[str, list[Live]] = {}
    for node in facts.live.objects.get(NODE.name, ()):
        if _is_going(node):
            continue
        ids = size_ids(facts.live, node.spec["size"])
        if len(ids) == 1:
            by_size.setdefault(ids[0], []).append(node)
        else:
            draft.refusals.append(UnknownSize(node.name, node.spec["size"], is_ambiguous=bool(ids)))
    return by_size


def _victims(facts: Facts, draft: Draft, named: list[str]) -> dict[str, Live]:
    """The live nodes that ``removed`` names by id or IP address, by the name used there."""
    victims: dict[str, Live] = {}
    for name in named:
        found = [
            node
            for node in facts.live.objects.get(NODE.name, ())
            if name in (node.id, node.spec["public_ip_address"]) and not _is_going(node)
        ]
        if not found:
            draft.notes.append(RemovedNothing(NODE.section, name, is_node=True))
        elif len(found) > 1:
            draft.refusals.append(RemovedNode(name, "several"))
        elif found[0].spec["swarm_manager"]:
            draft.refusals.append(RemovedNode(name, "manager"))
        elif found[0] not in victims.values():
            victims[name] = found[0]
    return victims


def _count(
    facts: Facts,
    draft: Draft,
    manifest: Manifest,
    size_id: str,
    *,
    nodes: list[Live],
    victims: dict[str, Live],
) -> None:
    going = [node for node in victims.values() if node in nodes]
    wanted, kept = manifest.spec["count"], len(nodes) - len(going)
    if kept > wanted:
        spare = [node for node in nodes if node not in going and not node.spec["swarm_manager"]]
        candidates = tuple((node.id, node.spec["public_ip_address"]) for node in spare)
        draft.refusals.append(WhichNode(manifest.address, wanted, kept, candidates))
        return
    _verify(draft, manifest, size_id, [node for node in nodes if node not in going])
    if kept < wanted:
        draft.changes.append(
            Create(
                manifest.address,
                fields=(FieldChange("count", len(nodes), wanted + len(going)),),
                reasons=(MoreNodes(wanted - kept),),
                location=manifest.location,
                live_name=size_id,
                spec={"count": wanted - kept},
                desired=manifest,
            )
        )
    elif not going:
        draft.unchanged.add(manifest.address)
    draft.changes.extend(_delete(facts, manifest, node) for node in going)


def _verify(draft: Draft, manifest: Manifest, size_id: str, nodes: list[Live]) -> None:
    """Let the apply wait for nodes that count but are not Ready; nodes without a status are skipped."""
    waiting = {
        node.id: status for node in nodes if (status := node.spec["status"]).lower() not in ("", READY)
    }
    if waiting:
        owned = Owned(NODE.name, manifest.address.name, size_id, "", state="unverified", known=tuple(waiting))
        draft.verify.append(owned)
        draft.notes.append(NodesNotReady(manifest.address, tuple(waiting.items())))


def _delete(facts: Facts, manifest: Manifest, node: Live) -> Delete:
    return Delete(
        facts.address(NODE.name, node.id),
        reasons=(NodeRemoved(node.spec["public_ip_address"], manifest.address.name),),
        location=manifest.location,
        live_name=node.id,
        live=node,
        consented=True,
    )


def _unclaimed(
    draft: Draft,
    victims: dict[str, Live],
    by_size: Mapping[str, list[Live]],
    declared: frozenset[str],
) -> None:
    for name, node in victims.items():
        size = next((size for size, nodes in by_size.items() if node in nodes), "")
        if size and size not in declared:
            draft.refusals.append(SizeNotDeclared(name, size))
