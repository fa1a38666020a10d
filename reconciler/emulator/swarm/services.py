"""Services and tasks of a Swarm, by the API's operations."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import docker.errors

from reconciler.emulator import spec as rules
from reconciler.emulator.answers import Answer, answer_json, encode, encode_list, not_found
from reconciler.emulator.call import Call
from reconciler.emulator.swarm.engine import Engine
from reconciler.emulator.swarm.spec import field_of, fields_of, spec_of

_IGNORED = ("name", "mode", "object")
WRITES = 5
"""Tries to write a service whose version changes at the same time because of its rollout."""


class Services:
    """The handlers of services."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.client = engine, engine.client

    def list_services(self, _: Call) -> Answer:
        """All services of the Swarm, not only those created here."""
        with self.engine.asked():
            services = self.client.services()
        shown = sorted((_shown(service) for service in services), key=lambda service: service["id"])
        return Answer(200, encode_list([encode(body) for body in shown]))

    def get_service(self, call: Call) -> Answer:
        """One service by its id."""
        return answer_json(200, _shown(self._found(call)))

    def create_service(self, call: Call) -> Answer:
        """Create a service; its tasks start after the answer."""
        fields = {key: value for key, value in call.body.items() if key not in _IGNORED}
        spec = spec_of(str(call.body["name"]), fields, {}, self._references(fields))
        self._check(fields, None)
        with self.engine.asked(param=field_of), _no_image(fields):
            made = self.client.create_service(
                {**spec["TaskTemplate"], "Networks": self.engine.networks},
                name=spec["Name"],
                labels=spec["Labels"],
                mode=spec["Mode"],
                update_config=spec["UpdateConfig"],
                rollback_config=spec["RollbackConfig"],
            )
        return answer_json(201, self._shown_by_id(made["ID"]))

    def replace_service(self, call: Call) -> Answer:
        """Replace the spec as a whole: fields that are left out get their defaults."""
        fields = {key: value for key, value in call.body.items() if key not in _IGNORED}
        return self._update(self._found(call), fields)

    def patch_service(self, call: Call) -> Answer:
        """Replace the given fields of the spec."""
        service = self._found(call)
        given = {key: value for key, value in call.body.items() if key not in _IGNORED}
        return self._update(service, {**_given_back(fields_of(service)), **given})

    def refresh_image(self, call: Call) -> Answer:
        """Start new tasks of the same spec, which pull the image again."""
        service = self._found(call)
        spec = service["Spec"]
        task = {**spec["TaskTemplate"], "ForceUpdate": spec["TaskTemplate"].get("ForceUpdate", 0) + 1}
        self._write(service, {**spec, "TaskTemplate": task})
        return answer_json(200, self._shown_by_id(service["ID"]))

    def delete_service(self, call: Call) -> Answer:
        """Delete the service; its tasks stop."""
        service = self._found(call)
        with self.engine.asked():
            self.client.remove_service(service["ID"])
        return Answer(204)

    def list_tasks(self, _: Call) -> Answer:
        """All tasks that the Swarm keeps."""
        with self.engine.asked():
            tasks = self.client.tasks()
        shown = [
            _task(task) for task in sorted(tasks, key=lambda task: str(task["ID"])) if task.get("ServiceID")
        ]
        return Answer(200, encode_list([encode(body) for body in shown]))

    def _update(self, service: dict[str, Any], fields: dict[str, Any]) -> Answer:
        name = service["Spec"]["Name"]
        spec = spec_of(name, fields, service["Spec"], self._references(fields))
        self._check(fields, service["ID"])
        with _no_image(fields):
            self._write(service, spec)
        return answer_json(201, self._shown_by_id(service["ID"]))

    def _check(self, fields: dict[str, Any], own: str | None) -> None:
        """Refuse what the API refuses and an engine would accept. ``own`` is the id of the service with these
        fields."""
        if fields.get("hosts"):
            rules.check_hosts(fields["hosts"], self._hosts(own))
        rules.check_replicas(int(fields.get("replicas", 1)))

    def _write(self, service: dict[str, Any], spec: dict[str, Any]) -> None:
        """Write a spec to a service in the version that was read.

        The end of a rollout changes the version too (Swarm: UpdateStatus): if nothing else changed since, the spec is
        written to the new version.
        """
        with self.engine.asked(param=field_of):
            for left in reversed(range(WRITES)):
                try:
                    self._write_to(service, spec)
                except docker.errors.APIError as error:
                    now = self.client.inspect_service(service["ID"])
                    is_same = now["Spec"] == service["Spec"] and now["Version"] != service["Version"]
                    if not (left and is_same and error.is_server_error()):
                        raise
                    service = now
                else:
                    return

    def _write_to(self, service: dict[str, Any], spec: dict[str, Any]) -> None:
        self.client.update_service(
            service["ID"],
            service["Version"]["Index"],
            task_template=spec["TaskTemplate"],
            name=spec["Name"],
            labels=spec.get("Labels"),
            mode=spec.get("Mode"),
            update_config=spec.get("UpdateConfig"),
            rollback_config=spec.get("RollbackConfig"),
            endpoint_spec=spec.get("EndpointSpec"),
        )

    def _found(self, call: Call) -> dict[str, Any]:
        """Find by the whole id: the engine would also accept a name or the beginning of an id."""
        key = call.params["service_id"]
        with self.engine.asked():
            try:
                service: dict[str, Any] = self.client.inspect_service(key)
            except docker.errors.NotFound:
                raise not_found("service") from None
        if service["ID"] != key:
            raise not_found("service")
        return service

    def _shown_by_id(self, key: str) -> dict[str, Any]:
        with self.engine.asked():
            return _shown(self.client.inspect_service(key))

    def _hosts(self, own: str | None) -> dict[str, str]:
        """The hosts that other services have, with the service's name."""
        with self.engine.asked():
            services = self.client.services()
        return {
            host.lower(): service["Spec"]["Name"]
            for service in services
            if service["ID"] != own
            for host in fields_of(service)["hosts"]
        }

    def _references(self, fields: dict[str, Any]) -> dict[str, Any]:
        """The engine's secrets and configs that the fields refer to, by section and by name and id."""
        objects: dict[str, Any] = {}
        for section, listed in (("secrets", self.client.secrets), ("configs", self.client.configs)):
            if fields.get(section):
                with self.engine.asked():
                    for item in listed():
                        objects[f"{section}/{item['Spec']['Name']}"] = item
                        objects[f"{section}/{item['ID']}"] = item
        return objects


