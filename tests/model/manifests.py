"""The files of a world: their declarations, as text and as a table for comparison with the cluster."""

import json
import os
import subprocess
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from tests.model.platform import Blob, ModelPlatform
from tests.model.steps import (
    PLACES,
    Clear,
    Consent,
    Declare,
    DeclaredService,
    Drop,
    Edit,
    File,
    Key,
    Lower,
    MadeElsewhere,
    MoveObject,
    Release,
    Rename,
    RenameFile,
    RenameRepository,
    Take,
    TakeAll,
    Value,
)
from tests.model.swarm import Spec, SwarmService, plain

LEAK = "LEAK7"
"""A marker in every value that no output may show."""
IMAGE = "registry.example.com/clinic/app"
CRASHES = 9
"""The image that crashes on the emulator, where the name decides."""

VERSIONED = ("secret", "config")
RENAMED = (*VERSIONED, "webhook")
"""Kinds whose live objects keep their identity when they are renamed."""

_WRITTEN: dict[Path, str | None] = {}
"""The last written content of each file: most runs change one file of four."""
CALLED: dict[Path, str] = {}
"""The current name of each repository, by its folder."""


class Origin(NamedTuple):
    """The former place of a moved object: repository, stack, and name there.

    Without a name it is everything of that stack or repository.
    """

    repository: str
    stack: str
    name: str = ""


@dataclass
class FileContent:
    """The declarations and consents of one file.

    ``externals`` are external objects with the stack that is named, ``moved`` the objects taken from another place,
    ``all_of`` the place of which everything is taken.
    """

    objects: dict[Key, Value] = field(default_factory=dict)
    externals: dict[Key, MadeElsewhere] = field(default_factory=dict)
    moved: dict[Key, Origin] = field(default_factory=dict)
    all_of: set[Origin] = field(default_factory=set)
    removed: set[Key] = field(default_factory=set)
    released: set[Key] = field(default_factory=set)
    there: bool = True

    def copy(self) -> "FileContent":
        return replace(
            self,
            objects=dict(self.objects),
            externals=dict(self.externals),
            moved=dict(self.moved),
            all_of=set(self.all_of),
            removed=set(self.removed),
            released=set(self.released),
        )

    def service(self, name: str) -> DeclaredService | None:
        value = self.objects.get(("service", name))
        return value if isinstance(value, DeclaredService) else None


