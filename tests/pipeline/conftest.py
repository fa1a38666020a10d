"""An emulator over real HTTP, and a session with it."""

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.emulator import Emulator, serve
from reconciler.model import Sensitive
from reconciler.pipeline.operation import OperationClock
from reconciler.pipeline.session import Session, connect
from tests.pipeline.outside import Outside


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with serve(pace=0) as served:
        yield served


@pytest.fixture
def api(emulator: Emulator) -> Iterator[Outside]:
    with Outside(emulator) as api:
        api.ask("POST", "/_emulator/reset")
        yield api


@pytest.fixture
def session(emulator: Emulator) -> Iterator[Session]:
    with connect(emulator.url, key=emulator.key, value=Sensitive(emulator.value), parallelism=4) as opened:
        yield opened


@pytest.fixture
def hooks(api):
    return [
        api.ask("POST", f"{api.company}/webhooks/outgoing", body)
        for body in (
            {"url": "https://a.example.com/hunter2", "label": "deploys", "cluster_id": api.cluster_id},
            {"url": "https://b.example.com/hunter2", "label": "deploys"},
            {"url": "https://c.example.com/hunter2", "label": "audit"},
        )
    ]


class NeverWaits:
    """A clock that moves by each sleep, and never really waits."""

    def __init__(self) -> None:
        self.time = 0.0
        self.asleep: Any = lambda: None

    def clock(self) -> OperationClock:
        return OperationClock(now=lambda: self.time, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        self.asleep()


@pytest.fixture
def watch() -> NeverWaits:
    return NeverWaits()
