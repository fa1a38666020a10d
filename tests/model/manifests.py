"""The files of a world: what they declare, as text and as a plain table to hold the cluster against."""

import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.model.platform import Blob, Platform
from tests.model.steps import (
    PLACES,
    Clear,
    Declare,
    Drop,
    Edit,
    External,
    File,
    Key,
    Move,
    Place,
    Rename,
    RenameFile,
    Service,
    Take,
    Value,
)
from tests.model.swarm import Service as Running
from tests.model.swarm import plain

LEAK = "LEAK7"
"""Stands in every value that no output may show."""
IMAGE = "registry.example.com/clinic/app"
CRASHES = 9
"""The image that crashes on the emulator, where its name decides."""

_WRITTEN: dict[Path, str | None] = {}
"""What this process wrote last: most runs change one file of four."""


@dataclass
class Content:
    """What one file declares, and whose deletion it consents to. ``externals`` are what others make, by the stack that
    is named, ``moved`` what it takes from another place."""

    objects: dict[Key, Value] = field(default_factory=dict)
    externals: dict[Key, External] = field(default_factory=dict)
    moved: dict[Key, Place] = field(default_factory=dict)
    removed: set[Key] = field(default_factory=set)
    there: bool = True

    def copy(self) -> "Content":
        return replace(
            self,
            objects=dict(self.objects),
            externals=dict(self.externals),
            moved=dict(self.moved),
            removed=set(self.removed),
        )

    def service(self, name: str) -> Service | None:
        value = self.objects.get(("service", name))
        return value if isinstance(value, Service) else None


@dataclass
class Manifests:
    """All files, by their letter, below a folder that has the two repositories. ``monitor`` is every service's."""

    folder: Path
    monitor: int = 5
    files: dict[str, Content] = field(default_factory=lambda: {one: Content() for one in PLACES})
    renamed: set[str] = field(default_factory=set)

    def edit(self, step: Edit) -> None:
        match step:
            case Declare(file, kind, name, value):
                home = next((one for one in _siblings(file) if (kind, name) in self.files[one].objects), file)
                self._put(home, (kind, name), value)
            case Drop(file, kind, name, consent):
                self.files[file].externals.pop((kind, name), None)
                if (kind, name) in self.files[file].objects:
                    del self.files[file].objects[kind, name]
                    self.files[file].moved.pop((kind, name), None)
                    self.files[file].removed |= {(kind, name)} if consent else set()
            case Move(kind, name, source, to):
                if (kind, name) in self.files[source].objects and source != to:
                    self._put(to, (kind, name), self.files[source].objects.pop((kind, name)))
            case Take(kind, name, source, to):
                self._take((kind, name), source, to)
            case Rename(file, kind, name, new):
                self._rename(file, kind, name, new)
            case Clear(file):
                self.files[file] = Content(there=False)
            case RenameFile(file):
                self.renamed ^= {file}

    def _put(self, file: str, key: Key, value: Value) -> None:
        for one in PLACES:
            if PLACES[one].stack == PLACES[file].stack:
                self.files[one].removed.discard(key)
            if one != file:
                self.files[one].moved.pop(key, None)
        content = self.files[file]
        content.there = True
        if isinstance(value, External):
            content.objects.pop(key, None)
            content.externals[key] = value
        else:
            content.externals.pop(key, None)
            content.objects[key] = value

    def _take(self, key: Key, source: File, to: File) -> None:
        if PLACES[source] == PLACES[to] or key not in self.files[source].objects:
            return
        if any(key in self.files[one].objects for one in PLACES if one != source):
            return
        self._put(to, key, self.files[source].objects.pop(key))
        self.files[to].moved[key] = PLACES[source]

    def _rename(self, file: File, kind: str, name: str, new: str) -> None:
        content = self.files[file]
        if (kind, name) not in content.objects or any(
            (kind, new) in one.objects for one in self.files.values()
        ):
            return
        content.objects[kind, new] = content.objects.pop((kind, name))
        content.moved.pop((kind, name), None)
        content.removed.discard((kind, new))
        for key, value in content.objects.items():
            if isinstance(value, Service):
                content.objects[key] = _mounting(value, kind, name, new)

    def write(self) -> None:
        """Write the files that are not yet as they should be."""
        for file, content in self.files.items():
            text = json.dumps(self._document(file, content)) if content.there else None
            names = (f"other-{file}.yaml", f"{file}.yaml")
            names = names if file in self.renamed else names[::-1]
            for name, wanted in zip(names, (text, None), strict=True):
                _write(self.path(file) / name, wanted)

    def _document(self, file: str, content: Content) -> dict[str, Any]:
        document: dict[str, Any] = {"cluster": "production", "stack": PLACES[file].stack}
        for (kind, name), value in content.objects.items():
            declared = _declared(content, file, kind, name, value)
            monitor = {"update_monitor": self.monitor} if kind == "service" else {}
            document.setdefault(f"{kind}s", {})[name] = {**declared, **monitor}
        for (kind, name), external in content.externals.items():
            said = {"stack": external.stack} if external.stack else True
            document.setdefault(f"{kind}s", {})[name] = {"external": said}
        document |= {"moved": [_move(*one, to=PLACES[file]) for one in content.moved.items()]}
        for kind, name in sorted(content.removed):
            document.setdefault("removed", {}).setdefault(f"{kind}s", []).append(name)
        return document

    def path(self, path: str) -> Path:
        return self.folder / "clinic" if path == "clinic" else self.folder / PLACES[path].repository / path

    def environment(self) -> dict[str, str]:
        """The values of all secrets."""
        return {
            f"RECONCILER_SECRET_{_variable(name, file)}": secret_value(name, value)
            for file, content in self.files.items()
            for (kind, name), value in content.objects.items()
            if kind == "secret"
        }

    def is_declared_in(self, key: Key, files: Iterable[str]) -> bool:
        return any(key in self.files[file].objects for file in files)


