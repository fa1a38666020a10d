"""Which part of the manifests a run is about. It loads little, so that a server can be asked before the rest is."""

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.model import Address
from reconciler.pipeline.fleet import Shard


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which part of the manifests a run is about, and what it may take over, delete or try again."""

    clusters: Sequence[str] = ()
    shard: Shard | None = None
    targets: Sequence[Address] = ()
    adopt: bool = False
    prune: bool = False
    retry: bool = False
    mask: Sequence[str] = ()
    keep: Sequence[str] = ()
