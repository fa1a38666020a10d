"""Fields of Docker Compose, and the fields of a manifest that replace them."""

from collections.abc import Mapping
from typing import NamedTuple


class Instead(NamedTuple):
    """The replacement of a field of Docker Compose: the manifest's ``field`` with the same meaning, "" if there is no
    single one, and an ``explanation`` that hints show instead of its name.
    """

    field: str
    explanation: str = ""

    @property
    def text(self) -> str:
        """The text for the hint."""
        return self.explanation or self.field


_REFERENCE = {
    "source": Instead("name", "name: the name under which it is declared"),
    "target": Instead("file_name", "file_name: the path of the file in the container"),
}
_NO_FIELDS = Instead("", "{}: a volume has no fields other than its name")
COMPOSE: Mapping[str, Mapping[str, Instead]] = {
    "service": {
        "environment": Instead("environment_variables"),
        "volumes": Instead("mounts"),
        "ports": Instead("", "port, with hosts for the domain names"),
        "expose": Instead("port"),
        "entrypoint": Instead("command"),
        "healthcheck": Instead("", "healthcheck_path, healthcheck_interval and healthcheck_timeout"),
        "deploy": Instead("", "replicas, placement_constraints, update_… and rollback_…"),
        "env_file": Instead("environment_variables"),
        "scale": Instead("replicas"),
        "domains": Instead("hosts"),
        "name": Instead("", "the key of the service, which is its name"),
    },
    "secret reference": _REFERENCE,
    "config reference": _REFERENCE,
    "mount": {
        "read_only": Instead("readonly"),
        "type": Instead("", "source, target and readonly: only volumes can be mounted"),
    },
    "secret": {
        "environment": Instead("env", "env: the name after RECONCILER_SECRET_"),
        "name": Instead("", "the key of the secret, which is its name"),
    },
    "config": {
        "content": Instead("data"),
        "name": Instead("", "the key of the config, which is its name"),
    },
    "volume": dict.fromkeys(("driver", "driver_opts", "labels", "name"), _NO_FIELDS),
    "variable": {"name": Instead("key")},
}
"""By the schema's title: the manifest's field for each field of Docker Compose."""
