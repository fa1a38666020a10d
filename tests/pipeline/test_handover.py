"""An object moves from one record to another, and the run is killed at every request: it always has one owner."""

import contextlib

import pytest

from reconciler.model import Owned, Pending, Record, Source
from reconciler.pipeline.handover import take_with, without_given, without_taken
from reconciler.planning.moved import Transfer
from reconciler.planning.moved import without_given as after_what_was_taken
from reconciler.record import RecordLease, RecordStore, others, read
from tests.record.platform import AT, RecordPlatform

WEB = Owned("service", "web", "web", "s1", source=Source("github.com/clinic/a", "m.yaml"))
KEPT = Owned("volume", "data", "data", "v1")


class Dies(BaseException):
    """The process ends here."""


def lease_of(platform: RecordPlatform, stack: str, record: Record) -> RecordLease:
    return RecordLease(
        RecordStore(platform, AT, stack, sleep=platform.sleep),
        record,
        holder="me",
        now=platform.now,
        clock=platform.now,
        sleep=platform.sleep,
    )


def record_of(platform: RecordPlatform, stack: str) -> Record:
    """A stack's record as planning uses it: without objects that another stack's record says it took."""
    configs = list(platform.kept.values())
    found = read(configs, stack, salt="00").record
    return after_what_was_taken(found, others(configs, stack).given)


def owners(platform: RecordPlatform) -> list[str]:
    return [
        stack
        for stack in ("aa", "zz")
        if any(owned.live_name == "web" for owned in record_of(platform, stack).owned)
    ]


def begun(giver: str, taker: str) -> RecordPlatform:
    platform = RecordPlatform()
    for stack, owned in ((giver, (WEB, KEPT)), (taker, ())):
        lease = lease_of(platform, stack, Record(stack, salt="00", owned=owned))
        lease.take()
        lease.release()
    return platform


def hand_over(platform: RecordPlatform, giver: str, taker: str) -> None:
    of_giver, of_taker = record_of(platform, giver), record_of(platform, taker)
    (web,) = [owned for owned in of_giver.owned if owned.live_name == "web"]
    taken = Owned("service", "web", "web", "s1", source=WEB.source, taken_from=giver)
    transfers = (Transfer(giver, web, taken),)
    takes = lease_of(platform, taker, without_taken(of_taker, transfers))
    gives = lease_of(platform, giver, without_given(of_giver, transfers))
    take_with(takes, taker, [Pending("update", taken)], transfers, {giver: gives})
    takes.release()


def dies_while_handing_over(giver, taker, at):
    """A platform on which the run was killed at this request (from 1), and whether it had completed before."""
    platform = begun(giver, taker)
    count = 0

    def at_request() -> None:
        nonlocal count
        count += 1
        if count == at:
            raise Dies

    platform.on_list = at_request
    with contextlib.suppress(Dies):
        hand_over(platform, giver, taker)
    platform.on_list = lambda: None
    return platform, count < at


@pytest.mark.parametrize("giver, taker", [("aa", "zz"), ("zz", "aa")])
def test_a_moved_object_has_one_owner_wherever_the_run_stops(giver, taker):
    ended = set()
    for dies_at in range(1, 40):
        platform, is_over = dies_while_handing_over(giver, taker, dies_at)
        now = owners(platform)
        assert len(now) == 1, f"at request {dies_at}: {now}"
        assert any(owned.live_name == "data" for owned in record_of(platform, giver).owned)
        ended.add((now[0], is_over))
        if is_over:
            break
    assert ended == {(giver, False), (taker, False), (taker, True)}


@pytest.mark.parametrize("giver, taker", [("aa", "zz"), ("zz", "aa")])
def test_an_object_can_move_back_after_an_interrupted_run(giver, taker):
    for dies_at in range(1, 12):
        platform, _ = dies_while_handing_over(giver, taker, dies_at)
        if owners(platform) != [taker]:
            continue
        platform.time += 200

        hand_over(platform, taker, giver)

        assert owners(platform) == [giver], f"died at request {dies_at}"


def test_both_leases_and_journals_are_written_before_an_object_moves():
    platform = begun("zz", "aa")
    seen: list[tuple[bool, bool, list[str]]] = []

    def look() -> None:
        aa, zz = (read(list(platform.kept.values()), stack, salt="00").record for stack in ("aa", "zz"))
        both = aa.lease is not None and zz.lease is not None
        journals = all(any(intent.action == "move" for intent in each.pending) for each in (aa, zz))
        seen.append((both, journals, owners(platform)))

    platform.on_list = look
    hand_over(platform, "zz", "aa")
    platform.on_list = lambda: None

    changed = next(index for index, (_, _, who) in enumerate(seen) if who == ["aa"])
    assert seen[changed][:2] == (True, True)
    assert [entry.owned.taken_from for entry in record_of(platform, "aa").pending] in ([], ["zz"])
    assert [owned.taken_from for owned in record_of(platform, "aa").owned] == [""]
    assert [owned.name for owned in record_of(platform, "zz").owned] == ["data"]
