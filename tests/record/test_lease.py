"""A run's lease, from taking to releasing it."""

import threading
from contextlib import suppress

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec.structs import replace

from reconciler.errors import Ambiguous, NotFound, ReconcilerError, Refused, Rejected, Unreachable
from reconciler.model import Applied, Owned, Pending
from reconciler.record import RecordLease, RecordStore, unlock
from reconciler.record.holding import LEASE
from reconciler.record.lease import MARGIN, boot_clock
from tests.record.leases import API, CREATE, found, lease_on
from tests.record.platform import AT, RecordPlatform

DB = Owned("secret", "db", "db.v1", "x1")


def refusing(*_):
    raise Rejected("data too large", status=400, method="POST", path="/configs")


class TestTake:
    def test_all_intended_changes_are_recorded_before_the_first_write(self):
        platform = RecordPlatform()
        taker = lease_on(platform)
        assert not taker.may_write()
        taker.take([CREATE])
        assert found(platform).pending == (CREATE,)
        assert taker.may_write()

    def test_a_held_lease_refuses_naming_holder_and_time(self):
        platform = RecordPlatform()
        lease_on(platform, holder="ci run 7").take()
        with pytest.raises(Refused, match=r"ci run 7.*until 2027-01-15 08:02:00 UTC.*unlock"):
            lease_on(platform).take()

    def test_an_expired_lease_is_taken_with_the_pending_changes_of_the_dead_run(self):
        platform = RecordPlatform()
        lease_on(platform, holder="dead").take([CREATE])
        platform.time += LEASE + 1
        record = found(platform)
        assert record.pending == (CREATE,)
        lease_on(platform, record=record).take()
        assert found(platform).lease.holder == "me"

    def test_a_plan_made_before_another_apply_is_refused(self):
        platform = RecordPlatform()
        planned = found(platform)
        other = lease_on(platform, holder="other")
        other.take()
        other.release()
        with pytest.raises(Refused, match="plan again"):
            lease_on(platform, record=planned).take()

    def test_after_a_failed_list_nothing_is_written_and_no_lease_held(self):
        platform = RecordPlatform(["lost before"] * 3)
        taker = lease_on(platform)
        with pytest.raises(Ambiguous):
            taker.take()
        assert not taker.may_write()


class TestKeep:
    def test_no_write_starts_with_less_than_the_margin_left(self):
        platform = RecordPlatform()
        holder = lease_on(platform)
        holder.take()
        platform.time += LEASE - MARGIN
        assert holder.may_write()
        platform.time += 1
        assert not holder.may_write()
        holder.renew()
        assert holder.remaining() == LEASE

    def test_the_time_of_the_request_counts_against_the_lease(self):
        platform = RecordPlatform()
        holder = lease_on(platform)
        platform.on_list = lambda: platform.sleep(7)
        holder.take()
        assert holder.remaining() == LEASE - 7

    def test_an_old_server_time_makes_the_lease_shorter(self):
        platform = RecordPlatform()
        behind = iter([50.0, 50.0])
        holder = lease_on(platform, now=lambda: platform.time - next(behind, 0.0))
        holder.take()
        assert found(platform).lease.until == platform.time + LEASE - 50
        assert holder.remaining() == LEASE - 50

    def test_a_renewal_records_collected_changes(self):
        platform = RecordPlatform()
        holder = lease_on(platform)
        holder.take([CREATE])
        holder.own(API)
        holder.settle(CREATE)
        assert found(platform).owned == ()
        holder.renew()
        assert found(platform).owned == (API,)
        assert found(platform).pending == ()

    def test_a_failed_renewal_is_retried_and_loses_no_changes(self):
        platform = RecordPlatform(["ok", "lost before", "lost before", "late"])
        holder = lease_on(platform)
        holder.take()
        platform.time += 40
        with pytest.raises(Ambiguous):
            holder.renew()
        assert holder.remaining() == LEASE - 40
        platform.arrive()
        holder.renew()
        assert holder.remaining() == LEASE

    def test_a_lease_taken_by_another_run_stops_all_writes(self):
        platform = RecordPlatform()
        holder = lease_on(platform)
        holder.take([CREATE])
        unlock(RecordStore(platform, AT, "clinic"), found(platform), server=None, force=True)
        for move in (holder.renew, holder.renew, holder.ensure, holder.release):
            with pytest.raises(ReconcilerError, match="lost to another run, or unlocked"):
                move()
        assert not holder.may_write()
        assert found(platform).lease is None

    def test_the_run_that_took_the_lease_is_named(self):
        platform = RecordPlatform()
        holder = lease_on(platform)
        holder.take()
        platform.time += LEASE + 1
        lease_on(platform, holder="ci run 8").take()
        with pytest.raises(ReconcilerError, match="lost to ci run 8"):
            holder.renew()

    def test_secrets_in_the_holders_name_are_masked_when_it_took_the_lease(self):
        platform = RecordPlatform()
        holder = lease_on(platform, conceal=lambda text: text.replace("hunter2", "*"))
        holder.take()
        platform.time += LEASE + 1
        lease_on(platform, holder="hunter2").take()
        with pytest.raises(ReconcilerError, match=r"lost to \*:"):
            holder.renew()

    def test_a_write_waits_for_a_renewal_that_is_late(self):
        platform = RecordPlatform()
        holder = lease_on(platform)
        holder.take()
        platform.time += 70
        renewal = threading.Thread(target=holder.renew)
        renewal.start()
        holder.ensure()
        renewal.join()
        assert holder.may_write()

    def test_an_expired_lease_allows_no_write(self):
        platform = RecordPlatform()
        holder = lease_on(platform)
        holder.take()
        platform.time += LEASE
        with pytest.raises(ReconcilerError, match="expired"):
            holder.ensure()


