"""Pitfalls of the platform for planning, one test each; the numbers are only for reference in this file.

These are the ones of the pure core. The others: 12 and 13 (hosts) in tests/pipeline/test_hosts.py, 14 (accepted is
not done) in tests/test_rollout.py, 18, 28 and 29 in tests/checks/cases, 20 also in tests/faults/test_answers.py, 23
in tests/faults/test_changed_meanwhile.py and test_one_writer.py, 27 in tests/api/test_answers.py.
"""

from typing import Any

from msgspec.structs import replace

from reconciler.guard import guard
from reconciler.kinds.service import encode, encode_update
from reconciler.model import Manifest
from reconciler.planning import make_plan, resumed
from reconciler.render.reasons import reason_of
from tests.planning.build import actions_of, change, declare, empty, paths, want
from tests.planning.platform import KEY, AppliedStack, FakePlatform, applied_stack
from tests.words import in_words, notes_of, refusals_of


def api(**fields: Any) -> Manifest:
    return declare("service", "api", {"image": "a:1", **fields})


def test_1_the_load_balancer_is_not_deleted_though_it_is_not_declared():
    stack = applied_stack(api())
    stack.platform.create("service", {"name": "loadbalancer", "image": "traefik:2"})

    assert actions_of(
        stack.plan(want(removed=[("service", "api"), ("service", "loadbalancer")]), prune=True)
    ) == ["delete service/api"]


def test_2_objects_are_reported_by_name_and_not_by_index():
    stack = applied_stack(api(), declare("service", "web", {"image": "a:1"}))
    stack.platform.all("service").reverse()

    (only,) = stack.plan(want(api(image="a:2"), declare("service", "web", {"image": "a:1"}))).changes

    assert only.live
    assert only.live.name == "api"


def test_3_and_4_an_update_keeps_undeclared_lists_and_items():
    stack = applied_stack(api())
    stack.platform.all("service")[0] |= {
        "hosts": ["a.example"],
        "environment_variables": [{"key": "A", "value": "1"}],
        "placement_constraints": ["node.role == worker"],
    }

    stack.apply(stack.plan(want(api(replicas=3))))

    body = stack.platform.all("service")[0]
    assert body["hosts"] == ["a.example"]
    assert body["environment_variables"] == [{"key": "A", "value": "1"}]
    assert body["placement_constraints"] == ["node.role == worker"]


def test_5_bodies_are_not_wrapped():
    assert encode("api", {"image": "a"}) == {"name": "api", "image": "a"}
    assert encode_update({"id": "1", "name": "api", "image": "a"}, {"replicas": 2}, ["replicas"]) == {
        "image": "a",
        "replicas": 2,
    }


def test_6_numbers_returned_as_text_are_no_difference():
    db = declare("secret", "db", "1")
    stack = applied_stack(db, api(secrets=[{"name": "db", "uid": 7}]))
    (reference,) = stack.platform.all("service")[0]["secrets"]

    for uid in (7, "7"):
        reference["uid"] = uid
        assert actions_of(stack.plan(want(db, api(secrets=[{"name": "db", "uid": 7}])))) == []


def test_7_a_mode_is_octal_in_git_and_decimal_on_the_wire():
    db = declare("secret", "db", "1")
    stack = applied_stack(db, api(secrets=[{"name": "db", "mode": "0400"}]))

    assert stack.platform.all("service")[0]["secrets"][0]["mode"] == "256"
    assert actions_of(stack.plan(want(db, api(secrets=[{"name": "db", "mode": "0400"}])))) == []
    stack.platform.all("service")[0]["secrets"][0]["mode"] = "400"
    (only,) = stack.plan(want(db, api(secrets=[{"name": "db", "mode": "0400"}]))).changes
    assert paths(only) == {"secrets.db.mode": ("0620", "0400")}


def rotate(stack: AppliedStack, value: str) -> list[str]:
    plan = stack.plan(want(declare("secret", "db", value), api(secrets=["db"])))
    stack.apply(plan)
    return actions_of(plan)


def test_8_a_new_value_is_a_new_secret_with_the_same_file_name():
    stack = AppliedStack(FakePlatform(), empty())
    rotate(stack, "1")

    assert rotate(stack, "2") == ["replace secret/db", "update service/api"]
    (reference,) = stack.platform.all("service")[0]["secrets"]
    assert (reference["name"], reference["file_name"]) == ("db.v2", "db")


def test_9_the_previous_version_is_kept_for_a_rollback():
    stack = AppliedStack(FakePlatform(), empty())
    for value in ("1", "2", "3", "4"):
        rotate(stack, value)

    assert [secret["name"] for secret in stack.platform.all("secret")] == ["db.v3", "db.v4"]


def test_10_a_replaced_secret_is_detected_by_its_id():
    stack = AppliedStack(FakePlatform(), empty())
    rotate(stack, "1")
    stack.platform.all("secret")[0]["id"] = "another"

    assert rotate(stack, "1") == ["create secret/db", "update service/api"]


def test_11_no_secret_value_is_shown():
    stack = applied_stack(api(environment_variables={"TOKEN": "hunter1"}))

    plan = stack.plan(
        want(
            declare("secret", "db", "hunter2"),
            declare("webhook", "ops", "https://hooks.example/hunter2"),
            api(environment_variables={"TOKEN": "hunter2", "OTHER_TOKEN": "hunter3"}),
        )
    )

    shown = [(planned.fields, reason_of(planned), planned.address) for planned in plan.changes]
    assert "hunter" not in repr((shown, notes_of(plan), refusals_of(plan)))


