"""Reading the record from a list of configs, with damage and records of other stacks."""

import json

import pytest
from msgspec.structs import replace

from reconciler.errors import DamagedRecord, ReconcilerError
from reconciler.model import Applied, Blocker, Lease, Owned, Pending, Record
from reconciler.record import others, read, stacks
from reconciler.record.codec import Head, encode, encode_head, pack
from reconciler.record.names import head, part

DATA = Owned("volume", "data", "data", "vol1")
MANY = tuple(Owned("volume", f"v{n:05}", f"v{n:05}", "") for n in range(5_000))
RECORD = Record("clinic", 1, "00ff", owned=(DATA,))


def config(name, data):
    return {"id": f"id of {name}", "name": name, "data": data}


def inline(record):
    return config(
        head(record.stack, record.number),
        encode_head(Head(record.stack, record.number, "n", record.lease, encode(record))),
    )


def packed(record):
    (data,) = pack(encode(record))
    return config(
        head(record.stack, record.number),
        encode_head(Head(record.stack, record.number, "n", record.lease, packed=data)),
    )


def in_parts(record):
    data = pack(encode(record))
    names = tuple(part(record.stack, record.number, "abcdef", at) for at in range(len(data)))
    return [
        *(config(name, content) for name, content in zip(names, data, strict=True)),
        config(
            head(record.stack, record.number),
            encode_head(Head(record.stack, record.number, "n", record.lease, parts=names)),
        ),
    ]


def test_a_missing_record_is_read_as_an_empty_one_with_a_new_salt():
    first, second = read([], "clinic").record, read([], "clinic").record
    assert (first.number, first.owned, first.lease) == (0, (), None)
    assert len(first.salt) == 32
    assert first.salt != second.salt
    assert read([], "clinic", salt="00").record.salt == "00"


def test_the_highest_number_is_the_record():
    configs = [inline(replace(RECORD, number=number)) for number in (9, 10, 8)]
    assert read([*configs, config("nginx-conf", "…")], "clinic").record == replace(RECORD, number=10)


def test_a_large_record_is_assembled_from_its_parts():
    large = replace(RECORD, owned=tuple(Owned("volume", f"v{n:05}", f"v{n:05}", "") for n in range(5_000)))
    configs = in_parts(large)
    assert len(configs) > 1
    assert read(configs, "clinic").record == large
    assert read([packed(large)], "clinic").record == large


@pytest.mark.parametrize(
    "newest",
    [
        config("reconciler.clinic.2", "edited by hand"),
        config("reconciler.clinic.2", None),
        config("reconciler.clinic.2", inline(RECORD)["data"]),
        in_parts(replace(RECORD, number=2, owned=MANY))[-1],
        config(
            "reconciler.clinic.2",
            packed(replace(RECORD, number=2, owned=MANY))["data"].replace("eJ", "??"),
        ),
    ],
    ids=["no JSON", "no data", "a copy of another version", "parts missing", "not what was packed"],
)
def test_a_damaged_version_is_reported_and_the_previous_one_is_read(newest):
    reading = read([inline(RECORD), newest], "clinic")
    assert reading.record.owned == RECORD.owned
    assert reading.record.number == 2
    assert "reconciler.clinic.1" in reading.notes[0]
    assert reading.record.lease is not None
    assert reading.record.lease.until == 0


def test_only_damaged_versions_are_an_error_with_a_hint():
    with pytest.raises(DamagedRecord, match=r"delete these configs.*--adopt"):
        read([config("reconciler.clinic.2", "x"), config("reconciler.clinic.1", "y")], "clinic")


def test_a_version_in_a_newer_format_is_not_skipped():
    newer = json.dumps({"format_version": 3})
    with pytest.raises(ReconcilerError, match="upgrade"):
        read([inline(RECORD), config("reconciler.clinic.2", newer)], "clinic")


def test_secrets_in_names_of_holders_and_users_are_masked():
    applied = Applied("2026-01-01T00:00:00Z", "hunter2@host", "", {})
    record = replace(RECORD, lease=Lease("hunter2 again", "n", 1.0), applies=(applied,))

    shown = read([inline(record)], "clinic", conceal=lambda text: text.replace("hunter2", "*")).record

    assert shown == replace(
        record, lease=Lease("* again", "n", 1.0), applies=(applied._replace(who="*@host"),)
    )


def test_records_of_different_stacks_are_distinguished():
    configs = [
        inline(RECORD),
        inline(replace(RECORD, stack="intranet")),
        config("reconciler.lost.part.1-ab.0", ""),
    ]
    assert stacks(configs) == ("clinic", "intranet")


class TestOthers:
    def test_objects_that_other_stacks_own_or_will_create_are_known(self):
        theirs = replace(
            RECORD,
            stack="intranet",
            owned=(DATA, Owned("secret", "db", "db.v3", "s3"), Owned("webhook", "deploys", "deploys", "w1")),
            pending=(Pending("create", Owned("service", "api", "api", "")),),
        )
        found = others([inline(RECORD), inline(theirs)], "clinic").stacks
        assert found == {
            ("volume", "data"): "intranet",
            ("volume", "vol1"): "intranet",
            ("secret", "db.v3"): "intranet",
            ("secret", "s3"): "intranet",
            ("webhook", "w1"): "intranet",
            ("service", "api"): "intranet",
        }

    def test_the_stacks_own_objects_are_not_foreign(self):
        assert others([inline(RECORD)], "clinic").stacks == {}

    def test_an_unreadable_record_is_reported(self):
        reading = others([config("reconciler.intranet.1", "x")], "clinic")
        assert reading.stacks == {}
        assert "what stack intranet owns is not known" in reading.notes[0]


def test_a_lease_is_read_with_the_record():
    lease = Lease("ci run 7", "abc", 1_800_000_000.0)
    assert read([inline(replace(RECORD, lease=lease))], "clinic").record.lease == lease


def test_objects_that_services_of_other_stacks_worked_with_last_are_known():
    worked = {"secrets": [{"name": "key.v1"}]}
    services = (
        Owned("service", "web", "web", "s1", state="failed", last_verified=worked),
        Owned("service", "up", "up", "s2", applied=worked),
        Owned("service", "spared", "spared", "s3", state="failed", last_verified=worked, wait=False),
    )

    found = others([inline(Record("shop", 1, "00ff", owned=services))], "clinic")

    assert found.worked_with == {("secret", "key.v1"): (Blocker("web", "failed", "shop"),)}
