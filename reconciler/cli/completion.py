"""Shell completion of clusters and addresses from the manifests. Contacts no server.

Manifests are hostile input, and a shell puts a completion on the command line unchanged, so only plain names are
offered.
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
    """The clusters that the manifests in PATH, or in the working directory, name."""
    return _offered((stack.cluster for stack in _desired(ctx)), incomplete)


def addresses_of(kind: str | None = None) -> Complete:
    """Complete the addresses of objects in the manifests in PATH, or in the working directory: of a kind or of all."""

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
    fitting = {text for text in texts if text.startswith(incomplete) and _PLAIN.fullmatch(text)}
    return [CompletionItem(text) for text in sorted(fitting)]


def _desired(ctx: click.Context) -> "tuple[Desired, ...]":
    """The objects that the manifests declare; none if they cannot be read, since completion cannot show an error."""
    from reconciler.pipeline.manifests import NOT_RECORDED, load

    try:
        return tuple(load(ctx.params.get("path") or ".", sources=NOT_RECORDED).desired)
    except Exception:  # noqa: BLE001 - the command itself will report the error
        return ()
