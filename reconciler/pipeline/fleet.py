"""Many clusters, divided among jobs: which cluster is in which shard. Pure; it asks nobody."""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256

from msgspec import Struct

from reconciler.errors import UsageError

MOST = 256
"""Jobs that a matrix may have (GitHub Actions: usage limits)."""


class Shard(Struct, frozen=True):
    """Part ``number`` of ``of``, counted from 1. A cluster's part depends on its name alone: adding one moves none."""

    number: int
    of: int

    def __contains__(self, cluster: str) -> bool:
        """Whether a cluster, as manifests name it, is in this part."""
        return _number(cluster, self.of) == self.number

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def parse(text: str) -> Shard:
    """``3/8`` as a Shard. Raises UsageError, with what is accepted."""
    number, slash, of = text.partition("/")
    if slash and all(part.isascii() and part.isdigit() and len(part) < 5 for part in (number, of)):
        found = Shard(int(number), int(of))
        if 1 <= found.number <= found.of:
            return found
    raise UsageError(f"{text!r} is not a shard: expected I/N, such as 3/8 for the third of eight.")


def matrix(clusters: Iterable[str], of: int) -> str:
    """GitHub's job matrix as one line of JSON: a job for each shard of ``of`` that has a cluster.

    Each entry has ``shard``, for ``--shard``, and ``clusters``, the names in it. Without any cluster the list is
    empty, which GitHub takes for an error: a workflow asks for ``include[0]`` first.
    """
    parts: dict[int, list[str]] = {}
    for cluster in sorted(set(clusters)):
        parts.setdefault(_number(cluster, of), []).append(cluster)
    include: list[Mapping[str, object]] = [
        {"shard": str(Shard(number, of)), "clusters": parts[number]} for number in sorted(parts)
    ]
    return json.dumps({"include": include}, separators=(",", ":"))


def _number(cluster: str, of: int) -> int:
    """Python's own hash differs from run to run, so it is a digest."""
    return int.from_bytes(sha256(cluster.encode("utf-8", "surrogatepass")).digest()[:8], "big") % of + 1
