"""Webhooks are written by id, one at a time, and never created twice."""

from typing import Any

import pytest

from reconciler.applying.kinds.webhook import create, delete, update
from reconciler.errors import ChangedSincePlanned, Interrupted, ReconcilerError, Rejected, UnknownOutcome
from reconciler.kinds.webhook import decode
from reconciler.model import Address, Live, Sensitive
from tests.applying.kinds.platform import KindPlatform, fault, lost, refused
from tests.changes import change_of

ADDRESS = Address("production", "webhook", "ops")
URL = "https://hooks.example/a"
OPS = {"id": "hook_1", "label": "ops", "url": URL, "cluster_id": "cluster_1"}


def new(url: str = URL) -> Any:
    spec = {"url": Sensitive(url), "cluster_id": "cluster_1"}
    return change_of(ADDRESS, "create", live_name="ops", spec=spec)


def planned(action: Any, url: str = "https://hooks.example/b") -> Any:
    """A change that was planned from the webhook in its first state."""
    live = Live("webhook", "ops", "hook_1", decode(OPS), OPS)
    return change_of(
        ADDRESS, action, live_name="ops", spec={"url": Sensitive(url), "cluster_id": "cluster_1"}, live=live
    )


def there(*troubles: Any) -> KindPlatform:
    return KindPlatform({"hook_1": dict(OPS)}, list(troubles))


def url_of(platform: KindPlatform, key: str = "hook_1") -> str:
    return str(platform.objects[key]["url"])


# Creates.


def test_a_webhook_is_created_with_its_label_and_cluster():
    platform = KindPlatform()

    made = create(platform.context(), new())

    assert platform.written == ["POST"]
    assert decode(platform.objects[made]) == {
        "url": Sensitive(URL),
        "label": "ops",
        "cluster_id": "cluster_1",
    }


def test_a_webhook_that_appeared_since_the_plan_is_not_created_again():
    platform = there()
    with pytest.raises(ChangedSincePlanned, match="a webhook of that label exists now"):
        create(platform.context(), new())
    assert platform.written == []


@pytest.mark.parametrize("other", [{"label": "dev"}, {"cluster_id": "cluster_2"}, {"cluster_id": None}])
def test_a_webhook_with_another_label_or_cluster_is_not_the_declared_one(other):
    platform = KindPlatform({"hook_1": {**OPS, **other}})
    create(platform.context(), new())
    assert platform.written == ["POST"]


@pytest.mark.parametrize("answer", [lost(), fault()])
def test_a_webhook_whose_answer_was_lost_is_found_and_not_created_again(answer):
    platform = KindPlatform(troubles=[(answer, True)])

    made = create(platform.context(), new())

    assert platform.written == ["POST"]
    assert list(platform.objects) == [made]


def test_a_webhook_whose_answer_was_lost_is_searched_for_a_minute():
    platform = KindPlatform(troubles=[(lost(), False)])
    platform.later.append((30.0, lambda: platform.objects.update(late=dict(OPS, id="late"))))

    assert create(platform.context(), new()) == "late"
    assert platform.written == ["POST"]


def test_a_webhook_that_is_never_listed_is_unknown_and_not_created_again():
    platform = KindPlatform(troubles=[(lost(), False)])
    with pytest.raises(
        UnknownOutcome, match="no new webhook showed within 60 s, and the request is not repeated"
    ):
        create(platform.context(), new())
    assert platform.written == ["POST"]


def test_failing_lists_do_not_end_the_search():
    platform = KindPlatform(troubles=[(lost(), True)])
    platform.meanwhile[2] = lambda: setattr(platform, "blind", True)
    platform.later.append((10.0, lambda: setattr(platform, "blind", False)))

    assert create(platform.context(), new()) in platform.objects


def test_a_refused_create_is_retried_once_and_then_reported():
    platform = KindPlatform(troubles=[(refused(), False), (refused(), False)])
    with pytest.raises(Rejected):
        create(platform.context(), new())
    assert platform.written == ["POST", "POST"]

    platform = KindPlatform(troubles=[(refused(), False)])
    assert create(platform.context(), new()) in platform.objects


def test_no_create_starts_after_the_run_is_interrupted():
    platform = KindPlatform(stopped=True)
    with pytest.raises(Interrupted):
        create(platform.context(), new())
    assert platform.written == []


# Updates.


def test_an_update_replaces_a_webhook_and_keeps_its_id():
    platform = there()
    assert update(platform.context(), planned("update")) == "hook_1"
    assert platform.written == ["PUT hook_1"]
    assert (url_of(platform), list(platform.objects)) == ("https://hooks.example/b", ["hook_1"])


def test_a_webhook_that_is_already_as_declared_is_not_written():
    platform = KindPlatform({"hook_1": {**OPS, "url": "https://hooks.example/b"}})
    assert update(platform.context(), planned("update")) == "hook_1"
    assert platform.written == []


@pytest.mark.parametrize(
    "objects, why",
    [
        ({}, "it is gone"),
        ({"hook_1": {**OPS, "url": "https://hooks.example/c"}}, "changed concurrently"),
        ({"hook_1": {**OPS, "label": "dev"}}, "changed concurrently"),
    ],
)
def test_a_webhook_that_changed_since_the_plan_is_not_written(objects, why):
    platform = KindPlatform(objects)
    with pytest.raises(ChangedSincePlanned, match=why):
        update(platform.context(), planned("update"))
    assert platform.written == []


@pytest.mark.parametrize("done", [True, False])
def test_an_update_with_a_lost_answer_is_settled_by_reading(done):
    platform = there((lost(), done))
    assert update(platform.context(), planned("update")) == "hook_1"
    assert platform.written == ["PUT hook_1"] * (1 if done else 2)
    assert url_of(platform) == "https://hooks.example/b"


def test_an_update_is_not_repeated_after_a_concurrent_change():
    platform = there((lost(), False))
    platform.meanwhile[2] = lambda: platform.objects["hook_1"].update(url="https://hooks.example/c")
    with pytest.raises(ChangedSincePlanned):
        update(platform.context(), planned("update"))
    assert (platform.written, url_of(platform)) == (["PUT hook_1"], "https://hooks.example/c")


# Deletes.


def test_a_webhook_is_deleted_by_its_id():
    platform = there()
    assert delete(platform.context(), planned("delete")) == "hook_1"
    assert (platform.written, platform.objects) == (["DELETE hook_1"], {})


def test_deleting_a_webhook_that_is_gone_is_done():
    platform = KindPlatform()
    assert delete(platform.context(), planned("delete")) == "hook_1"
    assert platform.written == []


def test_a_webhook_that_changed_since_the_plan_is_not_deleted():
    platform = KindPlatform({"hook_1": {**OPS, "url": "https://hooks.example/c"}})
    with pytest.raises(ChangedSincePlanned):
        delete(platform.context(), planned("delete"))
    assert platform.written == []


@pytest.mark.parametrize("done", [True, False])
def test_a_delete_with_a_lost_answer_is_settled_by_reading(done):
    platform = there((lost(), done))
    delete(platform.context(), planned("delete"))
    assert platform.written == ["DELETE hook_1"] * (1 if done else 2)
    assert platform.objects == {}


def test_a_create_is_an_error_if_the_list_can_not_be_read():
    with pytest.raises(ReconcilerError):
        create(KindPlatform(blind=True).context(), new())
