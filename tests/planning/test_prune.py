"""Undeclared objects are deleted if this stack may, and nothing else is."""

from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.guard import guard
from reconciler.model import Covered, Elsewhere, Named, Plan, Source
from reconciler.planning import to_look_up
from reconciler.render.reasons import reason_of
from tests.planning.build import PLACE, REPOSITORY, actions_of, change, declare, empty, want
from tests.planning.platform import AppliedStack, FakePlatform, applied_stack
from tests.words import in_words, notes_of, refusals_of

API, DATA = declare("service", "api", {"image": "a"}), declare("volume", "data")


WEB = declare("service", "web", {"image": "a"})


def test_an_undeclared_object_is_deleted_with_that_reason():
    plan = applied_stack(API, WEB).plan(want(WEB))

    (only,) = plan.changes
    assert (only.action, only.live_name, reason_of(only)) == ("delete", "api", "no longer in the manifests")
    assert (only.consented, only.location) == (False, None)
    assert only.owned
    assert only.live


def test_an_entry_under_removed_is_consent_with_its_place():
    (only,) = applied_stack(API, WEB).plan(want(WEB, removed=[("service", "api")])).changes

    assert (only.consented, only.location) == (True, PLACE)


def test_an_unmanaged_object_under_removed_is_noted_and_not_deleted():
    stack = AppliedStack(FakePlatform(), empty())
    stack.platform.create("service", {"name": "api", "image": "a"})

    plan = stack.plan(want(removed=[("service", "api"), ("secret", "gone")]))

    assert plan.changes == ()
    assert plan.unmanaged == (API.address,)
    assert notes_of(plan) == (
        "removed.secrets: gone matches no object; remove this line.",
        "removed.services: api is not managed by this stack, so it is not deleted.",
    )


def test_stale_consents_are_noted_in_order_of_names():
    stack = applied_stack(API)
    gone = [("volume", "b"), ("service", "api"), ("node", "n"), ("volume", "a"), ("secret", "x")]

    assert notes_of(stack.plan(want(removed=gone))) == (
        "removed.nodes: n matches no node of this cluster; remove this line.",
        "removed.secrets: x matches no object; remove this line.",
        "removed.volumes: a matches no object; remove this line.",
        "removed.volumes: b matches no object; remove this line.",
    )


def test_an_object_that_is_gone_needs_no_delete():
    stack = applied_stack(API)
    stack.platform.all("service").clear()

    plan = stack.plan(want(removed=[("service", "api")]))

    assert plan.changes == ()
    assert notes_of(plan) == ("removed.services: api matches no object; remove this line.",)


def test_another_object_with_the_name_is_not_deleted():
    stack = applied_stack(API)
    stack.platform.all("service")[0]["id"] = "another"

    plan = stack.plan(want())

    assert plan.changes == ()
    assert plan.unmanaged == (API.address,)


def test_an_object_declared_with_errors_is_not_deleted():
    stack = applied_stack(API)

    assert actions_of(stack.plan(replace(want(), invalid=frozenset({("service", "api")})))) == []


def test_a_released_object_stays_with_all_its_versions():
    stack = applied_stack(declare("secret", "db", "1"), API)
    stack.apply(stack.plan(want(declare("secret", "db", "2"), API)))
    releasing = want(released=[("secret", "db"), ("service", "api")])

    plan = stack.plan(releasing)

    assert plan.changes == ()
    assert [owned.live_name for owned in plan.released] == ["db.v1", "db.v2", "api"]
    stack.apply(plan)
    assert stack.record.owned == ()
    assert len(stack.platform.all("secret")) == 2
    assert actions_of(stack.plan(releasing)) == []
    assert stack.plan(releasing).released == ()


def test_a_released_object_that_is_gone_is_forgotten_as_gone():
    stack = applied_stack(API)
    stack.platform.all("service").clear()
    releasing = want(released=[("service", "api")])

    plan = stack.plan(releasing)

    assert plan.released == ()
    assert [(entry.address.name, entry.what) for entry in plan.record_only] == [("api", "gone")]
    stack.apply(plan)
    assert stack.record.owned == ()
    assert stack.plan(releasing).record_only == ()


