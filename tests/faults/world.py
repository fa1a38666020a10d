"""The platform in its own process, controlled by its control endpoints, and an apply with it."""

import base64
import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from reconciler.api.rate_limiter import Clock
from reconciler.api.retry import RetryPolicy
from reconciler.applying.context import Waits
from reconciler.errors import ReconcilerError, Refused
from reconciler.model import Outcome, Sensitive
from reconciler.pipeline import plan as planning
from reconciler.pipeline.apply import ApplySettings, apply
from reconciler.pipeline.manifests import Manifests
from reconciler.pipeline.planned import PlannedRun
from reconciler.pipeline.scope import Scope
from reconciler.pipeline.session import Session, connect
from reconciler.record import names
from reconciler.record.codec import decode_head, encode_head
from reconciler.render.outcomes import error_text, problem_text
from reconciler.transport import Exchange

TIMEOUT = 30.0
"""The timeout of a request in seconds, as in the command; no answer takes that long."""
IMPATIENT = 0.25
"""The timeout for requests that hang, so that tests do not wait for them."""
HANG = 0.4
"""Seconds for which a request hangs: until after its timeout, and before the next run."""
FOR_GOOD = 3600.0
"""Seconds for which a request hangs until it is released or its sender is killed."""
PATIENCE = RetryPolicy(attempts=5, busy_attempts=10, budget=20.0, base=0.01, cap=0.05)
FASTER = 20.0
"""How much faster an apply's clock runs, so that tests do not wait for monitor windows."""


class PausesOnly(threading.local):
    """Each thread's time is the sum of its sleeps, so that a slow machine causes no timeouts."""

    passed = 0.0

    def now(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / FASTER)
        self.passed += seconds


WAITS = Waits(
    look_for=0.6 * FASTER,
    look_every=0.05 * FASTER,
    once_more=0.05 * FASTER,
    in_use=0.02 * FASTER,
    machine=10.0 * FASTER,
    show=4.0 * FASTER,
)
ROLLOUT = 3.0 * FASTER


@dataclass(frozen=True)
class ApplyEnd:
    """The result of an apply as the command reports it.

    ``problems`` are reported besides the outcomes. ``seconds`` is the sum of the pauses in the thread that started
    it.
    """

    exit_code: int
    outcomes: tuple[Outcome, ...] = ()
    problems: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def text(self) -> str:
        lines = [
            f"{outcome.status} {outcome.change.action} {outcome.change.address}: {error_text(outcome)}"
            for outcome in self.outcomes
        ]
        return "\n".join([f"exit {self.exit_code}", *lines, *self.problems])


