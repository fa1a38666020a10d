"""Exports live objects as the plain values of a manifest. Pure.

No possible credential is exported: no environment variable that looks like one, and no webhook's URL.
"""

from collections.abc import Mapping

from reconciler.export.base import Export, ExportSource
from reconciler.export.kinds import EXPORTERS
from reconciler.kinds import KINDS, VERSIONED
from reconciler.model import LiveState, Named

__all__ = ["Export", "export"]


def export(
    live: LiveState, owners: Mapping[Named, str], shared: Mapping[Named, Mapping[str, str]] | None = None
) -> Export:
    """Export everything live that can be declared.

    ``live`` must not hold the configs of records. ``owners`` is the stack that owns an object, by kind and live name or
    id: such objects are left out, or ``external`` if an exported service mounts them. ``shared`` is the live name that
    each stack has for an object, by kind and logical name: a reference to such an object uses its logical name, so
    that its versions are followed.
    """
    source = ExportSource(live, owners, _logical_names(live, shared or {}))
    manifest = Export(sections={kind.section: {} for kind in KINDS.values()})
    for exporter in EXPORTERS.values():
        exporter(source, manifest)
    return manifest


def _logical_names(live: LiveState, shared: Mapping[Named, Mapping[str, str]]) -> dict[Named, str]:
    """The logical names of objects that stacks own, by kind and live name, if they are unambiguous."""
    taken = {(kind, live_object.name) for kind, objects in live.objects.items() for live_object in objects}
    return {
        (kind, live_name): name
        for (kind, name), stacks in shared.items()
        if kind in VERSIONED and len(stacks) == 1 and (kind, name) not in taken
        for live_name in stacks.values()
    }
