"""The steps of the model with the real command as a process, over HTTP, with the emulator.

After each run the emulator's state is converted to that of the in-memory platform, so that the laws can be checked.
Writes are detected by comparing the state before and after.
"""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.emulator import blobs
from reconciler.record import is_record
from tests.faults.world import FaultWorld as Emulator
from tests.model.manifests import AllFiles, secret_value
from tests.model.platform import DEFAULTS, Blob, ModelPlatform, Write
from tests.model.sequences import NAMES
from tests.model.steps import (
    Clear,
    Consent,
    Declare,
    Drop,
    Hand,
    MoveObject,
    Release,
    Rename,
    RenameFile,
    Run,
    Step,
    Take,
    TakeAll,
)
from tests.model.swarm import SwarmService, Task
from tests.model.world import ENVIRONMENT, INTERRUPTED, RunEnd

VALUES = [
    secret_value(f"{name}{file}-{number}")
    for name in NAMES["secret"]
    for file in ("", "-c", "-d")
    for number in (1, 2, 3)
]
"""All values that a secret may have."""


@dataclass
class CommandWorld:
    """An emulator, and the manifests of the command. ``platform`` is the state at the last look."""

    manifests: AllFiles
    emulator: Emulator
    platform: ModelPlatform = field(default_factory=ModelPlatform)

    def __post_init__(self) -> None:
        self.emulator.reset()
        self._look()

    def do(self, step: Step) -> None:
        """Carry out any step except a run."""
        match step:
            case Declare() | Drop() | MoveObject() | Take() | TakeAll() | Rename() | Clear() | RenameFile():
                self.manifests.edit(step)
            case Consent() | Release():
                self.manifests.edit(step)
            case Hand("delete", name):
                if live := self.platform.service(name):
                    self._request("DELETE", f"services/{live.id}")
            case _:
                raise ValueError(step)
        self._look()

    def run(self, step: Run) -> RunEnd:
        """``reconciler apply``."""
        self.manifests.write()
        self._look()
        before = dict(_objects(self.platform))
        code, text = self._command("apply", "--yes", "--timeout", "20", *_options(step), step=step)
        self._look()
        after = dict(_objects(self.platform))
        for (kind, key), name in before.items() - after.items():
            self.platform.watch(Write("DELETE", kind, name, key, {}))
        began = code in (0, INTERRUPTED) or "To carry on" in text
        return RunEnd(code, text, began=began)

    def planned(self, step: Run) -> tuple[int, str]:
        """``reconciler plan --detailed-exitcode``, as JSON."""
        self.manifests.write()
        return self._command("plan", "--detailed-exitcode", "--format", "json", *_options(step), step=step)

    def _command(self, *arguments: str, step: Run) -> tuple[int, str]:
        ended = subprocess.run(
            [sys.executable, "-m", "reconciler", *arguments, "--", str(self.manifests.path(step.path))],
            cwd=self.manifests.folder,
            env={
                **os.environ,
                **ENVIRONMENT,
                **self.manifests.environment(),
                "MEDSTACK_API_URL": self.emulator.url,
                "MEDSTACK_TOKEN_KEY": self.emulator.key,
                "MEDSTACK_TOKEN_VALUE": self.emulator.value,
                "XDG_CACHE_HOME": str(self.manifests.folder / "cache"),
                "PYTHONPATH": str(Path(__file__).parents[2]),
            },
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
            encoding="utf-8",
        )
        return ended.returncode, ended.stdout + ended.stderr

    def _request(self, method: str, path: str) -> Any:
        company = self.emulator.ask("GET", "/v1/companies/current")["id"]
        clusters = self.emulator.ask("GET", f"/v1/companies/{company}/clusters")["data"]
        cluster = next(body["id"] for body in clusters if body["label"] == "production")
        return self.emulator.ask(method, f"/v1/companies/{company}/clusters/{cluster}/{path}")

    def _look(self) -> None:
        """Convert the emulator's state to that of the in-memory platform."""
        watch = self.platform.watch
        self.platform = seen = ModelPlatform(watch=watch)
        seen.swarm.services.clear()
        tasks = self._request("GET", "tasks")["data"]
        for body in self._request("GET", "services")["data"]:
            made = SwarmService(body["id"], body["name"], {**DEFAULTS, **body})
            made.tasks = [_task(task) for task in tasks if task["service_id"] == made.id]
            seen.swarm.services[made.id] = made
        seen.volumes = {volume["id"]: volume["name"] for volume in self._request("GET", "volumes")["data"]}
        cluster = {config["id"] for config in self._request("GET", "configs")["data"]}
        company = self.emulator.ask("GET", "/v1/companies/current")["id"]
        hooks = self.emulator.ask("GET", f"/v1/companies/{company}/webhooks/outgoing")["data"]
        seen.webhooks = {hook["id"]: hook for hook in hooks}
        for _, kind, item in self.emulator.state()["objects"]:
            if kind == "config" and item["id"] in cluster:
                seen.blobs["config"][item["id"]] = Blob(item["id"], item["name"], item["data"])
            if kind == "secret":
                seen.blobs["secret"][item["id"]] = Blob(item["id"], item["name"], _value(item))


def _options(step: Run) -> list[str]:
    options = ["--no-wait"] if not step.wait else []
    for name in ("retry", "adopt", "prune"):
        options += [f"--{name}"] if getattr(step, name) else []
    return options


def _task(body: dict[str, Any]) -> Task:
    return Task(body["id"], 0, 1, {}, state=body["status"]["state"], desired=body["desired_state"])


def _value(secret: dict[str, Any]) -> str:
    return next((text for text in VALUES if blobs.holds(secret, text)), "(other)")


def _objects(platform: ModelPlatform) -> list[tuple[tuple[str, str], str]]:
    found = [(("service", service.id), service.name) for service in platform.services()]
    found += [(("volume", key), name) for key, name in platform.volumes.items()]
    found += [(("webhook", key), str(webhook["label"])) for key, webhook in platform.webhooks.items()]
    found += [
        ((kind, blob.id), blob.name)
        for kind, by_id in platform.blobs.items()
        for blob in by_id.values()
        if not is_record(blob.name)
    ]
    return found
