"""The exporter of each kind. Services come first, since the others depend on what they mount."""

from collections.abc import Callable, Mapping

from reconciler.export.base import Export, ExportSource
from reconciler.export.kinds import config, node, secret, service, volume, webhook

Exporter = Callable[[ExportSource, Export], None]
"""Adds the objects of a kind to a manifest."""

EXPORTERS: Mapping[str, Exporter] = {
    "service": service.export,
    "node": node.export,
    "volume": volume.export,
    "config": config.export,
    "secret": secret.export,
    "webhook": webhook.export,
}
