"""Exporting webhooks: a URL is a credential, so a comment only names them."""

from collections.abc import Iterator

from reconciler.export.base import Export, ExportSource
from reconciler.kinds.webhook import WEBHOOK
from reconciler.model import Live


def export(source: ExportSource, made: Export) -> None:
    """None: how to declare those that there are stands in a comment."""
    live = source.live
    hooks = live.objects.get(WEBHOOK.name, ())
    made.notes[WEBHOOK.section,] += [
        *_hooks("This cluster has", [one for one in hooks if one.spec["cluster_id"] == live.cluster_id], ""),
        *_hooks(
            "The whole company has",
            [one for one in hooks if not one.spec["cluster_id"]],
            ", in a file without cluster",
        ),
    ]


def _hooks(who: str, hooks: list[Live], where: str) -> Iterator[str]:
    if hooks:
        names = ", ".join(one.name or f"{one.id} (no label)" for one in hooks)
        yield (
            f"{who} these webhooks: {names}. A URL is a credential, so none is written here. To manage one{where}: "
            "webhooks: {LABEL: {url: {env: URL}}}, with the URL in the environment as RECONCILER_SECRET_URL."
        )
