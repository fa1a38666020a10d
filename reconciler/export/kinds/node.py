"""Exports nodes as a count for each size."""

from reconciler.export.base import Export, ExportSource
from reconciler.kinds.node import GOING, NODE, size_ids

SECTION = NODE.section


def export(source: ExportSource, manifest: Export) -> None:
    """Add the number of nodes of each size; nothing if a stack may declare them already."""
    live = source.live
    if source.owners:
        manifest.notes[SECTION,].append(
            "Nodes are left out: this cluster has managed stacks already. Declare nodes in only one of them."
        )
        return
    if SECTION in live.missing or "node-sizes" in live.missing:
        manifest.notes[SECTION,].append(
            "Nodes are left out: the API does not show them (a feature in preview)."
        )
        return
    counts: dict[str, int] = {}
    for node in live.objects.get(NODE.name, ()):
        if str(node.spec["status"]).lower() in GOING:
            continue
        ids = size_ids(live, node.spec["size"])
        if len(ids) != 1:
            manifest.notes[SECTION,].append(
                f"Nodes are left out: {node.id} is of size {node.spec['size']}, which is not one of the node sizes."
            )
            return
        counts[ids[0]] = counts.get(ids[0], 0) + 1
    manifest.sections[SECTION] = dict(sorted(counts.items()))
    titles = {size.id: size.title for size in live.node_sizes}
    for size in counts:
        if titles.get(size):
            manifest.notes[SECTION, size].append(titles[size])
