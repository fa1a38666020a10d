"""Secrets, configs and volumes of a Swarm, by the API's operations."""

import base64
from collections.abc import Callable
from typing import Any

import docker.errors

from reconciler.emulator.answers import Answer, answer_json, encode, encode_list, not_found
from reconciler.emulator.call import Call
from reconciler.emulator.swarm.engine import Engine
from reconciler.emulator.swarm.machines import Provider


class Objects:
    """The handlers of secrets, configs and volumes. Each node has its own volumes: ``provider`` knows the engines."""

    def __init__(self, engine: Engine, provider: Provider | None) -> None:
        self.engine, self.client, self.provider = engine, engine.client, provider

    def list_secrets(self, _: Call) -> Answer:
        """All secrets, without values."""
        return self._listing(self.client.secrets, _secret)

    def create_secret(self, call: Call) -> Answer:
        """A new secret; its name must be free."""
        with self.engine.asked(param="data"):
            made = self.client.create_secret(call.body["name"], str(call.body["data"]).encode())
        with self.engine.asked():
            return answer_json(201, _secret(self.client.inspect_secret(made["ID"])))

    def delete_secret(self, call: Call) -> Answer:
        """Gone, unless a service uses it."""
        return self._delete(call, "secret", self.client.inspect_secret, self.client.remove_secret)

    def list_configs(self, _: Call) -> Answer:
        """All configs, with data."""
        return self._listing(self.client.configs, _config)

    def get_config(self, call: Call) -> Answer:
        """One config, with data."""
        return answer_json(200, _config(self._whole(call, "config", self.client.inspect_config)))

    def create_config(self, call: Call) -> Answer:
        """A new config; its name must be free."""
        with self.engine.asked(param="data"):
            made = self.client.create_config(call.body["name"], str(call.body["data"]).encode())
        with self.engine.asked():
            return answer_json(201, _config(self.client.inspect_config(made["ID"])))

    def delete_config(self, call: Call) -> Answer:
        """Gone, unless a service uses it."""
        return self._delete(call, "config", self.client.inspect_config, self.client.remove_config)

    def list_volumes(self, _: Call) -> Answer:
        """All volumes of the manager's engine, and those that services name, each with the services that mount it."""
        usage: dict[str, list[str]] = {}
        with self.engine.asked():
            for service in self.client.services():
                container = service["Spec"]["TaskTemplate"].get("ContainerSpec") or {}
                for mount in container.get("Mounts") or ():
                    if mount["Type"] == "volume" and mount.get("Source"):
                        usage.setdefault(mount["Source"], []).append(service["Spec"]["Name"])
            volumes = self.client.volumes()["Volumes"] or []
        shown = [_volume(volume, sorted(usage.get(volume["Name"], []))) for volume in volumes]
        return Answer(
            200, encode_list([encode(body) for body in sorted(shown, key=lambda body: body["name"])])
        )

    def create_volume(self, call: Call) -> Answer:
        """Create a volume on the manager's engine; other nodes create theirs when a task needs it.

        An engine answers 201 for an existing name, and changes nothing.
        """
        with self.engine.asked(param="name"):
            made = self.client.create_volume(call.body["name"])
        return answer_json(201, _volume(made, []))

    def delete_volume(self, call: Call) -> Answer:
        """Delete the volume from every engine. Raises 404 if none has it, 409 while a container holds it."""
        name = call.params["volume_id"]
        clients = [self.client, *(self.provider.engines() if self.provider else ())]
        removed = False
        for client in clients:
            with self.engine.asked():
                try:
                    client.remove_volume(name)
                    removed = True
                except docker.errors.NotFound:
                    continue
        if not removed:
            raise not_found("volume")
        return Answer(204)

    def _listing(self, listed: Callable[[], Any], shown: Callable[[Any], dict[str, Any]]) -> Answer:
        with self.engine.asked():
            bodies = sorted((shown(body) for body in listed()), key=lambda body: str(body["id"]))
        return Answer(200, encode_list([encode(body) for body in bodies]))

    def _whole(self, call: Call, kind: str, inspect: Callable[[str], Any]) -> Any:
        """Find by the whole id: the engine would also accept a name or the beginning of an id."""
        key = call.params[f"{kind}_id"]
        with self.engine.asked():
            try:
                inspected = inspect(key)
            except docker.errors.NotFound:
                raise not_found(kind) from None
        if inspected["ID"] != key:
            raise not_found(kind)
        return inspected

    def _delete(
        self, call: Call, kind: str, inspect: Callable[[str], Any], remove: Callable[[str], Any]
    ) -> Answer:
        key = self._whole(call, kind, inspect)["ID"]
        with self.engine.asked():
            remove(key)
        return Answer(204)


def _secret(secret: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": secret["ID"],
        "object": "secret",
        "name": secret["Spec"]["Name"],
        "created": secret["CreatedAt"],
    }


def _config(config: dict[str, Any]) -> dict[str, Any]:
    data = base64.b64decode(config["Spec"].get("Data") or "").decode("utf-8", "replace")
    return {
        "id": config["ID"],
        "object": "config",
        "name": config["Spec"]["Name"],
        "data": data,
        "created": config["CreatedAt"],
    }


def _volume(volume: dict[str, Any], usage: list[str]) -> dict[str, Any]:
    return {
        "id": volume["Name"],
        "object": "volume",
        "name": volume["Name"],
        "created": volume.get("CreatedAt", ""),
        "service_usage": usage,
    }
