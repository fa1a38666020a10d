"""The record with a real client and a real server, which the other tests replace by a model."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from reconciler.api.client import ClusterRef, Reader, Writer
from reconciler.emulator import Emulator, serve
from reconciler.errors import ReconcilerError, Refused
from reconciler.model import Applied, Owned, Pending, Sensitive
from reconciler.pipeline.session import Session, connect
from reconciler.record import RecordLease, RecordStore, read

LARGE = tuple(Owned("volume", f"v{n:05}", f"v{n:05}", "") for n in range(3_000))


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with serve(pace=0) as running:
        yield running


@pytest.fixture
def sessions(emulator) -> Iterator[list[Session]]:
    with ExitStack() as opened:
        yield [
            opened.enter_context(
                connect(emulator.url, key=emulator.key, value=Sensitive(emulator.value), parallelism=4)
            )
            for _ in range(4)
        ]


def cluster(reader: Reader) -> ClusterRef:
    company = reader.company()["id"]
    return ClusterRef(company, reader.clusters(company)[0]["id"])


def lease_of(session, stack, holder):
    at = cluster(session.reader)
    record = read(session.reader.configs(at), stack).record
    place = RecordStore(Writer(session.calls), at, stack)
    return RecordLease(place, record, holder=holder, now=session.reader.server_time)


@pytest.mark.parametrize("attempt", range(5))
def test_only_one_of_several_simultaneous_applies_may_write(sessions, attempt):
    leases = [lease_of(session, f"race-{attempt}", f"run {n}") for n, session in enumerate(sessions)]
    start = threading.Barrier(len(leases))
    errors: list[ReconcilerError] = []

    def take(lease):
        start.wait()
        try:
            lease.take([Pending("create", owned) for owned in LARGE])
        except ReconcilerError as error:
            errors.append(error)

    threads = [threading.Thread(target=take, args=(lease,)) for lease in leases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [lease for lease in leases if lease.may_write()]
    assert len(winners) == 1
    assert len(errors) == len(leases) - 1
    assert all(isinstance(error, Refused) and "is being applied by run" in str(error) for error in errors)
    winners[0].release()


def test_a_record_is_created_renewed_released_and_taken_again(sessions):
    first, second = sessions[:2]
    lease = lease_of(first, "clinic", "first")
    lease.take([Pending("create", owned) for owned in LARGE])
    lease.renew()
    for owned in LARGE:
        lease.own(owned)
        lease.settle(Pending("create", owned))
    with pytest.raises(Refused, match="first"):
        lease_of(second, "clinic", "second").take()
    line = Applied("2026-11-24T10:00:00Z", "first", "abc123", {"applied": len(LARGE)})
    released = lease.release(line)
    configs = first.reader.configs(cluster(first.reader))
    found = read(configs, "clinic").record
    assert found == released
    assert (found.owned, found.pending, found.applies, found.lease) == (LARGE, (), (line,), None)
    after = lease_of(second, "clinic", "second")
    after.take()
    with after:
        after.release()
    configs = first.reader.configs(cluster(first.reader))
    assert sorted(
        config["name"] for config in configs if config["name"].startswith("reconciler.clinic.")
    ) == [f"reconciler.clinic.{number}" for number in (3, 4, 5)]
