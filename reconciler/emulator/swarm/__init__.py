"""The same API over a real Docker Swarm: services, secrets, configs, volumes, nodes and tasks are the engine's own.

What Swarm does not have (a node's size, webhooks, company and clusters) is in the emulator's state. Hosts, port,
protocol and health check are the labels that Traefik reads in Swarm mode.
"""

from collections.abc import Mapping

from reconciler.emulator import companies, nodes, webhooks
from reconciler.emulator.handlers import Handler
from reconciler.emulator.handlers import handlers as by_operation
from reconciler.emulator.swarm.engine import Engine
from reconciler.emulator.swarm.machines import Machines, Provider
from reconciler.emulator.swarm.objects import Objects
from reconciler.emulator.swarm.services import Services

__all__ = ["Engine", "Provider", "handlers"]


def handlers(engine: Engine, provider: Provider | None) -> Mapping[str, Handler]:
    """A handler for each operation of the API. Without a ``provider`` no node can be created or removed."""
    objects = Objects(engine, provider)
    return by_operation(
        {
            "companies": companies,
            "webhooks": webhooks,
            "sizes": nodes,
            "nodes": Machines(engine, provider),
            "services": Services(engine),
            "secrets": objects,
            "configs": objects,
            "volumes": objects,
        }
    )
