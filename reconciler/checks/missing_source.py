"""Secrets and configs without a source, webhooks without a URL."""

from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, error
from reconciler.model import Desired, Diagnostic

NAME = "missing-source"
ASKED = {
    "secret": ("a source", "add env: NAME, file: NAME, age: … or external: true"),
    "config": ("a source", "add file: NAME, data: … or external: true"),
    "webhook": ("a url", "add url: https://…"),
}


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """Once all is merged, every secret, config and webhook says where its content is."""
    for one in desired:
        for (kind, name), manifest in one.manifests.items():
            if kind in ASKED and not manifest.spec:
                what, hint = ASKED[kind]
                yield error(
                    NAME, manifest.location, f"{kind} {name!r} has no {what.removeprefix('a ')}", hint
                )


CHECK = Check(NAME, "a secret or config has no source, or a webhook no url", check, of_absence=True)
