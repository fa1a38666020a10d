"""What must be true of every run, whatever came before it, held against what is really there.

The laws know the manifests, the platform, and which run declared what; nothing of how the reconciler decides. Laws on
writes are held at the moment of the write, all others when the run has ended.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.model.command import CommandWorld
from tests.model.manifests import (
    LEAK,
    Content,
    Manifests,
    config_data,
    depends,
    is_as_declared,
    secret_value,
)
from tests.model.platform import Write
from tests.model.steps import PATHS, PLACES, Key, Place, Run, Service, Step, as_code
from tests.model.swarm import Service as Running
from tests.model.swarm import Spec
from tests.model.world import INTERRUPTED, KILLED, Result, World

LAWS = (
    "ownership",
    "deletes wait",
    "dependents wait",
    "exit code",
    "empty plan",
    "twice is once",
    "can be mounted",
    "nothing leaks",
    "nothing leaks into the record",
    "hosts",
)
ENABLED = frozenset(LAWS)
"""Laws that a test fails for."""
_VERSION = re.compile(r"(.+)\.v\d+")


@dataclass
class Judge:
    """Carries out steps and notes what broke which law.

    ``owners`` are the files of which one was the last to declare an object, by its kind and name; more than one after
    a run that did not come to its end. ``applied`` is each file as it was when a run of it last began to write.
    ``wrote`` is what the run under way has written, ``consented`` its deletes of what is under
    `removed`, ``mounted`` the ids of all that services mounted when it began.
    """

    world: World | CommandWorld
    owners: dict[Key, set[str]] = field(default_factory=dict)
    applied: dict[str, Content] = field(default_factory=dict)
    broken: list[tuple[str, str]] = field(default_factory=list)
    run_is: Run | None = None
    wrote: list[str] = field(default_factory=list)
    consented: set[str] = field(default_factory=set)
    mounted: set[str] = field(default_factory=set)
    has_seen_tasks: bool = False
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world.platform.watch = self._at_write

    def do(self, step: Step) -> None:
        if not isinstance(step, Run):
            self.world.do(step)
            return
        result, whole = self._run(step)
        if step.again and whole and result.code in (0, 1):
            second, whole = self._run(step)
            # Under `removed`, a delete waits only for services that its own run writes: not for one that failed before.
            more = set(self.wrote) - self.consented if result.code == 1 else self.wrote
            if whole and (more or second.code != result.code):
                self._note(
                    "twice is once",
                    f"the first run ended with {result.code}, the second with {second.code} and wrote: {self.wrote}",
                )

    def _run(self, step: Run) -> tuple[Result, bool]:
        self.run_is, self.wrote, self.consented = step, [], set()
        services = self.world.platform.services()
        self.mounted = {one for service in services for one in _references(service.spec)}
        result = self.world.run(step)
        self.log.append(
            f"{as_code(step)}\n    → {result.code}; wrote {self.wrote}; {'; '.join(_told(result))}"
        )
        self.run_is = None
        whole = (
            step.wait and not step.target and self._sees_tasks() and result.code not in (KILLED, INTERRUPTED)
        )
        self._remember(step, result, whole=whole and result.code == 0)
        self._nothing_leaks(result.text)
        if not result.began and self.wrote:
            self._note("exit code", f"refused with {result.code}, and wrote {self.wrote}")
        self.has_seen_tasks = self.has_seen_tasks or (whole and result.code == 0 and self._ran(step))
        if whole and step.blind and result.code == 0 and self._needs_values(step):
            self._note("exit code", "ended with 0, though values of secrets were missing")
        if whole and not step.blind and result.began and result.code in (0, 1):
            self._exit_code(step, result)
            self._next_plan(step, result)
        return result, whole

    # At each write.

    def _at_write(self, write: Write) -> None:
        if write.name.startswith("reconciler."):
            self._nothing_leaks(str(write.body), "nothing leaks into the record")
            return
        self.wrote.append(f"{write.method} {write.kind} {write.name}")
        if write.kind == "service" and (
            taken := self.world.platform.taken(write.body.get("hosts") or (), write.id)
        ):
            self._note(
                "hosts", f"{write.method} service {write.name} with {taken}, which another service has"
            )
        if (
            write.kind == "service"
            and write.method in ("PUT", "POST")
            and self._step().wait
            and self._sees_tasks()
        ):
            self._dependents_wait(write)
        if write.method == "DELETE":
            self._may_be_deleted(write)

    def _may_be_deleted(self, write: Write) -> None:
        step = self._step()
        key = write.kind, _logical(write)
        covered = PATHS[step.path]
        stack = self._stack(key, covered)
        mine = [one for one in covered if PLACES[one].stack == stack]
        what = f"{write.kind} {write.name}"
        consented = any(key in self.world.manifests.files[one].removed for one in mine)
        is_version = self.world.manifests.is_declared_in(key, mine)
        if consented:
            self.consented.add(f"DELETE {what}")
        if not consented and not is_version:
            last = self.owners.get(key, set())
            if not last & set(covered) and not step.prune:
                self._note("ownership", f"{what} was deleted, which only {sorted(last) or 'nobody'} declared")
            if elsewhere := self._declared_elsewhere(key, covered, prunes=step.prune):
                self._note("ownership", f"{what} was deleted, which {elsewhere} declares")
        elif is_version and write.kind in ("secret", "config"):
            self._version_may_go(write)
        elif is_version:
            self._note("ownership", f"{what} was deleted, which the run declares")
        if write.kind in ("secret", "config") and step.wait and not step.target and self._sees_tasks():
            self._can_be_mounted(write)
        if not step.wait:
            self._note("deletes wait", f"{what} was deleted by a run that does not wait")
        elif (
            not consented
            and not self.world.platform.shows_tasks
            and self.has_seen_tasks
            and self._waits_for_services(mine, stack)
        ):
            self._note(
                "deletes wait", f"{what} was deleted while the platform does not show its tasks any more"
            )
        elif (
            not consented
            and not step.target
            and self._sees_tasks()
            and (down := list(self._down(mine, stack)))
        ):
            self._note("deletes wait", f"{what} was deleted while {', '.join(down)} was down")

    def _can_be_mounted(self, write: Write) -> None:
        """What a service worked with last stays, until it works with something else."""
        for service in self.world.platform.services():
            if service.worked and write.id in _references(service.worked[-1]):
                self._note(
                    "can be mounted", f"{write.name} was deleted, with which {service.name} worked last"
                )

    def _version_may_go(self, write: Write) -> None:
        """No former version goes that was mounted when the run began, or that a service's previous spec names."""
        if write.id in self.mounted:
            self._note(
                "can be mounted", f"{write.name} was swept, which a service mounted when the run began"
            )
        for service in self.world.platform.services():
            if service.previous and write.id in _references(service.previous[0]):
                self._note(
                    "can be mounted",
                    f"{write.name} was swept, which the previous spec of {service.name} names",
                )

    def _dependents_wait(self, write: Write) -> None:
        step = self._step()
        for file in PATHS[step.path]:
            content = self.world.manifests.files[file]
            wanted = content.service(write.name)
            if wanted is None or step.target == ("service", write.name) or self._is_exempt(write):
                continue
            for name in depends(content, write.name, wanted):
                if not self._is_up(content, name):
                    self._note(
                        "dependents wait", f"{write.method} service {write.name} while {name} was down"
                    )

    def _is_exempt(self, write: Write) -> bool:
        """A write that only lowers replicas, and a return to the spec that worked last."""
        live = self.world.platform.swarm.services.get(write.id)
        if live is None:
            return False
        spec = self.world.platform.stored(write.body)
        fewer = spec["replicas"] < live.spec["replicas"]
        return (fewer and {**spec, "replicas": 0} == {**live.spec, "replicas": 0}) or bool(
            live.worked and spec == live.worked[-1]
        )

    # At the end of a run.

    def _exit_code(self, step: Run, result: Result) -> None:
        wrong = list(self._not_as_declared(step))
        if result.code == 0 and wrong:
            self._note("exit code", f"ended with 0, though {'; '.join(wrong)}")
        if result.code == 1 and not wrong and not list(self._not_for_its_window(step)):
            self._note("exit code", f"ended with 1, though all is as declared and runs: {_told(result)}")

    def _not_for_its_window(self, step: Run) -> Iterator[str]:
        """Services with a task that has not run for the monitor window yet, so that they are not up either."""
        swarm = self.world.platform.swarm
        for file in PATHS[step.path]:
            for kind, name in self.world.manifests.files[file].objects:
                live = self.world.platform.service(name) if kind == "service" else None
                if live and any(swarm.time.now - one.since < live.monitor for one in live.running):
                    yield name

    def _next_plan(self, step: Run, result: Result) -> None:
        code, text = self.world.planned(step._replace(retry=False))
        self._nothing_leaks(text)
        if result.code == 0 and code != 0:
            self._note("empty plan", f"ended with 0, and the plan after it with {code}: {text[:2000]}")
        if result.code == 1 and code == 0:
            self._note("empty plan", f"ended with 1, and the plan after it is empty: {_told(result)}")

    def _not_as_declared(self, step: Run) -> Iterator[str]:
        covered = PATHS[step.path]
        platform, files = self.world.platform, self.world.manifests.files
        for file in covered:
            content = files[file]
            for (kind, name), value in content.objects.items():
                if isinstance(value, Service):
                    live = platform.service(name)
                    if live is None:
                        yield f"service {name} is not there"
                    elif not is_as_declared(platform, live, content, value):
                        yield f"service {name} is not as declared"
                    elif not live.is_up:
                        yield f"service {name} is down: {_tasks(live)}"
                elif kind == "volume":
                    if name not in platform.volumes.values():
                        yield f"volume {name} is not there"
                else:
                    data = secret_value(name, value) if kind == "secret" else config_data(name, value)
                    versions = sorted(
                        (one for one in platform.blobs[kind].values() if _base(one.name) == name),
                        key=lambda one: (len(one.name), one.name),
                    )
                    if not versions or versions[-1].data != data:
                        yield f"{kind} {name} is not as declared"
        for key, last in self.owners.items():
            if last <= set(covered) and not self._declared_anywhere(key) and self._may_go(key):
                yield f"{key[0]} {key[1]}, which left the manifests, is there"

    def _nothing_leaks(self, text: str, law: str = "nothing leaks") -> None:
        if LEAK in text:
            at = text.index(LEAK)
            self._note(law, f"…{text[max(0, at - 200) : at + 20]}…")

    # What is so.

    def _down(self, files: Collection[str], stack: str) -> Iterator[str]:
        """Services that these files declare and that are not up as declared; and those that do not run of the
        repository's other files of the stack, as they were applied last."""
        for file in files:
            content = self.world.manifests.files[file]
            for kind, name in content.objects:
                if kind == "service" and not self._is_up(content, name):
                    yield name
        for file, content in self.applied.items():
            if file not in files and PLACES[file] == Place(PLACES[next(iter(files))].repository, stack):
                for kind, name in content.objects:
                    live = self.world.platform.service(name)
                    if kind == "service" and live is not None and not live.is_up:
                        yield f"{name} of {file}"

    def _waits_for_services(self, files: Collection[str], stack: str) -> bool:
        """Whether these files declare any service, or the repository's others of the stack did when applied last."""
        here = Place(PLACES[next(iter(files))].repository, stack)
        contents = [self.world.manifests.files[one] for one in files]
        contents += [one for file, one in self.applied.items() if file not in files and PLACES[file] == here]
        return any(kind == "service" for one in contents for kind, _ in one.objects)

    def _is_up(self, content: Content, name: str) -> bool:
        wanted, live = content.service(name), self.world.platform.service(name)
        return bool(
            wanted and live and live.is_up and is_as_declared(self.world.platform, live, content, wanted)
        )

    def _is_there(self, key: Key) -> bool:
        kind, name = key
        platform = self.world.platform
        if kind == "service":
            return platform.service(name) is not None
        if kind == "volume":
            return name in platform.volumes.values()
        return any(_base(one.name) == name for one in platform.blobs[kind].values())

    def _may_go(self, key: Key) -> bool:
        """Whether an object is there that no service mounts, nor would if it were rolled back."""
        platform = self.world.platform
        specs = [one.spec for one in platform.services()]
        specs += [one.previous[0] for one in platform.services() if one.previous]
        if key[0] in ("service", "volume"):
            return self._is_there(key)
        needed = {reference for spec in specs for reference in _references(spec)}
        return any(
            _base(one.name) == key[1] and one.id not in needed for one in platform.blobs[key[0]].values()
        )

    def _declared_elsewhere(self, key: Key, covered: tuple[str, ...], *, prunes: bool) -> str:
        """A file that declares an object and is not covered: as it is in the same repository, as it was applied last
        from any other. ``--prune`` asks for what other repositories declared."""
        repository = PLACES[covered[0]].repository
        for file, place in PLACES.items():
            if file not in covered and (place.repository == repository or not prunes):
                content = (
                    self.world.manifests.files[file]
                    if place.repository == repository
                    else self.applied.get(file, Content())
                )
                if key in content.objects:
                    return file
        return ""

    def _declared_anywhere(self, key: Key) -> bool:
        return any(
            key in one.objects for one in (*self.world.manifests.files.values(), *self.applied.values())
        )

    def _stack(self, key: Key, covered: tuple[str, ...]) -> str:
        """Of which stack a run of ``covered`` deletes an object."""
        for file in (*self.owners.get(key, ()), *covered):
            if file in covered:
                return PLACES[file].stack
        return PLACES[covered[0]].stack

    def _sees_tasks(self) -> bool:
        return self.world.platform.shows_tasks and not self.world.platform.hides

    def _needs_values(self, step: Run) -> bool:
        return any(
            kind == "secret"
            for file in PATHS[step.path]
            for kind, _ in self.world.manifests.files[file].objects
        )

    def _ran(self, step: Run) -> bool:
        """Whether a service that the run declares has tasks."""
        contents = [self.world.manifests.files[file] for file in PATHS[step.path]]
        return any(
            isinstance(one, Service) and one.replicas for each in contents for one in each.objects.values()
        )

    def _step(self) -> Run:
        assert self.run_is is not None
        return self.run_is

    def _remember(self, step: Run, result: Result, *, whole: bool) -> None:
        """Which files declared what last. A run that did not come to its end may have recorded it or not."""
        if not result.began:
            return
        for file in PATHS[step.path]:
            content = self.world.manifests.files[file]
            self.applied[file] = content.copy()
            for key in content.moved:
                for other in self.applied.keys() - {file}:
                    self.applied[other].objects.pop(key, None)
            for key in content.objects:
                former = set() if whole else self.owners.get(key, set())
                self.owners[key] = {file, *former}
        for key in [key for key in self.owners if not self._is_there(key)]:
            if not self._declared_anywhere(key):
                del self.owners[key]

    def breaches(self, laws: Collection[str]) -> list[tuple[str, str]]:
        """What broke one of ``laws``: each law with what happened."""
        return [one for one in self.broken if one[0] in laws]

    def _note(self, law: str, what: str) -> None:
        self.broken.append((law, what))


def judged(folder: Path, steps: Iterable[Step]) -> Judge:
    """Carries out a sequence in an empty cluster, and returns what became of it."""
    judge = Judge(World(Manifests(folder)))
    for step in steps:
        judge.do(step)
    return judge


def _references(spec: Spec) -> set[str]:
    """The ids of the secrets and configs that a spec mounts."""
    return {one["id"] for section in ("secrets", "configs") for one in spec[section]}


def _logical(write: Write) -> str:
    return _base(write.name) if write.kind in ("secret", "config") else write.name


def _base(name: str) -> str:
    match = _VERSION.fullmatch(name)
    return match[1] if match else name


def _tasks(live: Running) -> str:
    return ", ".join(f"{one.state}/{one.desired} of {one.template}" for one in live.tasks)


def _told(result: Result) -> list[str]:
    failed = [
        f"{one.status} {one.change.action} {one.change.address}: {one.error}"
        for one in result.outcomes
        if one.status != "applied"
    ]
    return [*failed, *result.problems]
