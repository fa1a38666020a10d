"""Digests of secrets' values, computed in threads: without a key each takes 60 ms."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from reconciler import digest
from reconciler.kinds import KINDS
from reconciler.kinds.versions import split
from reconciler.model import Change, Desired, LiveState, Named, Record


def same_values(desired: Desired, accounted: Record, key: bytes | None) -> dict[str, bool | None]:
    """For each secret with a known value: whether it is the recorded one. Slow digests are computed in threads."""
    recorded = {
        owned.name: owned.digest
        for owned in accounted.owned
        if KINDS[owned.kind].write_only and not owned.retired
    }
    pairs = [
        (name, recorded[name], manifest.spec.get("sealed") or manifest.spec.get("data"))
        for (kind, name), manifest in desired.manifests.items()
        if KINDS[kind].write_only and recorded.get(name)
    ]
    pairs = [(name, digest_text, value) for name, digest_text, value in pairs if value is not None]
    if not pairs:
        return {}
    with ThreadPoolExecutor(min(len(pairs), os.cpu_count() or 1)) as threads:
        same = threads.map(lambda pair: digest.matches(pair[1], pair[2], key=key), pairs)
        return {name: found for (name, _, _), found in zip(pairs, same, strict=True)}


def has_versions(live: LiveState) -> bool:
    """Whether the cluster has secrets that a stack created."""
    secrets = (kind.name for kind in KINDS.values() if kind.write_only)
    return any(split(live_object.name)[1] for kind in secrets for live_object in live.objects.get(kind, ()))


def digests_of(changes: Sequence[Change], key: bytes | None) -> Mapping[Named, str]:
    """The digest of each secret to be recorded, computed in threads: without a key each takes 60 ms."""
    values = [
        (change, change.spec.get("sealed") or change.spec.get("data"))
        for change in changes
        if KINDS[change.address.kind].write_only and change.action != "delete"
    ]
    values = [(change, value) for change, value in values if value is not None]
    if not values:
        return {}
    with ThreadPoolExecutor(min(len(values), os.cpu_count() or 1)) as threads:
        made = threads.map(
            lambda pair: digest.digest(pair[1], key=key, salt=os.urandom(digest.SALT_BYTES)), values
        )
        return {
            (change.address.kind, change.address.name): text
            for (change, _), text in zip(values, made, strict=True)
        }
