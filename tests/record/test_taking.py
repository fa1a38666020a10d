"""When a lease may be taken from another run."""

import pytest

from reconciler.errors import LeaseHeld, Refused
from reconciler.record import RecordStore, unlock
from reconciler.record.holding import LEASE
from tests.record.leases import CREATE, found, lease_on
from tests.record.platform import AT, RecordPlatform


class TestWithoutServerTime:
    def test_a_free_record_is_taken_at_once(self):
        platform = RecordPlatform()
        taker = lease_on(platform, now=lambda: None)
        taker.take()
        assert taker.may_write()
        assert found(platform).lease.until == 0

    def test_a_lease_is_watched_for_its_whole_duration_and_then_taken(self):
        platform = RecordPlatform()
        lines: list[str] = []
        lease_on(platform, holder="dead", now=lambda: None).take()
        began = platform.time
        taker = lease_on(platform, now=lambda: None, tell=lines.append)
        taker.take()
        assert platform.time - began >= LEASE
        assert taker.may_write()
        assert "dead still works" in lines[0]

    def test_an_interrupted_run_stops_watching_a_lease(self):
        platform = RecordPlatform()
        lease_on(platform, holder="dead", now=lambda: None).take()
        taker = lease_on(platform, now=lambda: None)
        taker._sleep = lambda _: None
        platform.requests.clear()
        with pytest.raises(Refused, match="interrupted"):
            taker.take()
        assert platform.requests == []

    def test_a_lease_that_is_renewed_while_it_is_watched_is_held(self):
        platform = RecordPlatform()
        other = lease_on(platform, holder="other", now=lambda: None)
        other.take()
        taker = lease_on(platform, now=lambda: None)

        def renew_once():
            platform.on_list = lambda: None
            other.renew()

        platform.on_list = renew_once
        with pytest.raises(Refused, match="other"):
            taker.take()

    def test_secrets_in_the_name_of_the_renewing_holder_are_masked(self):
        platform = RecordPlatform()
        other = lease_on(platform, holder="hunter2", now=lambda: None)
        other.take()
        taker = lease_on(platform, now=lambda: None, conceal=lambda text: text.replace("hunter2", "*"))

        def renew_once():
            platform.on_list = lambda: None
            other.renew()

        platform.on_list = renew_once
        with pytest.raises(Refused, match=r"being applied by \*,"):
            taker.take()

    def test_a_lease_written_without_time_is_watched_even_when_there_is_time_now(self):
        platform = RecordPlatform()
        lease_on(platform, holder="dead", now=lambda: None).take()
        began = platform.time
        lease_on(platform).take()
        assert platform.time - began >= LEASE


class TestUnlock:
    def test_unlock_removes_the_lease_and_keeps_pending_changes(self):
        platform = RecordPlatform()
        lease_on(platform, holder="dead").take([CREATE])
        record = unlock(RecordStore(platform, AT, "clinic"), found(platform), server=None, force=True)
        assert (record.lease, record.pending) == (None, (CREATE,))
        lease_on(platform).take()

    def test_a_run_that_renews_its_lease_is_not_dead(self):
        platform = RecordPlatform()
        holder = lease_on(platform)
        holder.take()
        seen = found(platform)
        holder.renew()
        with pytest.raises(Refused, match="a run is active"):
            unlock(RecordStore(platform, AT, "clinic"), seen, server=platform.time, force=True)

    def test_a_recently_renewed_lease_is_removed_only_with_force(self):
        platform = RecordPlatform()
        holder = lease_on(platform, holder="ci run 7")
        holder.take()
        platform.time += 30
        holder.renew()
        platform.time += 44
        with pytest.raises(
            LeaseHeld, match=r"ci run 7 renewed the lease on stack clinic 44 s ago.*try again in 2 s"
        ):
            unlock(RecordStore(platform, AT, "clinic"), found(platform), server=platform.time)
        platform.time += 2
        assert (
            unlock(RecordStore(platform, AT, "clinic"), found(platform), server=platform.time).lease is None
        )

    @pytest.mark.parametrize("times", [(None, 1.0), (1.0, None), (None, None)])
    def test_a_lease_with_an_unknown_age_is_removed_only_with_force(self, times):
        platform = RecordPlatform()
        lease_on(platform, now=lambda: times[0] and platform.time).take()
        platform.time += 1000
        with pytest.raises(LeaseHeld, match="and when the lease was last renewed"):
            unlock(RecordStore(platform, AT, "clinic"), found(platform), server=times[1] and platform.time)
        unlock(RecordStore(platform, AT, "clinic"), found(platform), server=None, force=True)
