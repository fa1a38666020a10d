"""What is live as the plain values of a manifest: loading, backwards. Pure.

Nothing that may be a credential passes: no environment variable that looks like one, no webhook's URL.
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
    """All that can be declared of what is live.

    ``live`` is without the configs of records; ``owners`` says, by kind and live name or id, which stack owns
    an object: those are left out, but for what exported services mount, which is ``external``. ``shared`` says, by
    kind and logical name, the live name that each stack has for it now: such are referred to by that name, so that
    their versions are followed.
    """
    source = ExportSource(live, owners, _logical_names(live, shared or {}))
    made = Export(sections={kind.section: {} for kind in KINDS.values()})
    for exporter in EXPORTERS.values():
        exporter(source, made)
    return made


def _logical_names(live: LiveState, shared: Mapping[Named, Mapping[str, str]]) -> dict[Named, str]:
    """By kind and live name: the logical name of what a stack owns, where it can stand for that alone."""
    taken = {(kind, one.name) for kind, objects in live.objects.items() for one in objects}
    return {
        (kind, live_name): name
        for (kind, name), stacks in shared.items()
        if kind in VERSIONED and len(stacks) == 1 and (kind, name) not in taken
        for live_name in stacks.values()
    }