@dataclass
class FaultWorld:
    """A running emulator."""

    url: str
    key: str
    value: str
    process: "subprocess.Popen[str] | None"
    _connection: http.client.HTTPConnection | None = field(default=None)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request for the test; requests to control endpoints get no faults."""
        if self._connection is None:
            port = int(self.url.split(":")[2].split("/")[0])
            self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        credentials = base64.b64encode(f"{self.key}:{self.value}".encode()).decode()
        data = None if body is None else json.dumps(body).encode()
        self._connection.request(method, path, data, {"Authorization": f"Basic {credentials}"})
        answer = self._connection.getresponse()
        raw = answer.read()
        self._connection.close()  # other tests may take longer than a server keeps idle connections
        assert answer.status < 300, (method, path, answer.status, raw[:300])
        return json.loads(raw) if raw else None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def state(self) -> Any:
        return self.ask("GET", "/_emulator/state")

    def restore(self, state: Any) -> None:
        """Restore a state, without faults and with this machine's time; the journal is emptied."""
        self.faults()
        self.ask("POST", "/_emulator/clock", {"offset": 0})
        self.ask("PUT", "/_emulator/state", state)

    def reset(self) -> None:
        self.ask("POST", "/_emulator/reset")

    def faults(self, *faults: Mapping[str, Any]) -> None:
        self.ask("POST", "/_emulator/faults", list(faults))

    def release(self) -> None:
        """Release the requests that faults hold."""
        self.ask("POST", "/_emulator/release")

    def age_leases(self, seconds: float) -> None:
        """Make every lease older by this time."""
        state = self.state()
        for _, kind, body in state["objects"]:
            name = names.parse(body["name"]) if kind == "config" else None
            if name is not None and name.is_head:
                head = decode_head(body["data"])
                if head.lease is not None:
                    lease = head.lease._replace(until=head.lease.until - seconds)
                    body["data"] = encode_head(head._replace(lease=lease))
        self.ask("PUT", "/_emulator/state", state)

    def journal(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", "/_emulator/requests")["requests"]
        return found

    def wait_until_processed(self, seq: int, seconds: float = 120.0) -> bool:
        """Wait until the platform has carried out the request with this number in the journal."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if any(entry["seq"] == seq and entry["processed"] for entry in self.journal()):
                return True
            time.sleep(0.005)
        return False

    def wait_until_struck(
        self, state: str, seconds: float = 120.0, *, unless: Callable[[], bool] = lambda: False
    ) -> int:
        """Wait until a fault has hit a request that is in this state; returns its number in the journal, from 1.

        0: ``unless`` became true first.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if unless():
                return 0
            for entry in self.journal():
                if entry["fault"] and (entry["processed"] if state == "processed" else True):
                    return int(entry["seq"])
            time.sleep(0.002)
        raise AssertionError("no request was struck")

    @contextmanager
    def session(
        self,
        *,
        parallelism: int = 1,
        observe: Callable[[Exchange], None] | None = None,
        timeout: float = TIMEOUT,
    ) -> Iterator[Session]:
        with connect(
            self.url,
            key=self.key,
            value=Sensitive(self.value),
            parallelism=parallelism,
            timeout=timeout,
            patience=PATIENCE,
            observe=observe,
        ) as session:
            yield session

    def plan(self, manifests: Manifests, environment: Mapping[str, str] | None = None) -> PlannedRun:
        with self.session(parallelism=8) as session:
            return planning.plan(session, manifests, Scope(), environment or {})

    def apply(
        self,
        manifests: Manifests,
        *,
        parallelism: int = 1,
        scope: Scope | None = None,
        observe: Callable[[Exchange], None] | None = None,
        stop: Callable[[], bool] = lambda: False,
        between: Callable[[], None] = lambda: None,
        timeout: float = TIMEOUT,
    ) -> ApplyEnd:
        """Plan and apply as the command does. ``between`` is called after planning. A bug raises its exception."""
        time_ = PausesOnly()
        clock = Clock(time_.now, time_.sleep)
        with self.session(parallelism=parallelism, observe=observe, timeout=timeout) as session:
            try:
                run = planning.plan(session, manifests, scope or Scope(), ENVIRONMENT)
                run.raise_if_refused()
                between()
                settings = ApplySettings(timeout=ROLLOUT, wait=True, waits=WAITS, stop=stop, clock=clock)
                report = apply(session, run, settings)
            except ReconcilerError as error:
                problems = error.reasons if isinstance(error, Refused) else (str(error),)
                return ApplyEnd(error.exit_code, (), tuple(problems), time_.now() / FASTER)
        return ApplyEnd(
            report.exit_code,
            tuple(report.outcomes),
            tuple(map(problem_text, report.problems)),
            time_.now() / FASTER,
        )


ENVIRONMENT = {"RECONCILER_DIGEST_KEY": "0123456789abcdef0123456789abcdef"}


@contextmanager
def world(clusters: Sequence[str] = ("production", "staging")) -> Iterator[FaultWorld]:
    """An emulator in its own process, in which nothing takes time."""
    labels = [part for label in clusters for part in ("--cluster", label)]
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "emulator", "--port", "0", "--pace", "0", *labels],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        encoding="utf-8",
    )
    try:
        assert process.stdout is not None
        lines = "".join(process.stdout.readline() for _ in range(4))
        found = dict(re.findall(r"export MEDSTACK_(\w+)=(\S+)", lines))
        running = FaultWorld(found["API_URL"], found["TOKEN_KEY"], found["TOKEN_VALUE"], process)
        yield running
        running.close()
    finally:
        process.terminate()
        process.wait(120)
        if process.stdout is not None:
            process.stdout.close()
