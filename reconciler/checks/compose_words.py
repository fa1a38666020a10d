"""Fields of Docker Compose, and the fields of a manifest that replace them."""

from collections.abc import Mapping

_REFERENCE = {
    "source": "name: the name under which it is declared",
    "target": "file_name: the path of the file in the container",
}
_NO_FIELDS = "{}: a volume has no fields other than its name"
COMPOSE: Mapping[str, Mapping[str, str]] = {
    "service": {
        "environment": "environment_variables",
        "volumes": "mounts",
        "ports": "port, with hosts for the domain names",
        "expose": "port",
        "entrypoint": "command",
        "healthcheck": "healthcheck_path, healthcheck_interval and healthcheck_timeout",
        "deploy": "replicas, placement_constraints, update_… and rollback_…",
        "env_file": "environment_variables",
        "scale": "replicas",
        "domains": "hosts",
        "name": "the key of the service, which is its name",
    },
    "secret reference": _REFERENCE,
    "config reference": _REFERENCE,
    "mount": {"read_only": "readonly", "type": "source, target and readonly: only volumes can be mounted"},
    "secret": {
        "environment": "env: the name after RECONCILER_SECRET_",
        "name": "the key of the secret, which is its name",
    },
    "config": {"content": "data", "name": "the key of the config, which is its name"},
    "volume": dict.fromkeys(("driver", "driver_opts", "labels", "name"), _NO_FIELDS),
    "variable": {"name": "key"},
}
"""By the schema's title: the manifest's field for each field of Docker Compose."""
