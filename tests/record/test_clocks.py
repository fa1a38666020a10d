"""Two runs with API servers whose clocks differ by minutes, or jump: there is never a second writer."""

from collections.abc import Callable
from email.utils import formatdate, parsedate_to_datetime

import pytest

from reconciler.api.calls import Calls
from reconciler.api.client import ClusterRef, Reader, Writer
from reconciler.api.rate_limiter import Clock, RateLimiter
from reconciler.errors import LeaseHeld, ReconcilerError
from reconciler.record import RecordLease, RecordStore, read
from reconciler.record.holding import LEASE, RENEW_EVERY
from reconciler.transport import Request, Response, Transport
from tests.record.test_over_the_emulator import cluster, emulator

__all__ = ["emulator"]

Ahead = Callable[[int], float]
"""Takes the number of a request; returns how many seconds the answering server's clock is ahead."""


class Behind:
    """A connection to one of several API servers, whose own clock is in the Date of its answers."""

    def __init__(self, transport: Transport, time: "TrueTime", ahead: Ahead) -> None:
        self.confidential = transport.confidential
        self._transport, self._time, self._ahead = transport, time, ahead
        self._answers = 0

    def send(self, request: Request) -> Response:
        answer = self._transport.send(request)
        date = self._time.wall() + self._ahead(self._answers)
        self._answers += 1
        return Response(answer.status, {**answer.headers, "date": formatdate(date, usegmt=True)}, answer.body)


class TrueTime:
    """The correct time, which moves during sleeps; ``meanwhile`` is called at each of them."""

    def __init__(self) -> None:
        self.now = 5000.0
        self.meanwhile: Callable[[], None] = lambda: None

    def wall(self) -> float:
        return 1_795_514_400.0 + self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.meanwhile()


class LeaseHolder:
    """A run's lease on a machine with a correct clock, and the server that it is connected to."""

    def __init__(self, emulator, time: TrueTime, ahead: Ahead, holder: str) -> None:
        self.transport = Transport(emulator.url, key=emulator.key, value=emulator.value)
        clock = Clock(lambda: time.now, time.sleep, time.wall)
        calls = Calls(Behind(self.transport, time, ahead), pace=RateLimiter(4, clock=clock), clock=clock)
        self.time, self.writer, self.holder = time, Writer(calls), holder
        self.at: ClusterRef = cluster(self.writer)

    def lease(self) -> RecordLease:
        record = read(self.writer.configs(self.at), "clinic").record
        return RecordLease(
            RecordStore(self.writer, self.at, "clinic", sleep=self.time.sleep),
            record,
            holder=self.holder,
            now=Reader.server_time.__get__(self.writer),
            clock=lambda: self.time.now,
            sleep=self.time.sleep,
        )


def behind(seconds: float) -> Ahead:
    return lambda _: seconds


def jumping(seconds: float, at: int) -> Ahead:
    return lambda number: seconds if number == at else 0.0


CLOCKS = {
    "the holder's server is behind": (behind(-180), behind(0)),
    "the holder's server is ahead": (behind(180), behind(0)),
    "the taker's server is ahead": (behind(0), behind(180)),
    "the taker's server is behind": (behind(0), behind(-180)),
    "both": (behind(-180), behind(180)),
    **{f"the taker's jumps by 80 s at {at}": (behind(0), jumping(80, at)) for at in range(6)},
    **{f"the holder's jumps back by 80 s at {at}": (jumping(-80, at), behind(0)) for at in range(8)},
    **{f"the taker's jumps by 300 s at {at}": (behind(0), jumping(300, at)) for at in range(6)},
    **{f"the holder's jumps back by 300 s at {at}": (jumping(-300, at), behind(0)) for at in range(8)},
}


@pytest.fixture
def runners(emulator):
    opened: list[LeaseHolder] = []

    def make(time: TrueTime, clocks: str) -> tuple[LeaseHolder, LeaseHolder]:
        opened.extend(
            LeaseHolder(emulator, time, ahead, holder)
            for ahead, holder in zip(CLOCKS[clocks], ("holder", "taker"), strict=True)
        )
        return opened[0], opened[1]

    yield make
    for session in opened:
        session.transport.close()


@pytest.mark.parametrize("clocks", CLOCKS)
def test_a_running_run_keeps_its_lease(runners, clocks):
    time = TrueTime()
    holder, taker = runners(time, clocks)
    holding = holder.lease()
    holding.take()
    renewed = time.now

    def renew() -> None:
        nonlocal renewed
        if time.now - renewed >= RENEW_EVERY:
            renewed = time.now
            holding.renew()

    time.meanwhile = renew
    time.sleep(30.0)
    with pytest.raises(LeaseHeld, match="holder"):
        taker.lease().take()
    holding.confirm(holder.writer.configs(holder.at))
    holding.release()


@pytest.mark.parametrize("clocks", CLOCKS)
def test_the_lease_of_a_dead_run_is_taken_eventually(runners, clocks):
    time = TrueTime()
    holder, taker = runners(time, clocks)
    holding = holder.lease()
    holding.take()
    time.sleep(LEASE + 1.0)
    taking = taker.lease()
    taking.take()
    taking.confirm(taker.writer.configs(taker.at))
    taking.release()
    with pytest.raises(ReconcilerError, match="was lost"):
        holding.renew()


def test_with_correct_clocks_an_expired_lease_is_taken_at_once(runners):
    time = TrueTime()
    CLOCKS["right"] = (behind(0), behind(3))
    holder, taker = runners(time, "right")
    holder.lease().take()
    time.sleep(LEASE + 5.0)
    before = time.now
    taker.lease().take()
    assert time.now == before
    assert parsedate_to_datetime(formatdate(time.wall(), usegmt=True)).year > 2025