@dataclass
class AllFiles:
    """All files, by letter, below a folder with the two repositories.

    ``monitor`` is the monitor window of every service. ``called`` is a repository's current name. ``former`` are
    the earlier names of an object, which its live object may still have.
    """

    folder: Path
    monitor: int = 5
    files: dict[str, FileContent] = field(default_factory=lambda: {file: FileContent() for file in PLACES})
    renamed: set[str] = field(default_factory=set)
    called: dict[str, str] = field(
        default_factory=lambda: {place.repository: place.repository for place in PLACES.values()}
    )
    former: dict[Key, set[str]] = field(default_factory=dict)

    def edit(self, step: Edit) -> None:
        match step:
            case Declare(file, kind, name, value):
                home = next(
                    (sibling for sibling in _siblings(file) if (kind, name) in self.files[sibling].objects),
                    file,
                )
                self._put(
                    home,
                    (kind, name),
                    f"{name}-{value}" if kind in RENAMED and isinstance(value, int) else value,
                )
            case Drop(file, kind, name, consent):
                self.files[file].externals.pop((kind, name), None)
                if self._leave(file, (kind, name)) and consent and kind != "node":
                    self.files[file].removed.add((kind, name))
            case Release(file, kind, name):
                if self._leave(file, (kind, name)):
                    self.files[file].released.add((kind, name))
            case Consent(file, kind, name):
                if self.files[file].there and (kind, name) not in self.files[file].objects:
                    self.files[file].removed.add((kind, name))
            case Clear(file):
                self.files[file] = FileContent(there=False)
            case RenameFile(file):
                self.renamed ^= {file}
            case Lower():
                raise ValueError(step)  # the platform knows which node that is: see ``lower``
            case _:
                self._hand_on(step)

    def _hand_on(self, step: MoveObject | Take | TakeAll | Rename | RenameRepository) -> None:
        match step:
            case MoveObject(kind, name, source, to):
                self._move((kind, name), source, to)
            case Take(kind, name, source, to, new):
                self._take((kind, name), source, to, new or name)
            case TakeAll(source, to):
                self._take_all(source, to)
            case Rename(file, kind, name, new, declares_move):
                self._rename(file, kind, name, new, declares_move=declares_move)
            case RenameRepository(repository, declares_move):
                self._rename_repository(repository, declares_move=declares_move)

    def lower(self, file: File, size: str, node: str) -> None:
        """Declare one node less, with consent to delete this node."""
        count = self.files[file].objects.get(("node", size))
        if isinstance(count, int) and count:
            self.files[file].objects["node", size] = count - 1
            self.files[file].removed.add(("node", node))

    def mark(self, file: File) -> str:
        """A file in the form of the record, with its repository's name."""
        return f"{self.called[PLACES[file].repository]}: {file}"

    def _leave(self, file: File, key: Key) -> bool:
        """Remove an object from a file; returns whether it was there."""
        content = self.files[file]
        if key not in content.objects:
            return False
        del content.objects[key]
        content.moved.pop(key, None)
        return True

    def _move(self, key: Key, source: File, to: File) -> None:
        if key not in self.files[source].objects or source == to:
            return
        origin = self.files[source].moved.get(key)
        self._put(to, key, self.files[source].objects.pop(key))
        if origin:
            self.files[to].moved[key] = origin

    def _put(self, file: str, key: Key, value: Value) -> None:
        for path, content in self.files.items():
            if PLACES[path].stack == PLACES[file].stack:
                content.removed.discard(key)
                content.released.discard(key)
                content.moved = {
                    to: origin
                    for to, origin in content.moved.items()
                    if to == key or (origin.stack, to[0], origin.name) != (PLACES[file].stack, *key)
                }
            if path != file:
                content.moved.pop(key, None)
        content = self.files[file]
        content.there = True
        if isinstance(value, MadeElsewhere):
            content.objects.pop(key, None)
            content.externals[key] = value
        else:
            content.externals.pop(key, None)
            content.objects[key] = value

    def _take(self, key: Key, source: File, to: File, new: str) -> None:
        kind, name = key
        new = new if kind in RENAMED and PLACES[source].stack != PLACES[to].stack else name
        if PLACES[source] == PLACES[to] or key not in self.files[source].objects or kind == "node":
            return
        if any(
            {key, (kind, new)} & content.objects.keys()
            for file, content in self.files.items()
            if file != source
        ):
            return
        self._put(to, (kind, new), self.files[source].objects.pop(key))
        self.files[to].moved[kind, new] = self._origin(source, name)
        self._release_if_of_another_repository(key, source, to)
        self._was_called((kind, new), name)

    def _take_all(self, source: File, to: File) -> None:
        if PLACES[source].stack == PLACES[to].stack:
            return
        for key in [key for key in self.files[source].objects if key[0] != "node"]:
            if not any(key in content.objects for file, content in self.files.items() if file != source):
                self._put(to, key, self.files[source].objects.pop(key))
                self.files[to].all_of.add(self._origin(source))
                self._release_if_of_another_repository(key, source, to)

    def _release_if_of_another_repository(self, key: Key, source: File, to: File) -> None:
        """For an object of another repository's stack, add the release that the move needs."""
        there, here = PLACES[source], PLACES[to]
        if there.repository != here.repository and there.stack != here.stack:
            self.files[source].released.add(key)

    def _origin(self, file: File, name: str = "") -> Origin:
        return Origin(self.called[PLACES[file].repository], PLACES[file].stack, name)

    def _was_called(self, key: Key, name: str) -> None:
        if name != key[1]:
            self.former[key] = {name, *self.former.get(key, ()), *self.former.get((key[0], name), ())}

    def _rename(self, file: File, kind: str, name: str, new: str, *, declares_move: bool) -> None:
        content = self.files[file]
        if (kind, name) not in content.objects or any(
            (kind, new) in other.objects for other in self.files.values()
        ):
            return
        self._put(file, (kind, new), content.objects.pop((kind, name)))
        content.moved.pop((kind, name), None)
        if declares_move and kind in (*RENAMED, "service"):
            content.moved[kind, new] = self._origin(file, name)
            self._was_called((kind, new), name)
        for key, value in content.objects.items():
            if isinstance(value, DeclaredService):
                content.objects[key] = _mounting(value, kind, name, new)

    def _rename_repository(self, repository: str, *, declares_move: bool) -> None:
        before = self.called[repository]
        self.called[repository] = repository if before != repository else f"{repository}-new"
        for file, content in self.files.items():
            if PLACES[file].repository == repository:
                whole = Origin(before, PLACES[file].stack)
                content.all_of = {origin for origin in content.all_of if origin.stack != whole.stack}
                content.all_of |= {whole} if declares_move else set()

    def write(self) -> None:
        """Write the files that have changed."""
        for file, content in self.files.items():
            text = json.dumps(self._document(file, content)) if content.there else None
            names = (f"other-{file}.yaml", f"{file}.yaml")
            names = names if file in self.renamed else names[::-1]
            for name, wanted in zip(names, (text, None), strict=True):
                _write(self.path(file) / name, wanted)
        CALLED.update({self.folder / repository: name for repository, name in self.called.items()})

    def _document(self, file: str, content: FileContent) -> dict[str, Any]:
        document: dict[str, Any] = {"cluster": "production", "stack": PLACES[file].stack}
        for (kind, name), value in content.objects.items():
            declared = _declared(content, file, kind, name, value)
            if isinstance(value, DeclaredService):
                declared["update_monitor"] = self.monitor
            document.setdefault(f"{kind}s", {})[name] = declared
        for (kind, name), external in content.externals.items():
            said = {"stack": external.stack} if external.stack else True
            document.setdefault(f"{kind}s", {})[name] = {"external": said}
        here = self._origin(file)
        moved = [
            *((key, origin) for key, origin in content.moved.items()),
            *((None, origin) for origin in content.all_of),
        ]
        document |= {"moved": [_entry(key, origin, here) for key, origin in moved]}
        for section, named in (("removed", content.removed), ("released", content.released)):
            for kind, name in sorted(named):
                document.setdefault(section, {}).setdefault(f"{kind}s", []).append(name)
        return document

    def path(self, path: str) -> Path:
        return self.folder / "clinic" if path == "clinic" else self.folder / PLACES[path].repository / path

    def environment(self) -> dict[str, str]:
        """The values of all secrets."""
        return {
            f"RECONCILER_SECRET_{_variable(name, file)}": secret_value(value)
            for file, content in self.files.items()
            for (kind, name), value in content.objects.items()
            if kind == "secret"
        }

    def is_declared_in(self, key: Key, files: Iterable[str]) -> bool:
        return any(key in self.files[file].objects for file in files)