def repositories(folder: Path) -> None:
    """Two repositories with an origin each, every file in git's index."""
    for repository in ("clinic", "billing"):
        root = folder / repository
        for file, place in PLACES.items():
            if place.repository == repository:
                (root / file).mkdir(parents=True)
                (root / file / f"{file}.yaml").write_text("", encoding="utf-8")
        for arguments in (
            ("init", "-q", "-b", "main"),
            ("remote", "add", "origin", f"https://git.example.com/{repository}.git"),
            ("add", "-A"),
        ):
            subprocess.run(
                ["git", *arguments], cwd=root, check=True, env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
            )


def _mounting(service: Service, kind: str, name: str, new: str) -> Service:
    """The service with a new name for what it mounts."""
    rename = lambda names: tuple(new if one == name else one for one in names)  # noqa: E731 - used thrice
    match kind:
        case "secret":
            return service._replace(secrets=rename(service.secrets))
        case "config":
            return service._replace(configs=rename(service.configs))
        case "volume":
            return service._replace(volumes=rename(service.volumes))
    return service


def _write(path: Path, text: str | None) -> None:
    """Make a file what it is to be, or take it away, where it is not so yet."""
    if _WRITTEN.get(path, "") == text:
        return
    _WRITTEN[path] = text
    if text is None:
        path.unlink(missing_ok=True)
    else:
        path.write_text(text, encoding="utf-8")


def _move(key: Key, source: Place, *, to: Place) -> dict[str, str]:
    """An entry of ``moved``."""
    entry = {"from": "/".join(key)}
    entry |= {"stack": source.stack} if source.stack != to.stack else {}
    entry |= {"source": f"git.example.com/{source.repository}"} if source.repository != to.repository else {}
    return entry


def _siblings(file: str) -> list[str]:
    return [one for one in PLACES if PLACES[one] == PLACES[file]]


def image(number: int) -> str:
    return f"{IMAGE}:{number}{'-crash' if number == CRASHES else ''}"


def secret_value(name: str, value: Value) -> str:
    return f"value-{name}-{value}-{LEAK}"


def config_data(name: str, value: Value) -> str:
    return f"# {name} {value}\n"


