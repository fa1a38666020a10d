"""The planner of each kind, in the order in which they run: services follow what they mount."""

from collections.abc import Callable, Mapping

from reconciler.planning.draft import Draft, Facts
from reconciler.planning.kinds import config, node, secret, service, volume, webhook

Planner = Callable[[Facts, Draft], None]
"""Adds the changes of one kind's declared objects to the draft."""

PLANNERS: Mapping[str, Planner] = {
    "node": node.plan,
    "volume": volume.plan,
    "config": config.plan,
    "secret": secret.plan,
    "service": service.plan,
    "webhook": webhook.plan,
}
