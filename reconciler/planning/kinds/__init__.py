"""How each kind is planned, listed by hand in the order in which it is done: services after what they mount."""

from collections.abc import Callable, Mapping

from reconciler.planning.draft import Draft, Facts
from reconciler.planning.kinds import config, node, secret, service, volume, webhook

Planner = Callable[[Facts, Draft], None]
"""Adds to the draft what is to be done about the declared objects of one kind."""

PLANNERS: Mapping[str, Planner] = {
    "node": node.plan,
    "volume": volume.plan,
    "config": config.plan,
    "secret": secret.plan,
    "service": service.plan,
    "webhook": webhook.plan,
}
