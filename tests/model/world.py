"""A cluster, its manifests, and the real reconciler, which carries out each step of a sequence.

Planning, guards, applying, the record and rollouts are real, beginning with files; only the transport and the clock
are replaced.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import replace

from reconciler.api.calls import Calls
from reconciler.api.client import Reader
from reconciler.api.rate_limiter import Clock, RateLimiter
from reconciler.errors import InvalidManifests, ReconcilerError, Refused
from reconciler.model import Address, Diagnostic, Outcome, RunResult
from reconciler.pipeline import plan as planning
from reconciler.pipeline import sources
from reconciler.pipeline.apply import ApplySettings, apply
from reconciler.pipeline.approval import plan_file
from reconciler.pipeline.checkout import Asked, Checkout, marked
from reconciler.pipeline.manifests import load
from reconciler.pipeline.planned import PlannedRun
from reconciler.pipeline.scope import Scope
from reconciler.pipeline.session import Session
from reconciler.render import FORMATS, REPORT_FORMATS
from reconciler.render.outcomes import error_text, note_text, problem_text
from reconciler.transport import Transport
from tests.model.manifests import CALLED, AllFiles, token_value, webhook_url
from tests.model.manifests import image as image_of
from tests.model.platform import LABEL, Killed, ModelPlatform
from tests.model.steps import (
    Break,
    Edit,
    Hand,
    Lower,
    Mend,
    Nodes,
    Run,
    Step,
    Tasks,
    TimePasses,
)
from tests.model.swarm import SwarmService as Running

ENVIRONMENT = {"RECONCILER_DIGEST_KEY": "0123456789abcdef0123456789abcdef"}
TIMEOUT = 60.0
LEASE = 125.0
"""Seconds after which the lease of a killed run has expired."""
KILLED, INTERRUPTED = 137, 130


@dataclass
class RunEnd:
    """How a run ended.

    ``code`` is the exit code; ``text`` is its whole output; ``began``: it reached the apply, and was not stopped by
    errors in the manifests or by a guard.
    """

    code: int
    text: str = ""
    outcomes: tuple[Outcome, ...] = ()
    problems: tuple[str, ...] = ()
    began: bool = True


@dataclass
class ModelWorld:
    """``was_killed``: the last run was killed, so its lease has to expire first."""

    manifests: AllFiles
    platform: ModelPlatform = field(default_factory=ModelPlatform)
    was_killed: bool = False

    def do(self, step: Step) -> None:
        """Carry out any step except a run."""
        match step:
            case Break(image, how):
                self.platform.swarm.images[image_of(image)] = how
            case Mend(image):
                self.platform.swarm.images.pop(image_of(image), None)
            case Nodes(there):
                if there:
                    self.platform.swarm.find()
                else:
                    self.platform.swarm.lose()
            case Tasks(shown, but):
                self.platform.shows_tasks = shown or bool(but)
                self.platform.hides = {but} - {""} if not shown else set()
            case TimePasses(seconds):
                self.platform.time.pass_by(seconds)
            case Hand():
                self._by_hand(step)
            case Run():
                self.run(step)
            case Lower(file, size):
                for node in [
                    candidate for candidate in self.platform.nodes_of(size) if not candidate.is_manager
                ][-1:]:
                    self.manifests.lower(file, size, node.id)
            case _:
                edit: Edit = step
                self.manifests.edit(edit)

    def run(self, step: Run) -> RunEnd:
        """Plan and apply, as the command does."""
        if self.was_killed:
            self.platform.time.pass_by(LEASE)
        self.was_killed = False
        self.manifests.write()
        self.platform.begin_run(dies_at=step.dies, stops_at=step.stops)
        said: list[str] = []
        try:
            with self.session() as session:
                result = self._run(step, said, session)
        except InvalidManifests as error:
            result = RunEnd(
                error.exit_code, _diagnosed(error.diagnostics), problems=(str(error),), began=False
            )
        except Refused as error:
            result = RunEnd(error.exit_code, problems=error.reasons, began=False)
        except ReconcilerError as error:
            result = RunEnd(error.exit_code, problems=(str(error),), began=False)
        except Killed:
            result = RunEnd(KILLED)
            self.was_killed = True
        finally:
            self.platform.begin_run()
        result.text = "\n".join([*said, result.text, *result.problems])
        return result

    def planned(self, step: Run) -> tuple[int, str]:
        """The exit code of a plan with --detailed-exitcode, and its whole output."""
        self.manifests.write()
        try:
            with self.session() as session:
                run = self._plan(step, session)
        except ReconcilerError as error:
            return error.exit_code, str(error)
        code = run.exit_code(detailed=True)
        formats = FORMATS.values() if code else (FORMATS["text"],)
        text = [made(run.plans, diagnostics=run.diagnostics, meta=run.meta) for made in formats]
        return code, "\n".join([*text, plan_file(run, {}) if code else ""])

    def _plan(self, step: Run, session: Session) -> PlannedRun:
        environment = {} if step.blind else self.manifests.environment()
        path = self.manifests.path(step.path)
        loaded = load(path, root=None, variables={}, environment=environment, sources=sources.Sources(path))
        loaded.raise_if_invalid()
        targets = [Address(LABEL, *step.target)] if step.target else []
        scope = Scope(targets=targets, adopt=step.adopt, prune=step.prune, retry=step.retry)
        return planning.plan(session, loaded, scope, ENVIRONMENT)

    def _run(self, step: Run, said: list[str], session: Session) -> RunEnd:
        run = self._plan(step, session)
        said.append(FORMATS["text"](run.plans, diagnostics=run.diagnostics, meta=run.meta))
        run.raise_if_refused()
        result = RunResult()
        if not run.is_settled:
            settings = ApplySettings(
                timeout=TIMEOUT,
                wait=step.wait,
                stop=self.platform.stops,
                tell=lambda event: said.append(
                    f"{error_text(event)} {note_text(event)}" if isinstance(event, Outcome) else str(event)
                ),
                clock=self.clock,
            )
            result = apply(session, run, settings)
        said.append(REPORT_FORMATS["text"](result))
        code = INTERRUPTED if self.platform.stops() else result.exit_code
        return RunEnd(code, "", tuple(result.outcomes), tuple(map(problem_text, result.problems)))

    @property
    def clock(self) -> Clock:
        return Clock(self.platform.now, self.platform.sleep, self.platform.now)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session with the platform instead of a transport."""
        calls = Calls(
            self.platform, pace=RateLimiter(1, clock=self.clock), clock=self.clock, chance=lambda: 0.5
        )
        yield Session("memory", cast(Transport, self.platform), calls, Reader(calls), 1)

    def _by_hand(self, step: Hand) -> None:
        platform, live = self.platform, self.platform.service(step.name)
        if live is None:
            self._by_hand_beside_services(step)
            return
        match step.what:
            case "delete":
                platform.swarm.delete(live)
            case "restart":
                platform.swarm.restart(live)
            case "crash":
                platform.swarm.crash(live)
            case "image":
                platform.swarm.put(live, {**live.spec, "image": image_of(2)})
            case "replicas":
                platform.swarm.put(live, {**live.spec, "replicas": live.replicas + 1})
            case "scale to 0":
                platform.swarm.put(live, {**live.spec, "replicas": 0})
            case "variable":
                self._set_variable(live, "EXTRA", "1")
            case "token":
                self._set_variable(live, "API_TOKEN", token_value(7))

    def _set_variable(self, live: Running, key: str, value: str) -> None:
        others = [variable for variable in live.spec["environment_variables"] if variable["key"] != key]
        variables = [*others, {"key": key, "value": value}]
        self.platform.swarm.put(live, {**live.spec, "environment_variables": variables})

    def _by_hand_beside_services(self, step: Hand) -> None:
        platform = self.platform
        if step.what == "create":
            platform.swarm.create(step.name, platform.stored({"image": image_of(1)}))
        elif step.what == "new node":
            platform.new_node(step.name)
        if "webhook" not in step.what:
            return
        for key in [key for key, webhook in platform.webhooks.items() if webhook["label"] == step.name]:
            if step.what == "delete webhook":
                del platform.webhooks[key]
            else:
                platform.webhooks[key] = {**platform.webhooks[key], "url": webhook_url("by hand")}


