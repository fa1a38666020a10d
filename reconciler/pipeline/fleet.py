"""Divides clusters among jobs: which cluster is in which shard. Pure."""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256

from msgspec import Struct

from reconciler.errors import UsageError

MOST = 256
"""The most jobs of a matrix (GitHub Actions: usage limits)."""


class Shard(Struct, frozen=True):
    """Shard ``number`` of ``of``, counted from 1. A cluster's shard depends only on its name: a new cluster moves no
    other."""

    number: int
    of: int

    def __contains__(self, cluster: str) -> bool:
        """Whether a cluster, by its name in manifests, is in this shard."""
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
    """GitHub's job matrix as one line of JSON: a job for each of ``of`` shards that has a cluster.

    Each entry has ``shard``, for ``--shard``, and ``clusters``, the names in it. Without a cluster the list is empty,
    which is an error for GitHub: workflows check ``include[0]`` first.
    """
    parts: dict[int, list[str]] = {}
    for cluster in sorted(set(clusters)):
        parts.setdefault(_number(cluster, of), []).append(cluster)
    include: list[Mapping[str, object]] = [
        {"shard": str(Shard(number, of)), "clusters": parts[number]} for number in sorted(parts)
    ]
    return json.dumps({"include": include}, separators=(",", ":"))


def _number(cluster: str, of: int) -> int:
    """The shard of a name, by a digest: Python's ``hash`` differs from run to run."""
    return int.from_bytes(sha256(cluster.encode("utf-8", "surrogatepass")).digest()[:8], "big") % of + 1