def test_15_a_spec_that_was_rolled_back_is_not_sent_again():
    stack = applied_stack(api())
    stack.apply(stack.plan(want(api(image="a:2"))))
    stack.platform.all("service")[0]["image"] = "a:1@sha256:ab"
    stack.record = replace(stack.record, owned=(replace(stack.record.owned[0], state="rolled back"),))

    plan = stack.plan(want(api(image="a:2")))

    assert (actions_of(plan), plan.held) == ([], (api().address,))


def test_16_a_missing_feature_does_not_mean_that_objects_are_missing():
    stack = applied_stack(declare("webhook", "ops", "https://hooks.example/"))
    live = stack.state()
    blind = replace(live, objects={**live.objects, "webhook": ()}, missing={"webhooks": 403})
    desired = want(declare("webhook", "ops", "https://hooks.example/"))

    plan = make_plan(desired, blind, stack.record, stack.options(desired))

    assert actions_of(plan) == []
    assert len(refusals_of(plan)) == 1


def test_17_a_volume_is_deleted_only_by_name_and_only_unused():
    data = declare("volume", "data")
    stack = applied_stack(data, api(mounts=["data:/data"]), declare("service", "web", {"image": "a"}))

    def objections(*manifests: Manifest, removed: Any = ()) -> list[str]:
        desired = want(*manifests, removed=removed)
        return list(in_words(guard(stack.plan(desired), desired, stack.state(), stack.record, adopt=False)))

    web = declare("service", "web", {"image": "a"})
    assert "under removed.volumes" in objections(api(), web)[0]
    assert "is in use by api" in objections(api(), web, removed=[("volume", "data")])[0]
    assert objections(web, removed=[("volume", "data"), ("service", "api")]) == []


def test_19_nodes_are_deleted_only_by_name_and_the_manager_never():
    stack = applied_stack(declare("node", "size_small", 2))
    manager, worker = (node["id"] for node in stack.platform.all("node"))
    one_node = declare("node", "size_small", 1)

    assert refusals_of(stack.plan(want(one_node)))
    assert refusals_of(stack.plan(want(one_node, removed=[("node", manager)])))
    assert actions_of(stack.plan(want(one_node, removed=[("node", worker)]))) == [f"delete node/{worker}"]
    assert actions_of(stack.plan(want())) == []


def test_20_objects_created_by_an_interrupted_run_are_not_created_twice():
    desired = want(declare("node", "size_small", 2), declare("webhook", "ops", "https://hooks.example/"))
    stack = AppliedStack(FakePlatform(), empty())

    stack.apply(stack.plan(desired), stop_after=9)
    stack.record = resumed(stack.record, stack.state(), KEY)

    assert actions_of(stack.plan(desired)) == []
    assert len(stack.platform.all("webhook")) == 1


def test_21_order_null_and_defaults_are_no_difference():
    wanted = api(
        hosts=["b.example", "a.example"], update_delay=0, update_order="stop-first", command="", args=""
    )
    for sparse in (True, False):
        stack = AppliedStack(FakePlatform(sparse=sparse), empty())
        stack.apply(stack.plan(want(wanted)))
        for _ in range(5):
            assert actions_of(stack.plan(want(wanted))) == []


def test_22_a_digest_that_the_platform_adds_is_no_difference_and_is_kept_by_other_updates():
    stack = applied_stack(api())
    image = stack.platform.all("service")[0]["image"]
    assert "@sha256:" in image

    assert actions_of(stack.plan(want(api()))) == []
    stack.apply(stack.plan(want(api(environment_variables={"A": "1"}))))
    assert stack.platform.all("service")[0]["image"] == image


def test_24_and_26_objects_are_deleted_after_their_users():
    db, data = declare("secret", "db", "1"), declare("volume", "data")
    stack = applied_stack(
        db, data, api(secrets=["db"], mounts=["data:/data"]), declare("service", "web", {"image": "a"})
    )
    desired = want(
        declare("service", "web", {"image": "b"}),
        removed=[("secret", "db"), ("volume", "data"), ("service", "api")],
    )

    plan = stack.plan(desired)

    assert actions_of(plan) == [
        "update service/web",
        "delete service/api",
        "delete secret/db",
        "delete volume/data",
    ]
    stack.apply(plan)


def test_25_a_rename_is_shown_as_replace_and_needs_consent():
    stack = applied_stack(api(hosts=["a.example"]), declare("service", "web", {"image": "a"}))
    renamed = declare("service", "api-2", {"image": "a:1", "hosts": ["a.example"]})
    web = declare("service", "web", {"image": "a"})

    assert refusals_of(stack.plan(want(renamed, web)))
    plan = stack.plan(want(renamed, web, removed=[("service", "api")]))
    assert actions_of(plan) == ["delete service/api", "replace service/api-2"]
    assert reason_of(change(plan, "service", "api-2")).endswith("downtime")
    assert refusals_of(plan) == ()


def test_30_another_company_is_refused():
    stack = AppliedStack(FakePlatform(), empty())
    desired = want(api(), company="Hospital Ltd.")

    (reason,) = in_words(guard(stack.plan(desired), desired, stack.state(), stack.record, adopt=True))

    assert "the token belongs to Clinic (company_1)" in reason
