"""The method that lists the objects of each kind, with a single request."""

from collections.abc import Callable, Mapping

from reconciler.api.client import Bodies, ClusterRef, Reader

LISTS: Mapping[str, Callable[[Reader, ClusterRef], Bodies]] = {
    "node": Reader.nodes,
    "volume": Reader.volumes,
    "config": Reader.configs,
    "secret": Reader.secrets,
    "service": Reader.services,
    "webhook": lambda reader, at: reader.webhooks(at.company_id),
}
"""By kind; webhooks are listed for the whole company."""
