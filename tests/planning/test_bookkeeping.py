"""Changes of the record alone, and takeovers of objects of another repository, which need consent."""

from msgspec.structs import replace

from reconciler.guard import guard
from reconciler.model import Covered, Manifest, Plan, Source
from reconciler.render.reasons import reason_of
from tests.planning.build import REPOSITORY, SOURCE, actions_of, change, declare, paths, want
from tests.planning.platform import AppliedStack, applied_stack
from tests.words import in_words

MOVED = Source(REPOSITORY, "b/site.yaml")
FOREIGN = Source("github.com/clinic/former", "site.yaml")
API = declare("service", "api", {"image": "a", "command": "serve"})
KEY = declare("secret", "key", "1")


def books(plan: Plan) -> list[tuple[str, str, str, str]]:
    return [(entry.address.name, entry.what, entry.before, entry.after) for entry in plan.record_only]


def refusals(stack: AppliedStack, *manifests: Manifest, adopt: bool = False) -> tuple[str, ...]:
    desired = want(*manifests)
    return in_words(guard(stack.plan(desired), desired, stack.state(), stack.record, adopt=adopt))


# Within a repository.


def test_a_new_declaring_file_is_recorded_and_nothing_is_written():
    stack = applied_stack(API)
    desired = want(replace(API, source=MOVED))

    plan = stack.plan(desired)

    assert actions_of(plan) == []
    assert books(plan) == [("api", "file", "site.yaml", "b/site.yaml")]
    stack.apply(plan)
    assert [owned.source for owned in stack.record.owned] == [MOVED]
    assert books(stack.plan(desired)) == []


def test_a_replaced_version_is_recorded_for_the_new_file_too():
    stack = applied_stack(KEY)
    desired = want(replace(declare("secret", "key", "2"), source=MOVED))

    stack.apply(stack.plan(desired))

    assert [
        (owned.live_name, owned.source)
        for owned in sorted(stack.record.owned, key=lambda owned: owned.live_name)
    ] == [
        ("key.v1", MOVED),
        ("key.v2", MOVED),
    ]
    assert (actions_of(stack.plan(desired)), books(stack.plan(desired))) == ([], [])


def test_a_first_declaring_file_is_recorded_without_consent():
    stack = applied_stack(replace(API, source=None))

    assert refusals(stack, API) == ()
    assert books(stack.plan(want(API))) == [("api", "file", "", "site.yaml")]


def test_a_file_without_a_source_does_not_replace_the_recorded_one():
    stack = applied_stack(API)

    assert books(stack.plan(want(replace(API, source=None)))) == []


def test_a_change_of_wait_is_recorded():
    stack = applied_stack(API)
    hurried = declare("service", "api", {"image": "a", "command": "serve"}, wait=False)

    plan = stack.plan(want(hurried))

    assert (actions_of(plan), books(plan)) == ([], [("api", "wait", "true", "false")])
    stack.apply(plan)
    assert [owned.wait for owned in stack.record.owned] == [False]


def test_a_field_that_is_no_longer_declared_is_reported_once_with_its_live_value():
    stack = applied_stack(API)
    desired = want(declare("service", "api", {"image": "a"}))

    plan = stack.plan(desired)

    assert actions_of(plan) == []
    (entry,) = plan.record_only
    assert (entry.what, entry.before) == ("fields", "command")
    assert [(field.path, field.before) for field in entry.fields] == [("command", "serve")]
    stack.apply(plan)
    assert stack.plan(desired).record_only == ()
    assert stack.platform.all("service")[0]["command"] == "serve"


# Objects that are gone.


def test_an_undeclared_object_that_does_not_exist_is_forgotten():
    stack = applied_stack(API)
    stack.platform.all("service").clear()

    assert books(stack.plan(want())) == [("api", "gone", "", "")]


def test_a_run_of_targets_forgets_nothing():
    stack = applied_stack(API, KEY)
    stack.platform.all("service").clear()

    assert books(stack.plan(want(KEY), targets=frozenset({("secret", "key")}))) == []


def test_an_object_of_a_file_outside_the_run_is_not_forgotten():
    stack = applied_stack(API)
    stack.platform.all("service").clear()

    assert books(stack.plan(want(), covered=(Covered(REPOSITORY, "b"),))) == []


def test_an_object_declared_with_errors_is_not_forgotten():
    stack = applied_stack(API)
    stack.platform.all("service").clear()
    desired = replace(want(), invalid=frozenset({("service", "api")}))

    assert books(stack.plan(desired)) == []


def test_an_object_whose_list_could_not_be_read_is_not_forgotten():
    stack = applied_stack(declare("webhook", "alerts", "https://hooks.example.com/1"))
    live = replace(stack.state(), missing={"webhooks": 403})
    objects = {kind: lives for kind, lives in live.objects.items() if kind != "webhook"}
    stack.state = lambda: replace(live, objects=objects)  # type: ignore[method-assign]  # a list that is refused

    assert books(stack.plan(want())) == []


# From another repository.


def test_an_object_of_another_repository_is_refused_without_consent():
    stack = applied_stack(replace(API, source=FOREIGN))

    (reason,) = refusals(stack, API)

    assert "production/service/api" in reason
    assert "--adopt" in reason
    assert refusals(stack, API, adopt=True) == ()


def test_an_object_that_is_as_declared_is_taken_over_without_a_write():
    stack = applied_stack(replace(API, source=FOREIGN))

    taken_over = change(stack.plan(want(API)), "service", "api")

    assert (taken_over.action, taken_over.fields, taken_over.taken_from) == ("adopt", (), FOREIGN)
    assert reason_of(taken_over) == f"last declared by {FOREIGN}"


def test_an_update_of_an_object_of_another_repository_becomes_an_adopt():
    stack = applied_stack(replace(API, source=FOREIGN))

    taken_over = change(stack.plan(want(declare("service", "api", {"image": "b"}))), "service", "api")

    assert (taken_over.action, taken_over.taken_from) == ("adopt", FOREIGN)
    assert list(paths(taken_over)) == ["image"]


def test_an_object_that_was_taken_over_is_recorded_for_the_new_file():
    stack = applied_stack(replace(API, source=FOREIGN))
    stack.apply(stack.plan(want(API)))

    assert [owned.source for owned in stack.record.owned] == [SOURCE]
    assert (actions_of(stack.plan(want(API))), refusals(stack, API)) == ([], ())


def test_the_versions_of_a_secret_are_taken_over_with_it():
    stack = applied_stack(replace(KEY, source=FOREIGN))
    stack.apply(stack.plan(want(declare("secret", "key", "2", source=FOREIGN))))
    stack.apply(stack.plan(want(declare("secret", "key", "2"))))

    assert {owned.source for owned in stack.record.owned if not owned.retired} == {SOURCE}
    assert FOREIGN not in {owned.source for owned in stack.record.owned}


def test_old_versions_of_a_secret_whose_value_changes_too_are_taken_over_with_it():
    stack = applied_stack(replace(KEY, source=FOREIGN))
    stack.apply(stack.plan(want(declare("secret", "key", "2", source=FOREIGN))))

    stack.apply(stack.plan(want(declare("secret", "key", "3"))))

    assert {owned.source for owned in stack.record.owned} == {SOURCE}
