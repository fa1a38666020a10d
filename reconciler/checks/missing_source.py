"""Secrets and configs without a source, webhooks without a URL."""

from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, error
from reconciler.kinds import KINDS
from reconciler.model import Desired, Diagnostic

NAME = "missing-source"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """After merging, every secret and config has a source, and every webhook a URL."""
    for stack in desired:
        for (kind, name), manifest in stack.manifests.items():
            source = KINDS[kind].source
            if source and not manifest.spec:
                yield error(NAME, manifest.location, f"{kind} {name!r} has no {source.called}", source.hint)


CHECK = Check(NAME, "a secret or config has no source, or a webhook no url", check, of_absence=True)
