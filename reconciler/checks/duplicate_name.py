"""Names that are taken: in another stack of the same cluster, or by one that differs only in case."""

from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, error
from reconciler.kinds import KINDS
from reconciler.model import Desired, Diagnostic, Manifest

NAME = "duplicate-name"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """Names unique in their cluster, ignoring case."""
    seen: dict[tuple[str, str, str], Manifest] = {}
    for one in desired:
        for (kind, name), manifest in one.manifests.items():
            if manifest.spec.get("external"):
                continue  # what another stack makes may stand in several
            key = name.lower() if KINDS[kind].named else name
            first = seen.setdefault((one.cluster, kind, key), manifest)
            if first is manifest:
                continue
            other = first.address.name
            how = "is declared twice" if other == name else f"differs from {other!r} only in case"
            message = f"{kind} {name!r} {how}; the first is at {first.location}"
            yield error(NAME, manifest.location, message, "keep one of the two, or give one another name")


CHECK = Check(
    NAME, "a name is taken by another stack of the cluster, or differs from one only in case", check
)