def token_value(value: int) -> str:
    return f"token-{value}-{LEAK}"


def arguments(service: Service) -> str:
    return f"serve --password {token_value(service.token)}" if service.flag else ""


def used(content: Content, service: Service) -> Iterator[Key]:
    """What of its file a service mounts."""
    for kind, names in (
        ("secret", service.secrets),
        ("config", service.configs),
        ("volume", service.volumes),
    ):
        for name in dict.fromkeys(names):
            if (kind, name) in content.objects or (kind, name) in content.externals:
                yield kind, name


def depends(content: Content, name: str, service: Service) -> list[str]:
    """The services of its file that it depends on; only on names before its own, so that there is no cycle."""
    return [one for one in dict.fromkeys(service.depends) if one < name and content.service(one)]


def _declared(content: Content, file: str, kind: str, name: str, value: Value) -> Any:
    if kind == "secret":
        return {"env": _variable(name, file)}
    if kind == "config":
        return {"data": config_data(name, value)}
    if not isinstance(value, Service):
        return {}
    mounted = list(used(content, value))
    return {
        "image": image(value.image),
        "replicas": value.replicas,
        "update_failure_action": value.action,
        "secrets": [one for kind, one in mounted if kind == "secret"],
        "configs": [{"name": one, "file_name": f"/etc/{one}"} for kind, one in mounted if kind == "config"],
        "mounts": [f"{one}:/srv/{one}" for kind, one in mounted if kind == "volume"],
        "args": arguments(value),
        "environment_variables": {"LOG_LEVEL": "info", "API_TOKEN": token_value(value.token)},
        "depends_on": depends(content, name, value),
        **({"hosts": list(value.hosts)} if value.hosts else {}),
        **({"lifecycle": {"on_failure": "rollback"}} if value.puts_back else {}),
    }


def is_as_declared(platform: Platform, live: Running, content: Content, service: Service) -> bool:
    """Whether the live spec is the declared one, down to the data of what it mounts."""
    spec = live.spec
    wanted: set[tuple[str, str, str]] = set()
    for kind, name in used(content, service):
        value = content.objects.get((kind, name))
        if (kind, name) in content.externals and kind != "volume":
            wanted |= _of_others(platform, spec, kind, name)
        elif kind == "secret":
            wanted.add((kind, name, secret_value(name, value)))
        elif kind == "config":
            wanted.add((kind, f"/etc/{name}", config_data(name, value)))
        else:
            wanted.add((kind, f"/srv/{name}", name))
    return (
        plain(spec["image"]) == image(service.image)
        and spec["replicas"] == service.replicas
        and spec["update_failure_action"] == service.action
        and spec["args"] == arguments(service)
        and {one["key"]: one["value"] for one in spec["environment_variables"]}
        == {"LOG_LEVEL": "info", "API_TOKEN": token_value(service.token)}
        and _mounted(platform.blobs, spec) == wanted
        and (not service.hosts or set(spec["hosts"]) == set(service.hosts))
    )


def _of_others(
    platform: Platform, spec: Mapping[str, Any], kind: str, name: str
) -> set[tuple[str, str, str]]:
    """A mount of what others make: of any of its versions that is there."""
    target = name if kind == "secret" else f"/etc/{name}"
    return {
        (kind, target, blob.data)
        for one in spec[f"{kind}s"]
        if one["file_name"] == target and (blob := platform.blobs[kind].get(one["id"]))
        if blob.name.rpartition(".v")[0] == name
    } or {(kind, target, "(none)")}


def _mounted(blobs: Mapping[str, Mapping[str, Blob]], spec: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    found = {("volume", one["target"], one["source"]) for one in spec["mounts"]}
    for kind in ("secret", "config"):
        for one in spec[f"{kind}s"]:
            blob = blobs[kind].get(one["id"])
            found.add((kind, one["file_name"], blob.data if blob else "(gone)"))
    return found


def _variable(name: str, file: str) -> str:
    return f"{name}_{file}".upper().replace("-", "_")
