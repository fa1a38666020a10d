"""The list of all kinds of resources. A new kind is a file in this folder and a line in ``KINDS``."""

from collections.abc import Iterator, Mapping

from reconciler.kinds.base import Kind
from reconciler.kinds.config import CONFIG
from reconciler.kinds.node import NODE
from reconciler.kinds.secret import SECRET
from reconciler.kinds.service import SERVICE
from reconciler.kinds.volume import VOLUME
from reconciler.kinds.webhook import WEBHOOK
from reconciler.model import Live, LiveState, Path

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (NODE, VOLUME, CONFIG, SECRET, SERVICE, WEBHOOK)}
"""The kinds by name, in the order in which outputs list them."""

SECTIONS: Mapping[str, Kind] = {kind.section: kind for kind in KINDS.values()}
"""Kind by its section of the manifest, which is also its collection in the API."""

NAMED = tuple(kind.name for kind in KINDS.values() if kind.named)
"""The kinds whose objects are identified by name."""
VERSIONED = tuple(kind.name for kind in KINDS.values() if kind.versioned)
"""The kinds with versions: each new value is a new object."""
RUNNING = tuple(kind.name for kind in KINDS.values() if kind.rolls_out)
"""The kinds whose objects run as tasks."""


def part_of(path: Path) -> Path:
    """The part of a manifest that is invalid if there is an error at ``path``: an optional field, or an entry."""
    kind = SECTIONS.get(str(path[0])) if path else None
    return path[:3] if kind is not None and kind.optional else path[:2]


def running(state: LiveState) -> Iterator[Live]:
    """The live objects that run as tasks."""
    return (live_object for kind in RUNNING for live_object in state.objects.get(kind, ()))


__all__ = ["KINDS", "NAMED", "RUNNING", "SECTIONS", "VERSIONED", "Kind", "part_of", "running"]
