import pytest
from msgspec.structs import replace

from reconciler.model import Address, FieldChange, Live, Plan
from reconciler.model.reason import PlainReason
from reconciler.render import FORMATS, as_text
from reconciler.render.lines import drift_line
from tests.changes import change_of

API = Address("production", "service", "api")
PLAN = Plan("production", "cluster_1", "company_1", "default")
DRIFT = change_of(
    API,
    "update",
    (FieldChange("replicas", 2, 5, drift=True), FieldChange("port", 80, 81, drift=True)),
    reasons=(PlainReason.CHANGED_OUTSIDE_GIT,),
)


@pytest.mark.parametrize("style", ["text", "markdown"])
def test_a_change_that_is_only_drift_is_marked_once(style):
    text = FORMATS[style]([replace(PLAN, changes=(DRIFT,))], summary=drift_line)

    assert text.count("changed outside git") == 2  # of the change, and in the sentence about all of them
    assert "because changed outside git" in text
    assert "Drift: 1 object changed outside git." in text


def test_the_page_marks_a_change_that_is_only_drift_once():
    page = FORMATS["html"]([replace(PLAN, changes=(DRIFT,))], summary=drift_line)

    assert "<title>Drift: 1 object changed outside git</title>" in page
    assert page.count('<span class="tag drift">changed outside git</span>') == 1


def test_in_a_mixed_change_only_the_drifted_fields_are_marked():
    fields = (*DRIFT.fields[:1], FieldChange("image", "a:1", "a:2"))
    text = as_text(
        [
            replace(
                PLAN,
                changes=(replace(DRIFT, fields=fields, reasons=(PlainReason.PARTLY_CHANGED_OUTSIDE_GIT,)),),
            )
        ]
    )

    assert "replicas: 2 → 5   (changed outside git)\n" in text
    assert 'image: "a:1" → "a:2"\n' in text
    assert "1 field was changed outside git" in text


def test_unmanaged_objects_are_counted_and_ten_are_named():
    others = tuple(Address("production", "config", f"c{number:02}") for number in range(12))
    text = as_text([replace(PLAN, unmanaged=others)])

    assert "12 not managed, left alone: config/c00, " in text
    assert "config/c09 and 2 more: see --format json\n" in text
    assert "c10" not in text


def test_a_deleted_service_is_shown_with_its_image():
    live = Live("service", "api", "s1", {"image": "registry.example.com/never-shown:1"}, {})
    runs = "registry.example.com/api:1"
    gone = change_of(API, "delete", live=live, runs=runs, reasons=(PlainReason.NOT_DECLARED,))

    assert (
        "DELETE\n        because no longer in the manifests\n        it runs registry.example.com/api:1\n"
        in (as_text([replace(PLAN, changes=(gone,))]))
    )


def test_masks_are_explained_if_there_are_any():
    secret = FieldChange("data", "(sensitive #1)", "(sensitive #2)", sensitive=True)
    explained = "(sensitive #n) a hidden value, numbered by place"

    assert explained in as_text([replace(PLAN, changes=(change_of(API, "update", (secret,)),))])
    assert explained not in as_text([replace(PLAN, changes=(DRIFT,))])


def test_a_rollback_is_not_shown_as_a_change_outside_git():
    text = as_text([replace(PLAN, held=(API,))])

    assert "production/service/api: held after a rollback: change the manifest, or use --retry\n" in text
    assert text.endswith("No changes, but 1 held after a rollback.\n")


@pytest.mark.parametrize(
    "fields, line",
    [
        (["placement_constraints"], "restarts only those tasks whose node no longer fits, of service api"),
        (
            ["placement_constraints", "hosts"],
            "restarts only those tasks whose node no longer fits, of service api",
        ),
        (["placement_constraints", "image"], "restarts service api"),
        (["image"], "restarts service api"),
    ],
)
def test_a_change_of_placement_says_that_only_some_tasks_restart(fields, line):
    change = change_of(
        API, "update", tuple(FieldChange(name, ["a"], ["b"]) for name in fields), restarts=("api",)
    )

    assert f"        {line}\n" in as_text([replace(PLAN, changes=(change,))])
