"""The same API over a real Docker Swarm: services, secrets, configs, volumes, nodes and tasks are the engine's own.

What a Swarm has no place for (a node's size, webhooks, company and clusters) stays in the emulator's state. Hosts,
port, protocol and health check are the labels that Traefik reads in Swarm mode.
"""

from collections.abc import Callable, Mapping

from reconciler.emulator import companies, nodes, webhooks
from reconciler.emulator.answers import Answer
from reconciler.emulator.call import Call
from reconciler.emulator.swarm.engine import Engine
from reconciler.emulator.swarm.machines import Machines, Provider
from reconciler.emulator.swarm.objects import Objects
from reconciler.emulator.swarm.services import Services

__all__ = ["Engine", "Provider", "handlers"]


def handlers(engine: Engine, provider: Provider | None) -> Mapping[str, Callable[[Call], Answer]]:
    """A handler for each operation of the API. Without a ``provider`` no node can be made or removed."""
    services, objects, machines = Services(engine), Objects(engine, provider), Machines(engine, provider)
    return {
        "getCurrentCompany": companies.get_current_company,
        "listClusters": companies.list_clusters,
        "getCluster": companies.get_cluster,
        "listOutgoingWebhooks": webhooks.list_webhooks,
        "createOutgoingWebhook": webhooks.create_webhook,
        "getOutgoingWebhook": webhooks.get_webhook,
        "updateOutgoingWebhook": webhooks.update_webhook,
        "deleteOutgoingWebhook": webhooks.delete_webhook,
        "testOutgoingWebhook": webhooks.test_webhook,
        "listNodeSizes": nodes.list_node_sizes,
        "listNodes": machines.list_nodes,
        "createNode": machines.create_node,
        "getNode": machines.get_node,
        "resizeNode": machines.resize_node,
        "deleteNode": machines.delete_node,
        "rebootNode": machines.reboot_node,
        "listServices": services.list_services,
        "createService": services.create_service,
        "getService": services.get_service,
        "replaceService": services.replace_service,
        "patchService": services.patch_service,
        "deleteService": services.delete_service,
        "refreshServiceImage": services.refresh_image,
        "listSecrets": objects.list_secrets,
        "createSecret": objects.create_secret,
        "deleteSecret": objects.delete_secret,
        "listConfigs": objects.list_configs,
        "createConfig": objects.create_config,
        "getConfig": objects.get_config,
        "deleteConfig": objects.delete_config,
        "listVolumes": objects.list_volumes,
        "createVolume": objects.create_volume,
        "deleteVolume": objects.delete_volume,
        "listTasks": services.list_tasks,
    }