class TestThread:
    def test_renewal_runs_while_the_lease_is_held(self, monkeypatch):
        monkeypatch.setattr("reconciler.record.lease.RENEW_EVERY", 0.001)
        platform = RecordPlatform()
        renewed = threading.Event()
        holder = lease_on(platform)
        holder.take()
        number = found(platform).number
        platform.on_list = renewed.set
        with holder:
            assert renewed.wait(120)
            holder.release()
        assert found(platform).number > number
        assert found(platform).lease is None

    def test_unneeded_configs_are_deleted_while_the_lease_is_held(self):
        platform = RecordPlatform()
        for _ in range(3):
            holder = lease_on(platform, record=found(platform))
            holder.take()
            with holder:
                pass
            holder.release()
        assert sorted(platform.kept) == [f"reconciler.clinic.{number}" for number in (4, 5, 6)]

    def test_a_failed_renewal_is_retried_soon(self, monkeypatch):
        monkeypatch.setattr("reconciler.record.lease.RENEW_EVERY", 0.001)
        monkeypatch.setattr("reconciler.record.lease.RETRY_AFTER", 0.001)
        platform = RecordPlatform()
        tries, renewed = iter(range(2)), threading.Event()

        def fail_first():
            if next(tries, None) is not None:
                raise Unreachable("no connection")
            renewed.set()

        holder = lease_on(platform)
        holder.take()
        platform.on_list = fail_first
        with holder:
            assert renewed.wait(120)
            holder.release()
        assert found(platform).lease is None

    def test_a_lost_lease_ends_the_renewal(self, monkeypatch):
        monkeypatch.setattr("reconciler.record.lease.RENEW_EVERY", 0.001)
        monkeypatch.setattr("reconciler.record.lease.RETRY_AFTER", 0.001)
        platform = RecordPlatform()
        holder = lease_on(platform)
        holder.take()
        unlock(RecordStore(platform, AT, "clinic"), found(platform), server=None, force=True)
        with holder:
            assert holder._thread is not None
            holder._thread.join(120)
            assert not holder._thread.is_alive()

    def test_a_renewal_after_the_release_does_not_take_the_lease_again(self):
        platform = RecordPlatform()
        holder = lease_on(platform)
        holder.take()
        holder.release()
        holder.renew()
        assert found(platform).lease is None


class TestRelease:
    def test_the_release_records_the_result_in_the_same_write(self):
        platform = RecordPlatform()
        holder = lease_on(platform)
        holder.take([CREATE])
        holder.own(API)
        holder.settle(CREATE)
        platform.requests.clear()
        line = Applied("2026-11-24T10:00:00Z", "me", "abc123", {"create": 1})
        record = holder.release(line)
        assert platform.requests == ["create reconciler.clinic.2", "list"]
        assert record == found(platform)
        assert (record.owned, record.pending, record.applies, record.lease) == ((API,), (), (line,), None)
        assert not holder.may_write()

    def test_unsettled_changes_stay_pending(self):
        platform = RecordPlatform()
        holder = lease_on(platform)
        holder.take([CREATE])
        holder.release()
        assert found(platform).pending == (CREATE,)

    def test_a_failed_release_can_be_retried_and_writes_one_line(self):
        platform = RecordPlatform(["ok", "lost before", "lost before", "lost before"])
        holder = lease_on(platform)
        holder.take()
        line = Applied("now", "me", "", {})
        with pytest.raises(Ambiguous):
            holder.release(line)
        assert holder.release(line).applies == (line,)

    def test_an_apply_of_a_thousand_changes_makes_as_many_requests_as_one_of_ten(self):
        def requests(count):
            platform = RecordPlatform()
            holder = lease_on(platform)
            every = [Owned("volume", f"v{n}", f"v{n}", "") for n in range(count)]
            holder.take(Pending("create", owned) for owned in every)
            for owned in every:
                holder.own(owned)
                holder.settle(Pending("create", owned))
            holder.release()
            assert len(found(platform).owned) == count
            return len(platform.requests)

        assert requests(1_000) == requests(10)


