"""How each kind is exported, listed by hand. Services come first: what they mount decides about the rest."""

from collections.abc import Callable, Mapping

from reconciler.export.base import Export, ExportSource
from reconciler.export.kinds import config, node, secret, service, volume, webhook

Exporter = Callable[[ExportSource, Export], None]
"""Adds the objects of one kind to a manifest."""

EXPORTERS: Mapping[str, Exporter] = {
    "service": service.export,
    "node": node.export,
    "volume": volume.export,
    "config": config.export,
    "secret": secret.export,
    "webhook": webhook.export,
}
