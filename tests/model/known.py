"""The knowledge about a sequence: what is live, what is declared, and which file declared what last.

It uses only the manifests, the platform and the runs so far, and none of reconciler's decisions.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from tests.model.command import CommandWorld
from tests.model.manifests import (
    VERSIONED,
    FileContent,
    Origin,
    config_data,
    is_as_declared,
    secret_value,
    webhook_url,
)
from tests.model.platform import Write
from tests.model.steps import PATHS, PLACES, DeclaredService, FilePlace, Key, Run, Value
from tests.model.swarm import Spec, SwarmService
from tests.model.world import ModelWorld, RunEnd

_VERSION = re.compile(r"(.+)\.v\d+")


@dataclass
class Known:
    """The knowledge about a sequence so far.

    ``owners`` are the files of which one declared an object last, by its kind and name; several after an incomplete
    run. ``applied`` is the content of each file when a run of it last began to write, and ``applied_as`` its
    repository's name at that time. ``protected`` are services that a complete run declared as protected.
    ``written_by`` is the repository of the run that wrote a service last, ``written_over`` the ids of what the
    service mounted before that, and ``edited`` are services that were changed outside git since.
    """

    world: ModelWorld | CommandWorld
    owners: dict[Key, set[str]] = field(default_factory=dict)
    applied: dict[str, FileContent] = field(default_factory=dict)
    applied_as: dict[str, str] = field(default_factory=dict)
    protected: set[str] = field(default_factory=set)
    written_by: dict[str, str] = field(default_factory=dict)
    written_over: dict[str, set[str]] = field(default_factory=dict)
    edited: set[str] = field(default_factory=set)

    def not_for_its_window(self, step: Run) -> Iterator[str]:
        """Services with a task that has not run for the whole monitor window, so that they are not up yet."""
        swarm = self.world.platform.swarm
        for file in PATHS[step.path]:
            for kind, name in self.world.manifests.files[file].objects:
                live = self.world.platform.service(name) if kind == "service" else None
                if live and any(swarm.time.now - task.since < live.monitor for task in live.running):
                    yield name

    def not_as_declared(self, step: Run) -> Iterator[str]:
        covered = PATHS[step.path]
        for file in covered:
            content = self.world.manifests.files[file]
            for (kind, name), value in content.objects.items():
                if isinstance(value, DeclaredService):
                    yield from self.service_not_as_declared(content, name, value)
                elif not self.is_so(kind, name, value):
                    yield f"{kind} {name} is not as declared"
        named = {PLACES[path].stack for path in covered if self.world.manifests.files[path].there}
        for key, last in self.owners.items():
            stacks = self.stacks_of(key)
            if not stacks <= named or self.is_taken(key, stacks):
                continue  # a run covers only the stacks that a file below its PATH names
            if last <= self.marks(covered) and not self.declared_anywhere(key) and self.may_go(key):
                yield f"{key[0]} {key[1]}, which left the manifests, is there"

    def left_to_prune(self, step: Run) -> Iterator[str]:
        """Objects that `--prune` should have deleted: no file of the run's repository declares them."""
        covered = PATHS[step.path]
        repository = PLACES[covered[0]].repository
        files = self.world.manifests.files
        stacks = {PLACES[file].stack for file in covered if files[file].there}
        for key, last in self.owners.items():
            is_declared = any(
                key in files[file].objects for file in PLACES if PLACES[file].repository == repository
            )
            if not is_declared and {PLACES[mark[-1]].stack for mark in last} & stacks and self.may_go(key):
                yield f"{key[0]} {key[1]}"

    def left_to_remove(self, step: Run) -> Iterator[str]:
        """Objects under `removed` that the run should have deleted: the stack has them and no service mounts them."""
        files, platform = self.world.manifests.files, self.world.platform
        mounted = {reference for service in platform.services() for reference in references(service.spec)}
        for file in PATHS[step.path]:
            for kind, name in files[file].removed & self.owners.keys() if files[file].there else ():
                names = self.names((kind, name))
                if PLACES[file].stack in self.stacks_of((kind, name)) and any(
                    base(blob.name) in names and blob.id not in mounted
                    for blob in platform.blobs.get(kind, {}).values()
                ):
                    yield f"{kind} {name}"

    def service_not_as_declared(
        self, content: FileContent, name: str, wanted: DeclaredService
    ) -> Iterator[str]:
        live = self.world.platform.service(name)
        if live is None:
            yield f"service {name} is not there"
        elif not is_as_declared(self.world.platform, live, content, wanted, self.world.manifests.former):
            yield f"service {name} is not as declared"
        elif not live.is_up:
            yield f"service {name} is down: {_tasks(live)}"

    def is_so(self, kind: str, name: str, value: Value) -> bool:
        """Whether an object other than a service is live as declared."""
        match kind:
            case "volume":
                return name in self.world.platform.volumes.values()
            case "webhook":
                return webhook_url(value) in self.urls(name)
            case "node":
                nodes = self.world.platform.nodes_of(name)
                return len(nodes) == value and all(node.status == "Ready" for node in nodes)
        return self.holds(kind, name, value)

    def holds(self, kind: str, name: str, value: Value) -> bool:
        """Whether the newest version of a secret or config has the declared data; any version if it was renamed, or
        if another stack has an object of that name.
        """
        data = secret_value(value) if kind == "secret" else config_data(value)
        names = self.names((kind, name))
        versions = sorted(
            (blob for blob in self.world.platform.blobs[kind].values() if base(blob.name) in names),
            key=lambda blob: (len(blob.name), blob.name),
        )
        contents = (*self.world.manifests.files.items(), *self.applied.items())
        stacks = {PLACES[file].stack for file, content in contents if (kind, name) in content.objects}
        newest = names == {name} and len(stacks) < 2
        return any(version.data == data for version in (versions[-1:] if newest else versions))

    def urls(self, label: str) -> list[str]:
        return [
            str(webhook["url"])
            for webhook in self.world.platform.webhooks.values()
            if webhook["label"] == label
        ]

    def names(self, key: Key) -> set[str]:
        """The current and earlier names of an object; the live object may have any of them."""
        return {key[1], *self.world.manifests.former.get(key, ())}

    def logical(self, write: Write) -> set[Key]:
        """The logical names that a live object may have: its own, and those given to it by renames."""
        if write.kind not in VERSIONED:
            return {(write.kind, write.name)}
        name, former = base(write.name), self.world.manifests.former
        return {(write.kind, name)} | {
            key for key, names in former.items() if key[0] == write.kind and name in names
        }

    def is_last(self, write: Write) -> bool:
        """Whether no other version of a deleted secret or config exists; always true for other kinds."""
        if write.kind not in VERSIONED:
            return True
        others = [blob for blob in self.world.platform.blobs[write.kind].values() if blob.id != write.id]
        return not any(base(other.name) == base(write.name) for other in others)

    def marks(self, files: Collection[str]) -> set[str]:
        """The files in the form of the record: with the current or an earlier name of their repository."""
        found = {self.world.manifests.mark(path) for path in files}
        for file in files:
            for origin in self.world.manifests.files[file].all_of:
                if origin.stack == PLACES[file].stack:
                    found |= {
                        f"{origin.repository}: {path}" for path in files if PLACES[path].stack == origin.stack
                    }
        return found

    def down(self, files: Collection[str], stack: str) -> Iterator[str]:
        """Services that these files declare and that are not up as declared, and services of the stack's other
        files in the repository that do not run as last applied.
        """
        for file in files:
            content = self.world.manifests.files[file]
            for kind, name in content.objects:
                if kind == "service" and not self.is_up(content, name):
                    yield name
        for file, content in self.applied.items():
            if file not in files and self.is_of_the_same(file, files, stack):
                for kind, name in content.objects:
                    live = self.world.platform.service(name)
                    is_down = kind == "service" and live is not None and not live.is_up
                    if is_down and not self.is_of_another(name, file):
                        yield f"{name} of {file}"

    def is_of_another(self, service: str, file: str) -> bool:
        """Whether another repository has taken a service over since: by a complete run, or by writing it."""
        repository = PLACES[file].repository
        last = {PLACES[mark[-1]].repository for mark in self.owners.get(("service", service), ())}
        return (bool(last) and repository not in last) or self.written_by.get(
            service, repository
        ) != repository

    def not_ready(self, files: Collection[str]) -> Iterator[str]:
        """The nodes that are not Ready, of the sizes that these files declare."""
        for file in files:
            content = self.world.manifests.files[file]
            for size in [name for kind, name in content.objects if kind == "node"]:
                for node in self.world.platform.nodes_of(size):
                    if node.status != "Ready" and ("node", node.id) not in content.removed:
                        yield node.id

    def waits_for_services(self, files: Collection[str], stack: str) -> bool:
        """Whether these files declare a service, or the stack's other files in the repository did when last applied."""
        contents = [self.world.manifests.files[file] for file in files]
        contents += [
            content
            for file, content in self.applied.items()
            if file not in files and self.is_of_the_same(file, files, stack)
        ]
        return any(kind == "service" for content in contents for kind, _ in content.objects)

    def is_of_the_same(self, file: str, files: Collection[str], stack: str) -> bool:
        """Whether a file belongs to the stack and repository of ``files``, and was applied as part of it."""
        manifests = self.world.manifests
        return (
            PLACES[file] == FilePlace(PLACES[next(iter(files))].repository, stack)
            and self.applied_as[file] == manifests.called[PLACES[file].repository]
        )

    def is_up(self, content: FileContent, name: str) -> bool:
        wanted, live = content.service(name), self.world.platform.service(name)
        return bool(
            wanted
            and live
            and live.is_up
            and is_as_declared(self.world.platform, live, content, wanted, self.world.manifests.former)
        )

    def is_there(self, key: Key) -> bool:
        kind, name = key
        platform = self.world.platform
        if kind == "service":
            return platform.service(name) is not None
        if kind == "volume":
            return name in platform.volumes.values()
        if kind == "webhook":
            return bool(self.urls(name))
        return any(base(blob.name) in self.names(key) for blob in platform.blobs[kind].values())

    def may_go(self, key: Key) -> bool:
        """Whether an object exists that no service mounts, now or after a rollback.

        The API does not show previous specs. After a change outside git without a later write of a run, a service's
        previous spec may be the one that the last write replaced.
        """
        platform = self.world.platform
        specs = [service.spec for service in platform.services()]
        specs += [service.previous[0] for service in platform.services() if service.previous]
        if key[0] not in VERSIONED:
            return self.is_there(key)
        needed = {reference for spec in specs for reference in references(spec)}
        for service in platform.services():
            if service.worked and not self.stacks_of(("service", service.name)) & self.stacks_of(key):
                needed |= references(service.worked[-1])  # the record of another stack names it
        for edited in self.edited & {service.name for service in platform.services()}:
            needed |= self.written_over.get(edited, set())
        return any(
            base(blob.name) == key[1] and blob.id not in needed for blob in platform.blobs[key[0]].values()
        )

    def declared_elsewhere(
        self, keys: Collection[Key], stack: str, covered: tuple[str, ...], *, prunes: bool
    ) -> str:
        """A file that declares an object and is not part of the run: its current content in the same repository,
        its last applied content in others. ``--prune`` also covers objects of other repositories.
        """
        repository = PLACES[covered[0]].repository
        for file, place in PLACES.items():
            if file not in covered and (place.repository == repository or not prunes):
                content = (
                    self.world.manifests.files[file]
                    if place.repository == repository
                    else self.applied.get(file, FileContent())
                )
                moved = {
                    Origin(place.repository, origin.stack, origin.name) for origin in content.moved.values()
                }
                if any(
                    key in content.objects or Origin(place.repository, stack, key[1]) in moved for key in keys
                ):
                    return file
        return ""

    def stacks_of(self, key: Key) -> set[str]:
        """The stacks of the files of which one declared an object last."""
        return {PLACES[mark[-1]].stack for mark in self.owners.get(key, ())}

    def is_taken(self, key: Key, stacks: Collection[str]) -> bool:
        """Whether a file takes an object of one of ``stacks`` by `moved`; its run will then own the object."""
        return any(
            kind == key[0] and origin.name == key[1] and origin.stack in stacks
            for content in self.world.manifests.files.values()
            for (kind, _), origin in content.moved.items()
        )

    def declared_anywhere(self, key: Key) -> bool:
        return any(
            key in content.objects
            for content in (*self.world.manifests.files.values(), *self.applied.values())
        )

    def stack(self, keys: Iterable[Key], covered: tuple[str, ...]) -> str:
        """The stack for which a run of ``covered`` deletes an object."""
        for key in keys:
            for mark in self.owners.get(key, ()):
                if mark[-1] in covered:
                    return PLACES[mark[-1]].stack
        return PLACES[covered[0]].stack

    def sees_tasks(self) -> bool:
        return self.world.platform.shows_tasks and not self.world.platform.hides

    def needs_values(self, step: Run) -> bool:
        return any(
            kind == "secret"
            for file in PATHS[step.path]
            for kind, _ in self.world.manifests.files[file].objects
        )

    def ran(self, step: Run) -> bool:
        """Whether a service that the run declares has tasks."""
        contents = [self.world.manifests.files[file] for file in PATHS[step.path]]
        return any(
            isinstance(declared, DeclaredService) and declared.replicas
            for each in contents
            for declared in each.objects.values()
        )

    def remember(self, step: Run, result: RunEnd, *, whole: bool) -> None:
        """Update which files declared what last. An incomplete run may or may not have recorded it."""
        if not result.began:
            return
        manifests = self.world.manifests
        for file in PATHS[step.path]:
            content = manifests.files[file]
            self.applied[file] = content.copy()
            self.applied_as[file] = manifests.called[PLACES[file].repository]
            self.remember_moves(file, content, whole=whole)
            for key, value in content.objects.items():
                if key[0] == "node":
                    continue
                former = set() if whole else self.owners.get(key, set())
                self.owners[key] = {manifests.mark(file), *former}
                if isinstance(value, DeclaredService) and value.protected is False:
                    self.protected.discard(key[1])
                elif isinstance(value, DeclaredService) and value.protected and whole:
                    self.protected.add(key[1])
            if whole:
                for key in content.released:
                    self.owners.pop(key, None)
        self.protected = {service for service in self.protected if self.world.platform.service(service)}
        for key in [key for key in self.owners if not self.is_there(key)]:
            if not self.declared_anywhere(key):
                del self.owners[key]

    def remember_moves(self, file: str, content: FileContent, *, whole: bool) -> None:
        manifests = self.world.manifests
        for (kind, _), origin in content.moved.items():
            for other in self.applied.keys() - {file}:
                if PLACES[other].stack == origin.stack:
                    self.applied[other].objects.pop((kind, origin.name), None)
            if whole and (kind, origin.name) not in content.objects:
                self.owners.pop((kind, origin.name), None)
        for origin in content.all_of:
            for other in self.applied.keys() - {file}:
                if PLACES[other].stack == origin.stack != PLACES[file].stack:
                    for key in content.objects:
                        self.applied[other].objects.pop(key, None)
            if origin.stack == PLACES[file].stack:
                for key, marks in self.owners.items():
                    new = {
                        manifests.mark(path)
                        for path in PLACES
                        if PLACES[path] == PLACES[file] and f"{origin.repository}: {path}" in marks
                    }
                    old = (
                        {mark for mark in marks if mark.startswith(f"{origin.repository}: ")}
                        if whole and new
                        else set()
                    )
                    self.owners[key] = (marks - old) | new


def references(spec: Spec) -> set[str]:
    """The ids of the secrets and configs that a spec mounts."""
    return {reference["id"] for section in ("secrets", "configs") for reference in spec[section]}


def base(name: str) -> str:
    match = _VERSION.fullmatch(name)
    return match[1] if match else name


def _tasks(live: SwarmService) -> str:
    return ", ".join(f"{task.state}/{task.desired} of {task.template}" for task in live.tasks)
