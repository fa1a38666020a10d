"""Objects whose answer is not of the documented form are not changed, and nothing is deleted meanwhile."""

from msgspec.structs import replace

from reconciler.model import Desired, Plan
from reconciler.planning import make_plan
from tests.planning.build import actions_of, declare, empty, want
from tests.planning.platform import AppliedStack, FakePlatform
from tests.words import notes_of

API = declare("service", "api", {"image": "nginx:1"})
WEB = declare("service", "web", {"image": "nginx:1"})


def applied(*manifests) -> AppliedStack:
    stack = AppliedStack(FakePlatform(), empty(), {})
    stack.apply(stack.plan(want(*manifests)))
    return stack


def planned(stack: AppliedStack, desired: Desired, *unread: tuple[str, str]) -> Plan:
    """A plan for which the API's answers for these live objects are not of the documented form."""
    live = stack.state()
    objects = {
        kind: tuple(
            replace(planned_change, misfits=("replicas is 'many'",))
            if (kind, planned_change.name) in unread
            else planned_change
            for planned_change in lives
        )
        for kind, lives in live.objects.items()
    }
    return make_plan(desired, replace(live, objects=objects), stack.record, stack.options(desired))


def test_an_unreadable_object_is_not_changed_and_others_are():
    stack = applied(API, WEB)
    desired = want(
        declare("service", "api", {"image": "nginx:2"}), declare("service", "web", {"image": "nginx:2"})
    )

    plan = planned(stack, desired, ("service", "api"))

    assert actions_of(plan) == ["update service/web"]
    assert [str(address) for address in plan.unread] == ["production/service/api"]
    assert notes_of(plan) == (
        "production/service/api is not changed: in the API's answer, replicas is 'many'.",
        "Not changed for that reason: production/service/api.",
    )


def test_changes_that_need_an_unreadable_object_are_not_made():
    secret = declare("secret", "key", "one")
    mounts = {"image": "nginx:1", "secrets": ["key"]}
    stack = applied(secret, declare("service", "api", mounts))
    desired = want(
        declare("secret", "key", "two"),
        declare("service", "api", mounts),
        declare("service", "web", {"image": "nginx:1"}, depends_on=["api"]),
    )

    plan = planned(stack, desired, ("secret", "key.v1"))

    assert actions_of(plan) == []
    assert notes_of(plan)[-1] == (
        "Not changed for that reason: production/secret/key, production/service/api, production/service/web."
    )


def test_nothing_is_deleted_while_an_object_is_unreadable():
    stack = applied(API, WEB, declare("config", "conf", "a"))

    plan = planned(stack, want(API, WEB), ("service", "web"))

    assert actions_of(plan) == []
    assert [str(address) for address in plan.unread] == ["production/service/web"]
    assert notes_of(plan)[-1] == "Not changed for that reason: production/config/conf."


def test_services_that_mount_an_unreadable_object_are_not_written():
    stack = applied(declare("volume", "data"))
    desired = want(
        declare("volume", "data"), declare("service", "api", {"image": "nginx:1", "mounts": ["data:/srv"]})
    )
    assert actions_of(planned(stack, desired, ("volume", "data"))) == []


def test_an_unreadable_unmanaged_object_counts_only_if_it_holds_changes():
    stack = applied(API, WEB)
    stack.platform.create("service", {"name": "else", "image": "x"})

    quiet = planned(stack, want(API, WEB), ("service", "else"))
    assert (actions_of(quiet), quiet.unread) == ([], ())

    holds_up = planned(stack, want(API), ("service", "else"))
    assert actions_of(holds_up) == []
    assert [str(address) for address in holds_up.unread] == ["production/service/else"]


def test_without_unreadable_objects_nothing_is_reported():
    plan = planned(applied(API), want(API))
    assert (plan.unread, notes_of(plan)) == ((), ())