class TestGathering:
    def test_an_owned_object_replaces_its_former_version(self):
        holder = lease_on(RecordPlatform())
        holder.own(DB)
        second = replace(DB, live_name="db.v2", id="x2")
        holder.own(second)
        assert holder.record.owned == (DB, second)
        holder.own(replace(second, live_name="db.v3"), instead_of=second)
        holder.disown(DB)
        assert [owned.live_name for owned in holder.record.owned] == ["db.v3"]
        holder.disown(DB)

    def test_threads_can_record_changes_at_the_same_time(self):
        holder = lease_on(RecordPlatform())

        def note(first):
            for n in range(first, first + 200):
                holder.own(Owned("volume", str(n), str(n), ""))

        threads = [threading.Thread(target=note, args=(first,)) for first in range(0, 1_000, 200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(holder.record.owned) == 1_000


class TestGivingBack:
    def test_a_late_lease_finds_its_number_taken(self):
        platform, lists = RecordPlatform(["late"]), iter([True, True])

        def fail_twice():
            if next(lists, False):
                raise NotFound("no such path", status=404, method="GET", path="/configs")

        platform.on_list = fail_twice
        with pytest.raises(NotFound):
            lease_on(platform).take([CREATE])
        platform.arrive()
        assert (found(platform).number, found(platform).lease, found(platform).pending) == (1, None, ())

    def test_a_refused_write_of_the_record_leaves_nothing_behind(self):
        platform = RecordPlatform()
        platform.create_config = refusing  # type: ignore[method-assign]
        with pytest.raises(Rejected):
            lease_on(platform).take([CREATE])
        assert platform.kept == {}


class TestConfirm:
    def test_a_recent_list_of_configs_confirms_the_lease_without_a_request(self):
        platform = RecordPlatform()
        holder = lease_on(platform)
        holder.take()
        platform.requests.clear()
        holder.confirm(list(platform.kept.values()))
        holder.confirm()
        assert platform.requests == []
        platform.time += 6
        holder.confirm()
        holder.confirm()
        assert platform.requests == ["list"]

    def test_a_lease_taken_by_another_run_is_noticed_before_the_next_renewal(self):
        platform = RecordPlatform()
        holder = lease_on(platform)
        holder.take()
        unlock(RecordStore(platform, AT, "clinic"), found(platform), server=None, force=True)
        with pytest.raises(ReconcilerError, match="lost to another run, or unlocked"):
            holder.confirm(list(platform.kept.values()))
        assert not holder.may_write()

    def test_a_stale_list_is_read_again(self):
        platform = RecordPlatform()
        before = list(platform.kept.values())
        holder = lease_on(platform)
        holder.take()
        holder.confirm(before)
        assert holder.may_write()

    def test_a_lease_that_is_no_longer_listed_is_not_used(self):
        platform = RecordPlatform()
        holder = lease_on(platform)
        holder.take()
        platform.kept.clear()
        with pytest.raises(ReconcilerError, match="is no longer in the cluster"):
            holder.confirm([])


def test_the_lease_uses_a_monotonic_clock():
    assert boot_clock() <= boot_clock()


class Runs(RuleBasedStateMachine):
    """Three runs that take, renew, release, stall and die while answers are lost: two may never write at once."""

    def __init__(self):
        super().__init__()
        self.platform = RecordPlatform()
        self.runs: list[RecordLease | None] = [None, None, None]
        self.read = [None, None, None]

    @rule(seconds=st.sampled_from([1, 20, 59, 61, 119, 121, 300]))
    def time_passes(self, seconds):
        self.platform.time += seconds

    @rule(faults=st.lists(st.sampled_from(["lost before", "lost after", "late", "broken after"]), max_size=4))
    def answers_are_lost(self, faults):
        self.platform._faults = iter(faults)

    @rule()
    def what_was_late_arrives(self):
        self.platform.arrive()

    @rule(run=st.integers(0, 2))
    def reads(self, run):
        self.read[run] = found(self.platform)

    @rule(run=st.integers(0, 2), timeless=st.booleans())
    def takes(self, run, timeless):
        if self.read[run] is not None:
            now = (lambda: None) if timeless else None
            taker = lease_on(self.platform, record=self.read[run], holder=f"run {run}", now=now)
            with suppress(ReconcilerError):
                taker.take()
                self.runs[run] = taker

    @rule(run=st.integers(0, 2), release=st.booleans())
    def goes_on(self, run, release):
        if self.runs[run] is not None:
            with suppress(ReconcilerError):
                self.runs[run].release() if release else self.runs[run].renew()

    @invariant()
    def at_most_one_may_write(self):
        assert sum(run is not None and run.may_write() for run in self.runs) <= 1

    @invariant()
    def the_record_can_be_read(self):
        found(self.platform)


TestRuns = Runs.TestCase


TestRuns.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
