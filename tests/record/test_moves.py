"""Of two writers who read the same version only one can write, whichever answers are lost."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.errors import Ambiguous, ReconcilerError, Refused, Rejected
from reconciler.model import Owned, Record, Source
from reconciler.record import RecordLease, RecordStore, read
from reconciler.record.codec import decode_head
from reconciler.record.moves import Overtaken, advance, sweep
from tests.record.platform import AT, RecordPlatform, Turns

FAULTS = ["ok", "lost before", "lost after", "late", "broken after"]
PACKED = tuple(Owned("volume", f"v{n:05}", f"v{n:05}", "") for n in range(5_000))
LARGE = tuple(Owned("volume", f"v{n}", f"v{n}", Random(n).randbytes(150_000).hex()) for n in range(3))
"""Too large for a head even when compressed, since random data cannot be compressed."""


def place(api, stack="clinic"):
    return RecordStore(api, AT, stack, sleep=getattr(api, "sleep", lambda _: None))


def names(platform):
    return sorted(platform.kept)


def version(platform, number):
    return decode_head(platform.kept[f"reconciler.clinic.{number}"]["data"])


def written(platform, record, here=None):
    here = here or place(platform)
    moved = advance(here, record)
    assert isinstance(moved, Record)
    sweep(here)
    return moved


class TestAlone:
    def test_versions_count_up_and_the_newest_two_are_kept(self):
        platform, record = RecordPlatform(), Record("clinic", salt="00")
        for _ in range(5):
            record = written(platform, record)
        assert record.number == 5
        assert names(platform) == ["reconciler.clinic.4", "reconciler.clinic.5"]
        assert read(platform.kept.values(), "clinic").record == record

    @pytest.mark.parametrize("fault", ["lost before", "lost after", "broken after"])
    def test_a_lost_answer_is_settled_by_reading_again(self, fault):
        platform = RecordPlatform([fault])
        moved = written(platform, Record("clinic", salt="00"))
        assert read(platform.kept.values(), "clinic").record == moved

    def test_a_write_that_arrives_late_becomes_the_base_of_the_next(self):
        platform = RecordPlatform(["late"])

        def arrive_at_the_next():
            platform.on_list = platform.arrive

        platform.on_list = arrive_at_the_next
        moved = written(platform, Record("clinic", salt="00", owned=(Owned("volume", "a", "a", ""),)))
        assert read(platform.kept.values(), "clinic").record == moved

    def test_an_earlier_write_that_arrives_late_becomes_the_base_of_the_next(self):
        platform = RecordPlatform(["late", "lost before", "lost before"])
        here, record = place(platform), Record("clinic", salt="00")
        with pytest.raises(Ambiguous):
            advance(here, record)
        platform.arrive()
        moved = advance(here, record)
        assert isinstance(moved, Record)
        assert moved.number == 2

    def test_a_refusal_of_the_platform_is_raised_unchanged(self):
        class RefusingPlatform(RecordPlatform):
            def create_config(self, at, body, /):
                raise Rejected("data too large", status=400, method="POST", path="/configs")

        with pytest.raises(Rejected, match="too large"):
            advance(place(RefusingPlatform()), Record("clinic", salt="00"))

    @pytest.mark.parametrize(
        "owned",
        [
            Owned("webhook", "a\u00a0b", "a\u00a0b", "w1"),
            Owned("service", "api", "api", "s\ud8001"),
            Owned("service", "api", "api", "s1", tasks=("t\n1",)),
            Owned("volume", "data", "data", "", source=Source("host/clinic/deploy", "a\u200b.yaml")),
        ],
    )
    def test_an_unreadable_record_is_not_written(self, owned):
        platform = RecordPlatform()
        before = written(platform, Record("clinic", 0, "00"))

        with pytest.raises(ReconcilerError, match=r"not written \((owned\[0\]|.*not text)"):
            advance(place(platform), replace(before, owned=(owned,)))

        assert names(platform) == ["reconciler.clinic.1"]

    def test_a_platform_that_re_encodes_data_is_detected_and_nothing_is_left(self):
        class Encoding(RecordPlatform):
            def _make(self, body):
                return super()._make({**body, "data": body["data"].encode().hex()})

        platform = Encoding()
        with pytest.raises(ReconcilerError, match="does not return the data of a config as it was sent"):
            advance(place(platform), Record("clinic", salt="00"))
        assert platform.kept == {}

    def test_a_platform_that_changes_parts_is_detected(self):
        class Trimming(RecordPlatform):
            def _make(self, body):
                return super()._make(
                    {
                        **body,
                        "data": body["data"].rstrip("=")[:-1] if "part" in body["name"] else body["data"],
                    }
                )

        platform = Trimming()
        with pytest.raises(ReconcilerError, match="as it was sent"):
            advance(place(platform), Record("clinic", salt="00", owned=LARGE))
        assert platform.kept == {}

    @pytest.mark.parametrize("owned", [(), PACKED, LARGE], ids=["body", "packed", "parts"])
    def test_a_stale_list_is_read_again_and_nothing_is_written_twice(self, owned):
        class Lagging(RecordPlatform):
            def _make(self, body):
                made = super()._make(body)
                self.made_at = {**getattr(self, "made_at", {}), body["name"]: self.time}
                return made

            def configs(self, at, /):
                return [
                    config
                    for config in super().configs(at)
                    if self.time - self.made_at[config["name"]] >= 2.0
                ]

        platform = Lagging()
        moved = written(platform, Record("clinic", salt="00", owned=owned))
        assert read(platform.kept.values(), "clinic").record == moved
        assert len([request for request in platform.requests if request == "create reconciler.clinic.1"]) == 1

    def test_a_config_that_is_never_listed_is_an_error(self):
        class Forgetful(RecordPlatform):
            def _make(self, body):
                return body

        with pytest.raises(ReconcilerError, match="does not list it"):
            advance(place(Forgetful()), Record("clinic", salt="00"))


class TestParts:
    def test_a_compressed_body_that_fits_into_the_head_needs_no_parts(self):
        platform = RecordPlatform()
        here = place(platform)
        record = written(platform, Record("clinic", salt="00", owned=PACKED), here)
        record = written(platform, record, here)
        written(platform, Record("clinic", record.number, "00", owned=PACKED[:1]), here)
        assert [request for request in platform.requests if request.startswith("create")] == [
            f"create reconciler.clinic.{number}" for number in (1, 2, 3)
        ]
        assert version(platform, 2).packed
        assert read([platform.kept["reconciler.clinic.2"]], "clinic").record == record
        assert read(platform.kept.values(), "clinic").record.owned == PACKED[:1]

    def test_a_large_body_goes_into_parts(self):
        platform = RecordPlatform()
        written(platform, Record("clinic", salt="00", owned=LARGE))
        assert len(version(platform, 1).parts) == 2

    def test_a_renewal_writes_only_a_head(self):
        platform = RecordPlatform()
        here = place(platform)
        record = written(platform, Record("clinic", salt="00", owned=LARGE), here)
        platform.requests.clear()
        written(platform, record, here)
        assert platform.requests == ["create reconciler.clinic.2", "list"]
        assert read(platform.kept.values(), "clinic").record.owned == LARGE

    def test_a_later_failure_of_the_platform_does_not_lose_the_record(self):
        class Aging(RecordPlatform):
            old = False

            def _make(self, body):
                return super()._make({**body, "data": body["data"] + " "} if self.old else body)

        platform = Aging()
        here = place(platform)
        record = written(platform, Record("clinic", salt="00", owned=LARGE), here)
        platform.old = True
        changed = Record("clinic", record.number, "00", owned=LARGE[1:])
        for attempt in (record, changed):
            with pytest.raises(ReconcilerError, match="as it was sent"):
                advance(here, attempt)
        assert read(platform.kept.values(), "clinic").record == record
        platform.old = False
        assert read(platform.kept.values(), "clinic").record == record
        moved = written(platform, changed, here)
        assert read(platform.kept.values(), "clinic").record == moved

    def test_parts_are_deleted_with_the_last_version_that_names_them(self):
        platform = RecordPlatform()
        here = place(platform)
        record = written(platform, Record("clinic", salt="00", owned=LARGE), here)
        for _ in range(2):
            record = written(platform, Record("clinic", record.number, "00"), here)
        assert names(platform) == ["reconciler.clinic.2", "reconciler.clinic.3"]

    @pytest.mark.parametrize("fault", FAULTS)
    def test_a_part_whose_answer_is_lost_is_searched(self, fault):
        platform = RecordPlatform([fault])
        written(platform, Record("clinic", salt="00", owned=LARGE))
        platform.arrive()
        assert read(platform.kept.values(), "clinic").record.owned == LARGE

    def test_orphaned_parts_are_deleted_unless_a_late_version_may_name_them(self):
        platform = RecordPlatform()
        for name in ("part.1-aa.0", "part.2-bb.0", "part.3-cc.0"):
            platform.create_config(AT, {"name": f"reconciler.clinic.{name}", "data": ""})
        platform.create_config(AT, {"name": "reconciler.intranet.part.1-aa.0", "data": ""})
        platform.create_config(AT, {"name": "nginx-conf", "data": ""})
        record = written(platform, Record("clinic", salt="00"))
        written(platform, record)
        assert names(platform) == [
            "nginx-conf",
            "reconciler.clinic.1",
            "reconciler.clinic.2",
            "reconciler.clinic.part.3-cc.0",
            "reconciler.intranet.part.1-aa.0",
        ]

    def test_a_failed_cleanup_is_repeated_by_the_next_run(self):
        class Stubborn(RecordPlatform):
            stubborn = True

            def delete_config(self, at, config_id, /):
                if self.stubborn:
                    raise Ambiguous("no answer")
                super().delete_config(at, config_id)

        platform, record = Stubborn(), Record("clinic", salt="00")
        for _ in range(4):
            record = written(platform, record)
        assert len(platform.kept) == 4
        platform.stubborn = False
        written(platform, record)
        assert names(platform) == ["reconciler.clinic.4", "reconciler.clinic.5"]

    def test_a_damaged_version_does_not_count_as_kept(self):
        platform = RecordPlatform()
        written(platform, Record("clinic", salt="00"))
        platform.create_config(AT, {"name": "reconciler.clinic.2", "data": "damaged"})
        written(platform, read(platform.kept.values(), "clinic").record)
        assert names(platform) == ["reconciler.clinic.1", "reconciler.clinic.3"]


class TestTogether:
    @given(
        schedule=st.lists(st.integers(0, 5), max_size=60),
        faults=st.lists(st.sampled_from(FAULTS), max_size=8),
        large=st.booleans(),
        base=st.integers(0, 3),
        writers=st.integers(2, 3),
    )
    def test_only_one_of_several_writers_with_the_same_version_may_write(
        self, schedule, faults, large, base, writers
    ):
        platform, record = RecordPlatform(), Record("clinic", salt="00", owned=LARGE if large else ())
        for _ in range(base):
            record = written(platform, record)
        platform._faults = iter(faults)
        holders: list[str] = []

        def writer(name):
            def run(seat):
                here = place(seat)
                own_lease = RecordLease(here, record, holder=name, now=platform.now, clock=platform.now)
                own_lease.take()
                assert own_lease.may_write()
                holders.append(name)
                sweep(here)

            return run

        turns = Turns(platform, schedule)
        errors = turns.run(*(writer(f"run {n}") for n in range(writers)))
        platform.arrive()
        assert len(holders) <= 1
        if not any(isinstance(error, Ambiguous) for error in errors):
            assert len(holders) == 1
            assert sum(isinstance(error, Refused) for error in errors) == writers - 1
        if holders:
            lease = read(platform.kept.values(), "clinic").record.lease
            assert lease is not None
            assert lease.holder == holders[0]

    @given(schedule=st.lists(st.integers(0, 1), max_size=40), lag=st.integers(0, 4))
    def test_a_writer_with_an_older_version_may_not_write(self, schedule, lag):
        platform, record = RecordPlatform(), Record("clinic", salt="00")
        stale = record = written(platform, record)
        for _ in range(lag):
            record = written(platform, record)
        moved = []

        def writer(seat, read_before):
            here = place(seat)
            moved.append(advance(here, read_before))
            sweep(here)

        Turns(platform, schedule).run(lambda seat: writer(seat, stale), lambda seat: writer(seat, record))
        assert sum(isinstance(ended, Record) for ended in moved) == 1
        if lag:
            assert any(isinstance(ended, Record) and ended.number == lag + 2 for ended in moved)

    def test_the_loser_learns_who_won(self):
        platform, record = RecordPlatform(), Record("clinic", salt="00")
        RecordLease(place(platform), record, holder="ci run 7", now=platform.now, clock=platform.now).take()
        moved = advance(place(platform), record)
        assert isinstance(moved, Overtaken)
        assert moved.head is not None
        assert moved.head.lease is not None
        assert moved.head.lease.holder == "ci run 7"