def test_a_declared_object_is_not_released():
    stack = applied_stack(API)

    assert stack.plan(want(API, released=[("service", "api")])).released == ()


ELSEWHERE = Source(REPOSITORY, "b/x.yaml")


def declared_by(stack: AppliedStack, source: Source | None, *names: str) -> AppliedStack:
    """The stack, with ``source`` recorded as the file of these objects."""
    owned = tuple(
        replace(entry, source=source) if entry.name in names else entry for entry in stack.record.owned
    )
    stack.record = replace(stack.record, owned=owned)
    return stack


def why(plan: Plan) -> dict[str, tuple[str, Source | None]]:
    return {f"{kept.address.kind}/{kept.address.name}": (kept.why, kept.source) for kept in plan.kept}


def test_an_object_of_a_file_outside_the_run_is_kept_and_named():
    stack = declared_by(applied_stack(API, WEB), ELSEWHERE, "api")

    plan = stack.plan(want(WEB), covered=(Covered(REPOSITORY, "a"),))

    assert plan.changes == ()
    assert why(plan) == {"service/api": ("elsewhere", ELSEWHERE)}


def test_an_object_of_another_repository_is_kept():
    theirs = Source("github.com/clinic/other", "site.yaml")
    plan = declared_by(applied_stack(API, WEB), theirs, "api").plan(want(WEB))

    assert plan.changes == ()
    assert why(plan) == {"service/api": ("elsewhere", theirs)}


def test_an_object_without_a_recorded_file_is_kept_and_named():
    plan = declared_by(applied_stack(API, WEB), None, "api").plan(want(WEB))

    assert plan.changes == ()
    assert why(plan) == {"service/api": ("not recorded", None)}


@pytest.mark.parametrize("source", [ELSEWHERE, None, Source("github.com/clinic/other", "x.yaml")])
def test_an_object_under_removed_is_deleted_whichever_file_declared_it(source):
    stack = declared_by(applied_stack(API, WEB), source, "api")

    plan = stack.plan(want(WEB, removed=[("service", "api")]), covered=(Covered(REPOSITORY, "a"),))

    assert actions_of(plan) == ["delete service/api"]
    assert plan.kept == ()


def test_prune_deletes_objects_of_other_files_and_guards_count_them():
    stack = applied_stack(API, WEB, DATA, declare("secret", "db", "1"))
    stack.apply(stack.plan(want(API, WEB, DATA, declare("secret", "db", "2"))))
    declared_by(declared_by(stack, ELSEWHERE, "db", "data"), None, "api")
    desired, here = want(WEB), (Covered(REPOSITORY, "a"),)

    assert actions_of(stack.plan(desired, covered=here)) == []
    plan = stack.plan(desired, covered=here, prune=True)

    assert sorted(actions_of(plan)) == [
        "delete secret/db",
        "delete secret/db.v1",
        "delete service/api",
        "delete volume/data",
    ]
    assert (
        reason_of(change(plan, "volume", "data"))
        == "no longer in the manifests; last declared by github.com/clinic/deploy: b/x.yaml"
    )
    assert reason_of(change(plan, "service", "api")).endswith("the file that declared it is not recorded")
    reasons = "\n".join(in_words(guard(plan, desired, stack.state(), stack.record, adopt=False)))
    assert "3 of the 4 objects of this stack would be deleted" in reasons


@pytest.mark.parametrize("how", ["declared", "unclear", "unreadable"])
def test_an_object_that_another_file_declares_is_kept_and_named(how):
    found = {("service", "api"): Elsewhere(ELSEWHERE, how)}

    plan = applied_stack(API, WEB).plan(want(WEB), elsewhere=found)

    assert plan.changes == ()
    assert why(plan) == {"service/api": (how, ELSEWHERE)}


