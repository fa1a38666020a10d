"""How objects of each kind are written."""

from collections.abc import Mapping

from reconciler.applying.kinds import config, node, secret, service, volume, webhook
from reconciler.applying.kinds.base import Writes

WRITES: Mapping[str, Writes] = {
    "node": node.WRITES,
    "volume": volume.WRITES,
    "config": config.WRITES,
    "secret": secret.WRITES,
    "service": service.WRITES,
    "webhook": webhook.WRITES,
}