@contextmanager
def _no_image(fields: dict[str, Any]) -> Iterator[None]:
    """Refuse images that Docker's client refuses before it asks the engine, in the engine's words."""
    try:
        yield
    except docker.errors.InvalidRepository:
        raise rules.no_image(str(fields["image"])) from None


def _shown(service: dict[str, Any]) -> dict[str, Any]:
    return {"id": service["ID"], "name": service["Spec"]["Name"], **fields_of(service), "object": "service"}


def _given_back(fields: dict[str, Any]) -> dict[str, Any]:
    """Shown fields in the form of requests."""
    references = {
        section: [{**item, "uid": str(item["uid"]), "gid": str(item["gid"])} for item in fields[section]]
        for section in ("secrets", "configs")
    }
    return {**fields, **references}


def _task(task: dict[str, Any]) -> dict[str, Any]:
    status = task.get("Status") or {}
    container = (status.get("ContainerStatus") or {}).get("ContainerID")
    return {
        "id": task["ID"],
        "service_id": task["ServiceID"],
        "container_id": container or None,
        "status": {
            "timestamp": status.get("Timestamp", ""),
            "state": status.get("State", "new"),
            "message": status.get("Message", ""),
            "error": status.get("Err") or None,
        },
        "desired_state": task.get("DesiredState", ""),
        "created_at": task.get("CreatedAt", ""),
    }
