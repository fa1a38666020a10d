"""The laws that every run must keep after any history, checked against the real state.

The laws use the manifests, the platform, and which run declared what, but none of reconciler's decisions. Laws on
writes are checked at each write, the others at the end of a run.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.render.outcomes import error_text
from tests.model.known import Known, base, references
from tests.model.manifests import (
    LEAK,
    VERSIONED,
    AllFiles,
    depends,
    field_of,
)
from tests.model.platform import Write
from tests.model.steps import PATHS, PLACES, DeclaredService, Hand, Key, Run, Step, as_code
from tests.model.world import INTERRUPTED, KILLED, ModelWorld, RunEnd

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
    "nodes",
    "moves keep",
    "ignored",
    "protected",
)
ENABLED = frozenset(LAWS)
"""The laws for which a test fails."""


@dataclass
class Judge(Known):
    """Carries out steps and collects violations of laws.

    ``wrote`` are the writes of the current run, ``consented`` its deletes under `removed`, ``mounted`` the ids of
    all objects that services mounted at its start.
    """

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
            self.edited |= {step.name} if isinstance(step, Hand) else set()
            self.world.do(step)
            return
        result, whole = self._run(step)
        if step.again and whole and result.code in (0, 1):
            is_coming_up = any(self.not_for_its_window(step))
            second, whole = self._run(step)
            # Under `removed`, a delete waits only for services that its own run writes, not for one that failed
            # before.
            more = set(self.wrote) - self.consented if result.code == 1 else self.wrote
            # The platform restarts failed tasks: a service may come up between the runs, and the second run then
            # exits with 0.
            came_up = is_coming_up and not self.wrote and (result.code, second.code) == (1, 0)
            if whole and (more or (second.code != result.code and not came_up)):
                self._note(
                    "twice is once",
                    f"the first run ended with {result.code}, the second with {second.code} and wrote: {self.wrote}",
                )

    def _run(self, step: Run) -> tuple[RunEnd, bool]:
        self.run_is, self.wrote, self.consented = step, [], set()
        services = self.world.platform.services()
        self.mounted = {reference for service in services for reference in references(service.spec)}
        result = self.world.run(step)
        self.log.append(
            f"{as_code(step)}\n    → {result.code}; wrote {self.wrote}; {'; '.join(_report(result))}"
        )
        self.run_is = None
        whole = (
            step.wait and not step.target and self.sees_tasks() and result.code not in (KILLED, INTERRUPTED)
        )
        self.remember(step, result, whole=whole and result.code == 0)
        self._nothing_leaks(result.text)
        if not result.began and self.wrote:
            self._note("exit code", f"refused with {result.code}, and wrote {self.wrote}")
        self.has_seen_tasks = self.has_seen_tasks or (whole and result.code == 0 and self.ran(step))
        if whole and step.blind and result.code == 0 and self.needs_values(step):
            self._note("exit code", "ended with 0, though values of secrets were missing")
        if whole and not step.blind and result.began and result.code in (0, 1):
            self._exit_code(step, result)
            self._next_plan(step, result)
        return result, whole

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
            and self.sees_tasks()
        ):
            self._dependents_wait(write)
        if write.kind == "service" and write.method == "PUT":
            self._leaves_what_is_ignored(write)
        if write.kind == "service" and write.method in ("PUT", "POST"):
            self._service_is_written(write)
        if write.kind == "node":
            self._node_is_wanted(write)
        elif write.method == "DELETE":
            self._may_be_deleted(write)

    def _service_is_written(self, write: Write) -> None:
        live = self.world.platform.swarm.services.get(write.id)
        self.written_by[write.name] = PLACES[PATHS[self._step().path][0]].repository
        self.written_over[write.name] = references(live.spec) if live else set()
        self.edited.discard(write.name)

    def _may_be_deleted(self, write: Write) -> None:
        step = self._step()
        keys = self.logical(write)
        covered = PATHS[step.path]
        stack = self.stack(keys, covered)
        mine = [file for file in covered if PLACES[file].stack == stack]
        what = f"{write.kind} {write.name}"
        successors = self._successors(write, mine, stack)
        consented = self._is_consented(write, keys, mine, successors)
        is_version = any(self.world.manifests.is_declared_in(key, mine) for key in keys)
        if not consented and not is_version and not (successors and write.kind == "service"):
            last = {place for key in keys for place in self.owners.get(key, ())}
            if not last & self.marks(covered) and not step.prune:
                self._note("ownership", f"{what} was deleted, which only {sorted(last) or 'nobody'} declared")
            if elsewhere := self.declared_elsewhere(keys, stack, covered, prunes=step.prune):
                self._note("ownership", f"{what} was deleted, which {elsewhere} declares")
        elif is_version and write.kind not in VERSIONED:
            self._note("ownership", f"{what} was deleted, which the run declares")
        if write.kind in VERSIONED and is_version and not consented:
            self._version_may_go(write)
        if write.kind in VERSIONED and step.wait and not step.target and self.sees_tasks():
            self._can_be_mounted(write)
        if not step.wait:
            self._note("deletes wait", f"{what} was deleted by a run that does not wait")
        elif not consented:
            self._waits_for_all(what, mine, stack, but=self._waiting_for(successors, mine))

    def _successors(self, write: Write, mine: Collection[str], stack: str) -> list[Key]:
        """The new names of an object under ``moved``."""
        files, name = self.world.manifests.files, base(write.name)
        return [
            to
            for file in mine
            for to, origin in files[file].moved.items()
            if (to[0], origin.name, origin.stack) == (write.kind, name, stack) and to[1] != name
        ]

    def _waiting_for(self, successors: Collection[Key], mine: Collection[str]) -> set[str]:
        """The services that take over a name and a volume, which is freed first, and the services that depend on
        them.
        """
        services = {
            name: value
            for file in mine
            for (_, name), value in self.world.manifests.files[file].objects.items()
            if isinstance(value, DeclaredService)
        }
        found = {name for _, name in successors if name in services and services[name].volumes}
        while more := {
            name for name, value in services.items() if name not in found and found & {*value.depends}
        }:
            found |= more
        return found

    def _is_consented(
        self, write: Write, keys: set[Key], mine: Collection[str], replaced: Collection[Key]
    ) -> bool:
        """Whether the manifests name an object under ``removed``."""
        files = self.world.manifests.files
        is_new = not any(replaced_name in self.owners for replaced_name in replaced)
        if replaced and write.kind != "service" and is_new and self.is_last(write):
            self._note("moves keep", f"{write.kind} {write.name} was deleted, which is moved to {replaced}")
        if any(keys & files[file].removed for file in mine):
            self.consented.add(f"DELETE {write.kind} {write.name}")
            self._waits_for_what_it_wrote(write)
            return True
        if write.kind == "service" and write.name in self.protected:
            self._note("protected", f"service {write.name} was deleted, though it is protected")
        return False

    def _waits_for_all(self, what: str, mine: Collection[str], stack: str, *, but: Collection[str]) -> None:
        shows = self.world.platform.shows_tasks
        if not shows and self.has_seen_tasks and self.waits_for_services(mine, stack):
            self._note("deletes wait", f"{what} was deleted while the platform shows its tasks no more")
        elif (
            not self._step().target
            and self.sees_tasks()
            and (down := [name for name in self.down(mine, stack) if name not in but])
        ):
            self._note("deletes wait", f"{what} was deleted while {', '.join(down)} was down")
        if not self._step().target and (nodes := list(self.not_ready(mine))):
            self._note("deletes wait", f"{what} was deleted while {nodes} were not Ready")

    def _waits_for_what_it_wrote(self, write: Write) -> None:
        """A delete with consent waits for the services that the run itself writes."""
        if not self._step().wait or self._step().target or not self.sees_tasks():
            return
        for file in PATHS[self._step().path]:
            content = self.world.manifests.files[file]
            for kind, name in content.objects:
                wrote = {f"{method} service {name}" for method in ("PUT", "POST")} & set(self.wrote)
                if kind == "service" and wrote and not self.is_up(content, name):
                    self._note(
                        "deletes wait",
                        f"{write.kind} {write.name} was deleted by consent while {name}, which the run wrote, was down",
                    )

    def _leaves_what_is_ignored(self, write: Write) -> None:
        live = self.world.platform.swarm.services.get(write.id)
        for file in PATHS[self._step().path]:
            wanted = self.world.manifests.files[file].service(write.name)
            if wanted is None or live is None:
                continue
            for name in wanted.ignores:
                before, after = (
                    field_of(spec, name) for spec in (live.spec, self.world.platform.stored(write.body))
                )
                if before != after:
                    self._note("ignored", f"{name} of service {write.name} was changed: {before} to {after}")

    def _node_is_wanted(self, write: Write) -> None:
        """A node is created only if one is missing, and deleted only by name, never below the declared count."""
        contents = [self.world.manifests.files[file] for file in PATHS[self._step().path]]
        platform = self.world.platform
        if write.method == "POST":
            size = str(write.body["size_id"])
            counts = [
                content.objects[key] for content in contents if (key := ("node", size)) in content.objects
            ]
            stay = [other for other in platform.nodes_of(size) if not self._is_named(other.id)]
            if not any(isinstance(count, int) and len(stay) < count for count in counts):
                self._note("nodes", f"a node of size {size} was made, of which {counts} are declared")
            return
        node = platform.nodes[write.id]
        counts = [
            content.objects[key] for content in contents if (key := ("node", node.size)) in content.objects
        ]
        if node.is_manager or not self._is_named(node.id):
            self._note("nodes", f"{node} was deleted, which nobody named")
        if not any(isinstance(count, int) and len(platform.nodes_of(node.size)) > count for count in counts):
            self._note("nodes", f"{node} was deleted, though {counts} of its size are declared")
        self.consented.add(f"DELETE node {write.name}")
        self._waits_for_what_it_wrote(write)

    def _is_named(self, node: str) -> bool:
        files = self.world.manifests.files
        return any(("node", node) in files[file].removed for file in PATHS[self._step().path])

    def _can_be_mounted(self, write: Write) -> None:
        """Objects that a service worked with last are kept until it works with others."""
        for service in self.world.platform.services():
            if service.worked and write.id in references(service.worked[-1]):
                self._note(
                    "can be mounted", f"{write.name} was deleted, with which {service.name} worked last"
                )

    def _version_may_go(self, write: Write) -> None:
        """No old version is deleted that was mounted at the start of the run, or is in a service's previous spec."""
        if write.id in self.mounted:
            self._note(
                "can be mounted", f"{write.name} was swept, which a service mounted when the run began"
            )
        for service in self.world.platform.services():
            if service.previous and write.id in references(service.previous[0]):
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
                if not self.is_up(content, name):
                    self._note(
                        "dependents wait", f"{write.method} service {write.name} while {name} was down"
                    )

    def _is_exempt(self, write: Write) -> bool:
        """Whether a write only lowers replicas, or returns to the spec that worked last."""
        live = self.world.platform.swarm.services.get(write.id)
        if live is None:
            return False
        spec = self.world.platform.stored(write.body)
        fewer = spec["replicas"] < live.spec["replicas"]
        return (fewer and {**spec, "replicas": 0} == {**live.spec, "replicas": 0}) or bool(
            live.worked and spec == live.worked[-1]
        )

    def _exit_code(self, step: Run, result: RunEnd) -> None:
        wrong = list(self.not_as_declared(step))
        if result.code == 0 and wrong:
            self._note("exit code", f"ended with 0, though {'; '.join(wrong)}")
        left = [*self.left_to_remove(step), *(self.left_to_prune(step) if step.prune else ())]
        if result.code == 1 and not wrong and not left and not list(self.not_for_its_window(step)):
            self._note("exit code", f"ended with 1, though all is as declared and runs: {_report(result)}")

    def _next_plan(self, step: Run, result: RunEnd) -> None:
        code, text = self.world.planned(step._replace(retry=False))
        self._nothing_leaks(text)
        if result.code == 0 and code != 0:
            self._note("empty plan", f"ended with 0, and the plan after it with {code}: {text[:2000]}")
        if result.code == 1 and code == 0:
            self._note("empty plan", f"ended with 1, and the plan after it is empty: {_report(result)}")

    def _nothing_leaks(self, text: str, law: str = "nothing leaks") -> None:
        if LEAK in text:
            at = text.index(LEAK)
            self._note(law, f"…{text[max(0, at - 200) : at + 20]}…")

    def _step(self) -> Run:
        assert self.run_is is not None
        return self.run_is

    def breaches(self, laws: Collection[str]) -> list[tuple[str, str]]:
        """The violations of ``laws``, each with a description."""
        return [breach for breach in self.broken if breach[0] in laws]

    def _note(self, law: str, what: str) -> None:
        self.broken.append((law, what))


def judged(folder: Path, steps: Iterable[Step]) -> Judge:
    """Carry out a sequence in an empty cluster; returns the judge."""
    judge = Judge(ModelWorld(AllFiles(folder)))
    for step in steps:
        judge.do(step)
    return judge


def _report(result: RunEnd) -> list[str]:
    failed = [
        f"{outcome.status} {outcome.change.action} {outcome.change.address}: {error_text(outcome)}"
        for outcome in result.outcomes
        if outcome.status != "applied"
    ]
    return [*failed, *result.problems]
