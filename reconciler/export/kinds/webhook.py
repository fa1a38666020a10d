"""Exports webhooks as comments with their names, since a URL is a credential."""

from collections.abc import Iterator

from reconciler.export.base import Export, ExportSource
from reconciler.kinds.webhook import WEBHOOK
from reconciler.model import Live


def export(source: ExportSource, manifest: Export) -> None:
    """Add a comment that says how to declare the existing webhooks."""
    live = source.live
    hooks = []
    for hook in live.objects.get(WEBHOOK.name, ()):
        if stack := source.owners.get((WEBHOOK.name, hook.id)):
            manifest.leave_owned_out(WEBHOOK.section, hook.name, stack)
        else:
            hooks.append(hook)
    manifest.notes[WEBHOOK.section,] += [
        *_hooks(
            "This cluster has", [hook for hook in hooks if hook.spec["cluster_id"] == live.cluster_id], ""
        ),
        *_hooks(
            "The whole company has",
            [hook for hook in hooks if not hook.spec["cluster_id"]],
            ", in a file without cluster",
        ),
    ]


def _hooks(who: str, hooks: list[Live], where: str) -> Iterator[str]:
    if hooks:
        names = ", ".join(hook.name or f"{hook.id} (no label)" for hook in hooks)
        yield (
            f"{who} these webhooks: {names}. A URL is a credential, so none is written here. To manage one{where}: "
            "webhooks: {LABEL: {url: {env: URL}}}, with the URL in the environment as RECONCILER_SECRET_URL."
        )
