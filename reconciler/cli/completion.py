"""What the shell offers for clusters and addresses: what the manifests name. No server is asked.

Manifests are hostile input, and a shell puts what is offered on the command line as it is, so only plain names are.
"""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from reconciler.model import Desired

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
_PLAIN = re.compile(r"[\w./@-]+", re.ASCII)


def cluster_names(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The clusters that the manifests below PATH, or here, are for."""
    return _offered((one.cluster for one in _desired(ctx)), incomplete)


def addresses_of(kind: str | None = None) -> Complete:
    """Completes the addresses of what the manifests below PATH, or here, declare: of one kind or of all."""

    def complete(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
        found = (
            str(manifest.address)
            for desired in _desired(ctx)
            for manifest in desired.manifests.values()
            if kind in (None, manifest.address.kind)
        )
        return _offered(found, incomplete)

    return complete


def _offered(texts: Iterator[str], incomplete: str) -> list[CompletionItem]:
    fitting = {one for one in texts if one.startswith(incomplete) and _PLAIN.fullmatch(one)}
    return [CompletionItem(one) for one in sorted(fitting)]


def _desired(ctx: click.Context) -> "tuple[Desired, ...]":
    """What the manifests declare; nothing where they can't be read, since a shell has no place for an error."""
    from reconciler.pipeline.manifests import load_to_check

    try:
        return tuple(load_to_check(ctx.params.get("path") or ".").desired)
    except Exception:  # noqa: BLE001 - whatever is wrong, the command itself will say it
        return ()