@contextmanager
def inline() -> Iterator[None]:
    """Run functions at once instead of in threads, in the order in which they are submitted.

    A sequence then always runs the same way, so that it can be repeated and shortened, and takes a third of the
    time.
    """

    def submit(
        _: ThreadPoolExecutor, call: Callable[..., Any], /, *args: Any, **options: Any
    ) -> "Future[Any]":
        done: Future[Any] = Future()
        try:
            done.set_result(call(*args, **options))
        except BaseException as error:  # noqa: BLE001 - as in a thread of the pool, the caller gets the exception
            done.set_exception(error)
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ThreadPoolExecutor, "submit", submit)
        yield


@contextmanager
def asked_once() -> Iterator[None]:
    """Ask git only once for the commit and index of the two repositories.

    No step changes them, and the origin is the repository's current name. Untracked files are found in the folder,
    where git ignores none.
    """

    @cache
    def asked(top: Path) -> Checkout | None:
        return Asked(top).result()

    def answered(top: Path | None) -> Checkout | None:
        checkout = asked(top) if top else None
        return checkout and replace(checkout, origin=f"git.example.com/{CALLED[checkout.top]}")

    class Answered:
        def __init__(self, folder: Path) -> None:
            self._top = marked(folder)

        def result(self) -> Checkout | None:
            return answered(self._top)

    def not_in_the_index(checkout: Checkout) -> list[str]:
        found = (path.relative_to(checkout.top).as_posix() for path in sorted(checkout.top.rglob("*.y*ml")))
        return [path for path in found if path not in checkout.entries]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "Asked", Answered)
        patch.setattr(sources, "others_of", not_in_the_index)
        yield


def _diagnosed(diagnostics: tuple[Diagnostic, ...]) -> str:
    return "\n".join(map(str, diagnostics))