def repositories(folder: Path) -> None:
    """Two repositories with an origin each, and every file in git's index."""
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


def _mounting(service: DeclaredService, kind: str, name: str, new: str) -> DeclaredService:
    """The service with a new name of a mounted object."""
    rename = lambda names: tuple(new if other == name else other for other in names)  # noqa: E731 - used three times
    match kind:
        case "secret":
            return service._replace(secrets=rename(service.secrets))
        case "config":
            return service._replace(configs=rename(service.configs))
        case "volume":
            return service._replace(volumes=rename(service.volumes))
    return service


def _write(path: Path, text: str | None) -> None:
    """Write a file or delete it, if it differs."""
    if _WRITTEN.get(path, "") == text:
        return
    _WRITTEN[path] = text
    if text is None:
        path.unlink(missing_ok=True)
    else:
        path.write_text(text, encoding="utf-8")


def _entry(key: Key | None, origin: Origin, here: Origin) -> dict[str, str]:
    """An entry of ``moved``: for one object, or for everything."""
    entry: dict[str, str] = {}
    if key:
        entry["from"] = f"{key[0]}/{origin.name}"
        entry |= {"to": "/".join(key)} if key[1] != origin.name else {}
    entry |= {"stack": origin.stack} if origin.stack != here.stack else {}
    entry |= (
        {"source": f"git.example.com/{origin.repository}"} if origin.repository != here.repository else {}
    )
    return entry


def _siblings(file: str) -> list[str]:
    return [path for path in PLACES if PLACES[path] == PLACES[file]]


def image(number: int) -> str:
    return f"{IMAGE}:{number}{'-crash' if number == CRASHES else ''}"


def secret_value(value: Value) -> str:
    return f"value-{value}-{LEAK}"


def config_data(value: Value) -> str:
    return f"# {value}\n"


def webhook_url(value: Value) -> str:
    return f"https://hooks.example.com/{value}-{LEAK}"


def token_value(value: int) -> str:
    return f"token-{value}-{LEAK}"


def arguments(service: DeclaredService) -> str:
    return f"serve --password {token_value(service.token)}" if service.flag else ""


def used(content: FileContent, service: DeclaredService) -> Iterator[Key]:
    """The objects of its own file that a service mounts."""
    for kind, names in (
        ("secret", service.secrets),
        ("config", service.configs),
        ("volume", service.volumes),
    ):
        for name in dict.fromkeys(names):
            if (kind, name) in content.objects or (kind, name) in content.externals:
                yield kind, name


def depends(content: FileContent, name: str, service: DeclaredService) -> list[str]:
    """The services of its file that a service depends on; only earlier names, so that there is no cycle."""
    return [other for other in dict.fromkeys(service.depends) if other < name and content.service(other)]


