"""The function for each operation of the API: one table for all backends.

A backend gives, for each group of operations, a module or an object with their functions.
"""

from collections.abc import Callable, Mapping
from typing import Any

from reconciler.emulator.answers import Answer
from reconciler.emulator.call import Call

Handler = Callable[[Call], Answer]

_FUNCTIONS = {
    "getCurrentCompany": ("companies", "get_current_company"),
    "listClusters": ("companies", "list_clusters"),
    "getCluster": ("companies", "get_cluster"),
    "listOutgoingWebhooks": ("webhooks", "list_webhooks"),
    "createOutgoingWebhook": ("webhooks", "create_webhook"),
    "getOutgoingWebhook": ("webhooks", "get_webhook"),
    "updateOutgoingWebhook": ("webhooks", "update_webhook"),
    "deleteOutgoingWebhook": ("webhooks", "delete_webhook"),
    "testOutgoingWebhook": ("webhooks", "test_webhook"),
    "listNodeSizes": ("sizes", "list_node_sizes"),
    "listNodes": ("nodes", "list_nodes"),
    "createNode": ("nodes", "create_node"),
    "getNode": ("nodes", "get_node"),
    "resizeNode": ("nodes", "resize_node"),
    "deleteNode": ("nodes", "delete_node"),
    "rebootNode": ("nodes", "reboot_node"),
    "listServices": ("services", "list_services"),
    "createService": ("services", "create_service"),
    "getService": ("services", "get_service"),
    "replaceService": ("services", "replace_service"),
    "patchService": ("services", "patch_service"),
    "deleteService": ("services", "delete_service"),
    "refreshServiceImage": ("services", "refresh_image"),
    "listSecrets": ("secrets", "list_secrets"),
    "createSecret": ("secrets", "create_secret"),
    "deleteSecret": ("secrets", "delete_secret"),
    "listConfigs": ("configs", "list_configs"),
    "createConfig": ("configs", "create_config"),
    "getConfig": ("configs", "get_config"),
    "deleteConfig": ("configs", "delete_config"),
    "listVolumes": ("volumes", "list_volumes"),
    "createVolume": ("volumes", "create_volume"),
    "deleteVolume": ("volumes", "delete_volume"),
    "listTasks": ("services", "list_tasks"),
}
"""By the operation's id in the OpenAPI document: its group, and the name of its function."""


def handlers(groups: Mapping[str, Any]) -> Mapping[str, Handler]:
    """A handler for each operation, by the operation's id. ``groups`` must have all groups with all functions."""
    return {key: getattr(groups[group], name) for key, (group, name) in _FUNCTIONS.items()}
