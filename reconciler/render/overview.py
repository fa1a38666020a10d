"""Clusters, and the status of their stacks, as text and JSON."""

import json
from collections.abc import Iterator, Sequence

from reconciler.kinds import RUNNING
from reconciler.model import Applied
from reconciler.overview import (
    Cluster,
    ClusterStatus,
    ObjectStatus,
    StackStatus,
    clusters_document,
    status_document,
)
from reconciler.render.lines import listed
from reconciler.render.paint import paint
from reconciler.render.services import running_text_of
from reconciler.render.visible import shorten

_STATES = {"failed": "failed", "rolled back": "failed", "unverified": "skipped"}
"""The colour role of each state; a healthy state has none."""


def clusters_as_text(clusters: Sequence[Cluster], *, colour: bool = False) -> str:
    """The clusters as a table with headings; ends in a newline."""
    if not clusters:
        return "The company has no cluster.\n"
    rows = [("LABEL", "ID", "PROVIDER", "REGION")]
    rows += [(cluster.label, cluster.id, cluster.provider, cluster.region) for cluster in clusters]
    heading, *lines = _table(rows)
    return "\n".join([paint("heading", heading, colour), *lines]) + "\n"


def clusters_as_json(clusters: Sequence[Cluster]) -> str:
    """The document of ``reconciler.overview`` as JSON text in ASCII."""
    return json.dumps(clusters_document(clusters), indent=2, allow_nan=False) + "\n"


def status_as_text(clusters: Sequence[ClusterStatus], *, colour: bool = False) -> str:
    """The status of each stack, by cluster; ends in a newline."""
    if not clusters:
        return "The company has no cluster.\n"
    return "\n".join("\n".join(_cluster(cluster, colour)) + "\n" for cluster in clusters)


def status_as_json(clusters: Sequence[ClusterStatus]) -> str:
    """The document of ``reconciler.overview`` as JSON text in ASCII."""
    return json.dumps(status_document(clusters), indent=2, allow_nan=False) + "\n"


def _cluster(cluster: ClusterStatus, colour: bool) -> Iterator[str]:
    known = f" ({cluster.id})" if cluster.label not in ("", cluster.id) else ""
    yield paint("heading", shorten(f"{cluster.label or cluster.id}{known}", 300), colour)
    if not cluster.stacks:
        yield "  no managed objects"
    for stack in cluster.stacks:
        yield from (f"  {line}" for line in _stack(stack, colour))
    for node in cluster.not_ready:
        line = shorten(f"node {node.id} of size {node.size} is {node.status}, not Ready", 300)
        yield f"  {paint('skipped', line, colour)}"
    if cluster.tasks_missing:
        yield f"  Running tasks are unknown: the API answered {cluster.tasks_missing}."


def _stack(status: StackStatus, colour: bool) -> Iterator[str]:
    record = status.record
    repositories = sorted({owned.source.repository for owned in record.owned if owned.source})
    of = f", declared in {listed(repositories, 3)}" if repositories else ""
    yield paint("heading", shorten(f"stack {record.stack}{of}", 300), colour)
    if status.problem:
        yield f"  {paint('failed', shorten(status.problem, 2000), colour)}"
        return
    current = [status_of_object for status_of_object in status.objects if not status_of_object.owned.retired]
    rows = [
        (
            status_of_object.owned.kind,
            status_of_object.owned.name,
            _state(status_of_object),
            _details(status_of_object),
        )
        for status_of_object in current
    ]
    for status_of_object, line in zip(current, _table(rows), strict=True):
        role = (
            "failed" if not status_of_object.is_as_recorded else _STATES.get(status_of_object.owned.state, "")
        )
        yield f"  {paint(role, line, colour)}"
        yield from (f"      {shorten(cause, 300)}" for cause in status_of_object.causes)
    if not current:
        yield "  owns no objects"
    if former := len(status.objects) - len(current):
        yield f"  {former} old version{'' if former == 1 else 's'} of secrets and configs kept"
    for line in _going_on(status):
        yield f"  {line}"
    yield from (f"  {_apply(apply)}" for apply in reversed(record.applies))
    yield from (f"  {shorten(note, 2000)}" for note in status.notes)


def _state(status: ObjectStatus) -> str:
    if status.present is False:
        return "MISSING"
    return status.owned.state if status.owned.kind in RUNNING else ""


def _details(status: ObjectStatus) -> str:
    parts = []
    if status.health is not None:
        parts.append(running_text_of(status.owned, status.health))
    if status.image:
        parts.append(short_image(status.image))
    if status.age is not None:
        parts.append(f"for {duration(status.age)}")
    if status.present is False:
        parts.append("deleted or replaced outside git")
    if status.owned.live_name != status.owned.name:
        parts.append(f"as {status.owned.live_name}")
    if status.owned.protected:
        parts.append("protected")
    return ", ".join(parts)


def short_image(image: str) -> str:
    """An image without the digest that the platform adds to a tag; without a tag, with a shortened digest."""
    name, _, digest = image.partition("@")
    return name if ":" in name.rpartition("/")[2] or not digest else f"{name}@{digest[:19]}"


def duration(seconds: float) -> str:
    """A number of seconds in the largest unit that fits, such as ``3 h``."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length:.0f} {unit}"
    return f"{seconds:.0f} s"


def _going_on(status: StackStatus) -> Iterator[str]:
    record = status.record
    if record.lease is not None and status.is_held:
        left = "" if status.lease_left is None else f" for {status.lease_left:.0f} s more"
        yield f"locked{left} by {shorten(record.lease.holder, 300)}"
    elif record.lease is not None:
        yield f"not locked: the lease of {shorten(record.lease.holder, 300)} has expired"
    if record.pending:
        names = [f"{change.action} {change.owned.kind}/{change.owned.name}" for change in record.pending]
        why = "under way" if status.is_held else "left by an unfinished run; the next apply continues"
        yield f"pending ({why}): {shorten(', '.join(names), 2000)}"


def _apply(apply: Applied) -> str:
    counts = ", ".join(f"{count} {status}" for status, count in apply.counts.items()) or "nothing to do"
    commit = f" at commit {apply.commit[:12]}" if apply.commit else ""
    return shorten(f"{apply.when} by {apply.who}{commit}: {counts}", 500)


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows as lines, each column as wide as its widest cell; no spaces at the end of a line."""
    shown = [[shorten(cell, 200) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in shown
    ]