def test_an_object_that_another_file_declares_is_not_deleted_by_prune_or_removed():
    found = {("service", "api"): Elsewhere(ELSEWHERE, "declared")}
    stack = applied_stack(API, WEB)

    assert actions_of(stack.plan(want(WEB), elsewhere=found, prune=True)) == []
    plan = stack.plan(want(WEB, removed=[("service", "api")]), elsewhere=found)
    assert plan.changes == ()
    assert refusals_of(plan) == (
        (
            "production/service/api is named under removed.services at site.yaml:3:1 and declared in b/x.yaml: "
            "remove one of the two."
        ),
    )


def test_consent_is_enough_if_other_declarations_are_unclear():
    found = {("service", "api"): Elsewhere(ELSEWHERE, "unreadable")}

    plan = applied_stack(API, WEB).plan(want(WEB, removed=[("service", "api")]), elsewhere=found)

    assert actions_of(plan) == ["delete service/api"]


def test_old_versions_belong_to_the_file_of_the_current_version():
    stack = applied_stack(API, declare("secret", "db", "1"))
    stack.apply(stack.plan(want(API, declare("secret", "db", "2"))))
    first = min(stack.record.owned, key=lambda owned: (owned.kind != "secret", owned.live_name))
    stack.record = replace(
        stack.record,
        owned=tuple(
            replace(owned, source=ELSEWHERE) if owned == first else owned for owned in stack.record.owned
        ),
    )

    assert actions_of(stack.plan(want(API))) == ["delete secret/db", "delete secret/db.v1"]


def test_deleted_and_declared_objects_are_looked_up_in_other_manifests():
    stack = declared_by(declared_by(applied_stack(API, WEB, DATA), ELSEWHERE, "web"), None, "data")
    desired, here = want(WEB), (Covered(REPOSITORY, "site.yaml"),)

    asked = to_look_up(desired, stack.state(), stack.record, stack.options(desired, covered=here))

    assert asked.may_be_declared == {("service", "api"), ("service", "web")}
    assert asked.may_be_twice == set()


def test_unchanged_objects_are_looked_up_but_not_external_ones():
    desired = want(API, declare("secret", "theirs", {"external": True}))
    stack = applied_stack(API)

    asked = to_look_up(desired, stack.state(), stack.record, stack.options(desired))

    assert asked.may_be_declared == set()
    assert asked.may_be_twice == {("service", "api")}


def test_a_service_that_became_the_load_balancer_is_not_deleted():
    stack = applied_stack(API)
    stack.platform.all("service")[0]["image"] = "traefik:2"

    plan = stack.plan(want(removed=[("service", "api")]))

    assert plan.changes == ()
    assert refusals_of(plan) == (
        "production/service/api is the platform's load balancer. It is never deleted.",
    )


def test_only_services_can_be_the_load_balancer():
    assert actions_of(applied_stack(declare("volume", "traefik")).plan(want())) == ["delete volume/traefik"]


def consent_for(*names: Named) -> Any:
    return want(removed=names)


def test_consent_for_a_declared_object_deletes_nothing():
    stack = applied_stack(API)

    assert actions_of(stack.plan(want(API, removed=[("service", "api")]))) == []


def test_stale_consents_for_nodes_are_noted_once():
    stack = applied_stack()

    assert notes_of(stack.plan(consent_for(("node", "node_1")))) == (
        "removed.nodes: node_1 matches no node of this cluster; remove this line.",
    )


def test_deletes_go_in_the_reverse_order_of_creates():
    hook = declare("webhook", "ops", "https://hooks.example/")
    stack = applied_stack(API, DATA, hook, declare("node", "size_small", 2))
    stack.platform.all("node")[1]["id"] = "node_2"
    desired = want(
        declare("node", "size_small", 1),
        removed=[("service", "api"), ("volume", "data"), ("webhook", "ops"), ("node", "node_2")],
    )

    plan = stack.plan(desired)

    assert actions_of(plan) == [
        "delete webhook/ops",
        "delete service/api",
        "delete volume/data",
        "delete node/node_2",
    ]
    assert change(plan, "node", "node_2").consented