def _declared(content: FileContent, file: str, kind: str, name: str, value: Value) -> Any:
    if kind == "secret":
        return {"env": _variable(name, file)}
    if kind == "config":
        return {"data": config_data(value)}
    if kind == "webhook":
        return {"url": webhook_url(value)}
    if kind == "node":
        return value
    if not isinstance(value, DeclaredService):
        return {}
    mounted = list(used(content, value))
    return {
        "image": image(value.image),
        "replicas": value.replicas,
        "update_failure_action": value.action,
        "secrets": [name_of_object for kind, name_of_object in mounted if kind == "secret"],
        "configs": [
            {"name": name_of_object, "file_name": f"/etc/{name_of_object}"}
            for kind, name_of_object in mounted
            if kind == "config"
        ],
        "mounts": [
            f"{name_of_object}:/srv/{name_of_object}" for kind, name_of_object in mounted if kind == "volume"
        ],
        "args": arguments(value),
        "environment_variables": {"LOG_LEVEL": "info", "API_TOKEN": token_value(value.token)},
        "depends_on": depends(content, name, value),
        **({"hosts": list(value.hosts)} if value.hosts else {}),
        **({"lifecycle": lifecycle} if (lifecycle := _lifecycle(value)) else {}),
    }


def _lifecycle(service: DeclaredService) -> dict[str, Any]:
    said = {
        "on_failure": "rollback" if service.puts_back else None,
        "ignore_changes": list(service.ignores) or None,
        "prevent_destroy": service.protected,
    }
    return {key: value for key, value in said.items() if value is not None}


def field_of(spec: Spec, name: str) -> object:
    """The value of a field in a spec, or of a single variable, by its path under ``ignore_changes``."""
    field, _, key = name.partition(".")
    if key:
        return {variable["key"]: variable["value"] for variable in spec[field]}.get(key)
    return plain(spec[field]) if field == "image" else spec[field]


def is_as_declared(
    platform: ModelPlatform,
    live: SwarmService,
    content: FileContent,
    service: DeclaredService,
    former: Mapping[Key, set[str]],
) -> bool:
    """Whether the live spec is the declared one, including the data of mounted objects.

    ``former`` are other names that mounted objects may have.
    """
    spec = live.spec
    wanted: set[tuple[str, str, str]] = set()
    for kind, name in used(content, service):
        value = content.objects.get((kind, name))
        if (kind, name) in content.externals and kind != "volume":
            wanted |= _of_others(platform, spec, kind, name, {name, *former.get((kind, name), ())})
        elif kind == "secret":
            wanted.add((kind, name, secret_value(value)))
        elif kind == "config":
            wanted.add((kind, f"/etc/{name}", config_data(value)))
        else:
            wanted.add((kind, f"/srv/{name}", name))
    variables = {variable["key"]: variable["value"] for variable in spec["environment_variables"]}
    declared = {"LOG_LEVEL": "info", "API_TOKEN": token_value(service.token)}
    if "environment_variables.API_TOKEN" in service.ignores:
        declared.pop("API_TOKEN")
        variables.pop("API_TOKEN", None)
    return (
        ("image" in service.ignores or plain(spec["image"]) == image(service.image))
        and ("replicas" in service.ignores or spec["replicas"] == service.replicas)
        and spec["update_failure_action"] == service.action
        and spec["args"] == arguments(service)
        and variables == declared
        and _mounted(platform.blobs, spec) == wanted
        and (not service.hosts or set(spec["hosts"]) == set(service.hosts))
    )


def _of_others(
    platform: ModelPlatform, spec: Mapping[str, Any], kind: str, name: str, names: Collection[str]
) -> set[tuple[str, str, str]]:
    """The mount of an external object: any of its existing versions."""
    target = name if kind == "secret" else f"/etc/{name}"
    return {
        (kind, target, blob.data)
        for reference in spec[f"{kind}s"]
        if reference["file_name"] == target and (blob := platform.blobs[kind].get(reference["id"]))
        if blob.name.rpartition(".v")[0] in names
    } or {(kind, target, "(none)")}


def _mounted(blobs: Mapping[str, Mapping[str, Blob]], spec: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    found = {("volume", mount["target"], mount["source"]) for mount in spec["mounts"]}
    for kind in ("secret", "config"):
        for reference in spec[f"{kind}s"]:
            blob = blobs[kind].get(reference["id"])
            found.add((kind, reference["file_name"], blob.data if blob else "(gone)"))
    return found


def _variable(name: str, file: str) -> str:
    return f"{name}_{file}".upper().replace("-", "_")
