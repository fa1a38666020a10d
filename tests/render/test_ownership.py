"""The text for objects that are kept though not declared, and for changes of the record alone."""

import pytest

from reconciler.model import Address, FieldChange, Kept, Plan, RecordOnly, Source
from reconciler.model.plan import WhyKept
from reconciler.render.ownership import NAMES, kept_lines, record_lines

OLD, WEB = Address("production", "service", "old"), Address("production", "service", "web")
FILE = Source("github.com/clinic/deploy", "b/x.yaml")


def plan(**more) -> Plan:
    return Plan("production", "c1", "d1", "clinic", **more)


@pytest.mark.parametrize(
    "why, line",
    [
        (
            "elsewhere",
            "service/old: kept: last declared by github.com/clinic/deploy: b/x.yaml, which this run",
        ),
        ("declared", "service/old: kept: now in b/x.yaml"),
        (
            "unreadable",
            "service/old: kept: github.com/clinic/deploy: b/x.yaml may declare it, but cannot be read",
        ),
    ],
)
def test_kept_objects_are_named_with_file_and_reason(why: WhyKept, line: str):
    (shown,) = kept_lines(plan(kept=(Kept(OLD, why, FILE),)))

    assert shown.startswith(line)
    assert ("To delete it, name it under removed" in shown) == (why != "declared")


def test_objects_with_the_same_file_and_reason_share_a_short_line():
    many = tuple(
        Kept(Address("production", "service", f"s{n:02}"), "elsewhere", FILE) for n in range(NAMES + 5)
    )

    (shown,) = kept_lines(plan(kept=many))

    assert f"service/s{NAMES - 1:02} and 5 more: kept" in shown
    assert "To delete them, name them under removed" in shown


def test_a_new_declaring_file_is_named_with_the_former_one():
    moved = RecordOnly(WEB, "file", "a.yaml", "b.yaml")
    first = RecordOnly(OLD, "file", "", "b.yaml")

    assert list(record_lines(plan(record_only=(moved, first)))) == [
        "record only: service/old: declared in b.yaml, which is now recorded",
        "record only: service/web: now declared in b.yaml (was a.yaml)",
    ]


@pytest.mark.parametrize(
    "field, clearing",
    [
        (FieldChange("command", "run", None), 'command: ""'),
        (FieldChange("hosts", ["a"], None), "hosts: []"),
        (FieldChange("environment_variables", "1", None, keys=("A",)), "environment_variables: {}"),
        (FieldChange("port", 80, 0), 'port: ""'),
        (FieldChange("update_order", "start-first", "stop-first"), 'update_order: ""'),
    ],
)
def test_an_undeclared_field_is_shown_with_its_live_value_and_how_to_clear_it(field, clearing):
    (shown,) = record_lines(plan(record_only=(RecordOnly(WEB, "fields", field.field, fields=(field,)),)))

    assert shown.startswith(
        f"record only: service/web: no longer declares {field.field}; the live value stays: "
    )
    assert shown.endswith(f". To clear it, declare {clearing}")
    assert "→" not in shown


@pytest.mark.parametrize("field", [FieldChange("image", "nginx:1", None), FieldChange("replicas", 3, None)])
def test_a_field_that_can_not_be_cleared_has_no_such_advice(field):
    (shown,) = record_lines(plan(record_only=(RecordOnly(WEB, "fields", field.field, fields=(field,)),)))

    assert "the live value stays" in shown
    assert "To clear" not in shown


def test_several_undeclared_fields_are_each_shown_with_how_to_clear_them():
    fields = (FieldChange("hosts", ["a"], None), FieldChange("port", 80, 0), FieldChange("replicas", 3, 1))

    (shown,) = record_lines(plan(record_only=(RecordOnly(WEB, "fields", "hosts, port", fields=fields),)))

    assert shown.endswith(
        'the live values stay: hosts: ["a"], port: 80, replicas: 3. To clear them, declare hosts: [], port: ""'
    )


def test_forgotten_moved_and_no_longer_waited_for_objects_are_shown():
    gone, waits = RecordOnly(OLD, "gone"), RecordOnly(WEB, "wait", "true", "false")
    moved, marked = RecordOnly(WEB, "moved", "a", "b"), RecordOnly(WEB, "sensitive", "", "args")

    assert list(record_lines(plan(record_only=(gone, waits, moved, marked)))) == [
        "moves from a to b: service/web",
        "record only: service/old: no longer declared, no longer in the cluster",
        "record only: service/web: lifecycle.wait: true → false",
        "record only: service/web: values that are not shown: nothing → args",
    ]
