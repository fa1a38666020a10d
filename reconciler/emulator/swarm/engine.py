"""The connection to a Docker engine that manages a Swarm. Its errors become the API's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import docker
import docker.errors
import requests

from reconciler.emulator.answers import Refusal
from reconciler.errors import UsageError


class Engine:
    """A connection to the manager of a Swarm."""

    def __init__(self, host: str | None, network: str) -> None:
        """``host`` is as in docker (``unix:///var/run/docker.sock``, ``tcp://…``), None for DOCKER_HOST.

        ``network`` is the overlay network that new services join, so that they reach each other by name; it is created
        if missing, and "none" is no network. Raises UsageError if no engine answers, it manages no Swarm, or the
        network cannot be used.
        """
        self._is_away = False
        address = host or "DOCKER_HOST"
        try:
            self.client = docker.from_env(environment={"DOCKER_HOST": host} if host else None).api
        except (docker.errors.DockerException, requests.RequestException) as error:
            raise UsageError(f"no Docker engine answers at {address}: {error}") from None
        try:
            self.version = self._manager(address)
            self.networks = [] if network == "none" else [{"Target": self._network(network)}]
        except BaseException:
            self.client.close()
            raise

    def _manager(self, address: str) -> str:
        """The engine's version. Raises UsageError if it manages no Swarm."""
        try:
            info = self.client.info()
        except (docker.errors.DockerException, requests.RequestException) as error:
            raise UsageError(f"no Docker engine answers at {address}: {error}") from None
        if not (info.get("Swarm") or {}).get("ControlAvailable"):
            raise UsageError(
                f"the Docker engine at {address} manages no Swarm. Make it one: docker swarm init"
            )
        return str(info.get("ServerVersion"))

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def _network(self, name: str) -> str:
        """The id of the network. Raises UsageError if it cannot be created, or is not the Swarm's."""
        try:
            for network in self.client.networks(names=[name]):
                if network["Name"] == name and network["Scope"] != "swarm":
                    raise UsageError(
                        f"the network {name} is local to one engine; services need an overlay network"
                    )
                if network["Name"] == name:
                    return str(network["Id"])
            made = self.client.create_network(name, driver="overlay", attachable=True, check_duplicate=True)
        except (docker.errors.DockerException, requests.RequestException) as error:
            raise UsageError(f"the network {name} cannot be made: {error}") from None
        return str(made["Id"])

    @contextmanager
    def away(self) -> Iterator[None]:
        """Send the engine no requests inside this block, in which it is restarted: Docker's client leaks refused
        sockets."""
        self._is_away = True
        try:
            yield
        finally:
            self._is_away = False

    @contextmanager
    def asked(self, *, param: str | Callable[[str], str] | None = None) -> Iterator[None]:
        """Raise an engine's error inside this block as a Refusal, with its status and its text.

        ``param`` is the field at fault, or a function that finds it from the text. An error without a status becomes a
        500, and a name that is taken a 409.
        """
        if self._is_away:
            raise Refusal(500, "An error occured")
        try:
            yield
        except docker.errors.APIError as error:
            status, text = error.status_code or 500, str(error.explanation or error)
            if "code = AlreadyExists" in text:
                status = 409
            field = param(text) if callable(param) else param
            raise Refusal(status, text, param=field if status == 400 else None) from None
        except requests.RequestException:
            raise Refusal(500, "An error occured") from None
