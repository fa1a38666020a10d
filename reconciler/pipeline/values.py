"""Digests of secrets' values, made in threads: without a key each takes 60 ms."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from reconciler import digest
from reconciler.model import Change, Desired, Named, Record


def same_values(desired: Desired, accounted: Record, key: bytes | None) -> dict[str, bool | None]:
    """Per secret whose value is at hand: whether it is the recorded one. Slow digests are made in threads."""
    recorded = {one.name: one.digest for one in accounted.owned if one.kind == "secret" and not one.retired}
    pairs = [
        (name, recorded[name], manifest.spec.get("sealed") or manifest.spec.get("data"))
        for (kind, name), manifest in desired.manifests.items()
        if kind == "secret" and recorded.get(name)
    ]
    pairs = [(name, told, value) for name, told, value in pairs if value is not None]
    if not pairs:
        return {}
    with ThreadPoolExecutor(min(len(pairs), os.cpu_count() or 1)) as threads:
        same = threads.map(lambda pair: digest.matches(pair[1], pair[2], key=key), pairs)
        return {name: found for (name, _, _), found in zip(pairs, same, strict=True)}


def digests_of(changes: Sequence[Change], key: bytes | None) -> Mapping[Named, str]:
    """The digest of each secret that is to be recorded. Without a key each takes 60 ms, so in threads."""
    values = [
        (one, one.spec.get("sealed") or one.spec.get("data"))
        for one in changes
        if one.address.kind == "secret" and one.action != "delete"
    ]
    values = [(one, value) for one, value in values if value is not None]
    if not values:
        return {}
    with ThreadPoolExecutor(min(len(values), os.cpu_count() or 1)) as threads:
        made = threads.map(
            lambda pair: digest.digest(pair[1], key=key, salt=os.urandom(digest.SALT_BYTES)), values
        )
        return {
            (one.address.kind, one.address.name): text for (one, _), text in zip(values, made, strict=True)
        }
