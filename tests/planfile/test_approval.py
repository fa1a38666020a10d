"""Whether plan files approve plans that are made now."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.model import (
    Address,
    Lifecycle,
    Owned,
)
from reconciler.model.reason import Worded
from reconciler.planfile import (
    Inputs,
    decode,
    differing_inputs,
    encode,
    judged,
    parse,
)
from reconciler.render.unapproved import unapproved_text
from tests.changes import change_of
from tests.planfile.build import API_URL, KEY, LEGACY, META, NOW, WHOLE, api, hook, keys, password, plan_of


def in_words(judgement):
    return tuple(map(unapproved_text, judgement.unapproved))


def differences(approved, plans, key):
    return in_words(judged([approved], plans, key=key))


def approve(*plans, key=KEY):
    return decode(encode(plans, meta=META, key=key), key=key, now=NOW, api_url=API_URL, company=META.company)


def plainly(change):
    """The change without masked fields, so that the plan shows everything that it writes. A delete has no fields."""
    if change.action == "delete":
        return change
    return replace(change, fields=tuple(field for field in change.fields if not field.sensitive))


PLAIN = plan_of(plainly(api()), LEGACY)


@keys
def test_approved_changes_may_be_made_in_whole_or_in_part(key):
    whole = WHOLE if key else PLAIN
    approved = approve(whole, key=key)

    assert differences(approved, [whole], key=key) == ()
    assert differences(approved, [plan_of(whole.changes[-2])], key=key) == ()
    assert differences(approved, [plan_of()], key=key) == ()
    assert differences(approved, [], key=key) == ()
    assert differences(approved, [whole, replace(plan_of(), stack="reports")], key=key) == ()


def test_the_numbers_of_masks_may_differ_in_a_part():
    assert differences(approve(WHOLE), [plan_of(password(number=7))], key=KEY) == ()


@pytest.mark.parametrize(
    "change",
    [
        password("another"),
        password(source="env:RECONCILER_SECRET_ROOT"),
        api(lifecycle=Lifecycle(("image",))),
    ],
    ids=["another value", "another source", "another lifecycle"],
)
def test_values_that_a_plan_does_not_show_are_approved_too(change):
    (reason,) = differences(approve(WHOLE), [plan_of(change)], key=KEY)

    assert "the live object, the manifest, a value or the source of a value has changed since" in reason


@pytest.mark.parametrize("change", [password(), hook(), api()])
def test_without_a_key_no_masked_value_is_approved(change):
    (reason,) = differences(approve(WHOLE, key=None), [plan_of(change)], key=None)

    assert "set RECONCILER_PLAN_KEY for the plan and for the apply" in reason


def test_an_approval_is_used_once_and_remaining_changes_stay_approved():
    approved = approve(WHOLE)
    verdict = judged([approved], [WHOLE], key=KEY)
    first = verdict.uses[id(WHOLE.changes[0])]
    used = {("production", "clinic"): {first.mark}}

    again = judged([approved], [WHOLE], key=KEY, used=used)

    assert first.until == META.expires
    assert len({use.mark for use in verdict.uses.values()}) == 4
    (reason,) = in_words(again)
    assert reason.startswith(
        "production/secret/database-password: replace was approved once, and has been applied"
    )


def test_the_same_change_with_a_new_approval_may_be_made_again():
    then, now = approve(WHOLE), approve(replace(WHOLE, notes=(Worded("planned again"),)))
    marks = {use.mark for use in judged([then], [WHOLE], key=KEY).uses.values()}

    verdict = judged([then, now], [WHOLE], key=KEY, used={("production", "clinic"): marks})

    assert verdict.unapproved == ()


def test_a_release_is_used_once():
    released = plan_of(released=(Owned("service", "web", "web", "s3"),))
    verdict = judged([approve(released)], [released], key=KEY)
    marks = {use.mark for use in verdict.uses.values()}

    again = judged([approve(released)], [released], key=KEY, used={("production", "clinic"): marks})

    assert in_words(again) == ("production/service/web: its release is not approved",)


def test_several_approvals_together_approve_all_their_changes():
    both = [approve(plan_of(api())), approve(plan_of(LEGACY), replace(WHOLE, stack="reports"))]

    assert judged(both, [plan_of(api(), LEGACY), replace(WHOLE, stack="reports")], key=KEY).unapproved == ()
    assert len(judged(both, [plan_of(api(), LEGACY, hook())], key=KEY).unapproved) == 1


def test_an_approval_is_not_valid_for_another_cluster_with_the_same_label():
    other = replace(plan_of(LEGACY), cluster_id="cluster_zzz")
    both = [approve(plan_of(api())), approve(other)]

    assert judged(both, [plan_of(api())], key=KEY).unapproved == ()
    assert judged(both, [plan_of(LEGACY)], key=KEY).unapproved != ()
    assert judged(both, [other], key=KEY).unapproved == ()


def test_inputs_that_change_a_plan_are_part_of_its_approval():
    inputs = Inputs("github.com/acme/clinic", ("API_TAG",), True, False, ("production/service/api",))
    approved = parse(encode([WHOLE], meta=META, key=KEY, inputs=inputs))

    assert approved.inputs == inputs
    assert differing_inputs(approved, inputs) == ()
    others: dict[str, Any] = {"source": "", "variables": (), "adopt": False, "prune": True, "targets": ()}
    for name, value in others.items():
        (reason,) = map(unapproved_text, differing_inputs(approved, inputs._replace(**{name: value})))
        assert reason.startswith(f"it was approved with {name} ")


@keys
@pytest.mark.parametrize(
    "change, reason",
    [
        (replace(api(), address=Address("production", "service", "web")), "update was not approved"),
        (api(action="replace"), "replace was not approved, update was"),
        (change_of(LEGACY.address, "adopt", live=LEGACY.live), "adopt was not approved, delete was"),
        (api(image="api:3"), "update differs from the approval in image"),
        (api(before="api:0"), "update differs from the approval in image"),
        (
            replace(api(), fields=api().fields[:1]),
            "update differs from the approval in environment_variables.TOKEN",
        ),
        (
            api(live_id="s2"),
            "the live object, the manifest, a value or the source of a value has changed since",
        ),
        (
            replace(LEGACY, consented=True),
            "the live object, the manifest, a value or the source of a value has changed since",
        ),
    ],
)
def test_other_changes_are_not_approved(change, reason, key):
    plan = WHOLE if key else PLAIN
    change = change if key else plainly(change)
    if "TOKEN" in reason and not key:
        return
    (said,) = differences(approve(plan, key=key), [plan_of(change)], key=key)

    assert said.startswith(f"{change.address}: ")
    assert reason in said


@pytest.mark.parametrize("change", [api(token="another"), hook("https://hooks.example.com/else")])
def test_with_a_key_masked_values_are_approved_too(change):
    assert len(differences(approve(WHOLE), [plan_of(change)], key=KEY)) == 1


def test_an_approval_of_one_change_does_not_approve_it_twice():
    assert len(differences(approve(WHOLE), [plan_of(api(), api())], key=KEY)) == 1


def test_an_unchecked_rotation_is_not_approved():
    approved = approve(plan_of(password(), unchecked=(password().address,)))

    (said,) = differences(approved, [plan_of(password())], key=KEY)

    assert "its value was not available when the plan was made" in said


@pytest.mark.parametrize("action", ["create", "adopt"])
def test_a_secret_without_an_available_value_is_not_approved(action):
    unread = password("", action=action)
    approved = approve(plan_of(unread, unchecked=(unread.address,)))

    (said,) = differences(approved, [plan_of(password(action=action))], key=KEY)

    assert "its value was not available when the plan was made" in said


def test_another_stack_another_cluster_or_another_release_is_not_approved():
    other_stack = replace(WHOLE, stack="reports")
    other_cluster = plan_of(api())
    other_cluster = replace(other_cluster, cluster_id="cluster_zzz")
    released = plan_of(released=(Owned("service", "web", "web", "s3"),))

    assert differences(approve(WHOLE), [other_stack], key=KEY) == tuple(
        f"{change.address}: {change.action} was not approved" for change in WHOLE.changes
    )
    assert "it is now cluster cluster_zzz" in differences(approve(WHOLE), [other_cluster], key=KEY)[0]
    assert differences(approve(WHOLE), [released], key=KEY) == (
        "production/service/web: its release is not approved",
    )
    assert differences(approve(released), [released], key=KEY) == ()


@given(st.sets(st.integers(0, 3)), st.sets(st.integers(0, 3)))
def test_exactly_the_subsets_of_a_plan_are_approved(then, now):
    changes = password(), hook(), api(), LEGACY
    approved = approve(plan_of(*(changes[number] for number in sorted(then))))
    reasons = differences(approved, [plan_of(*(changes[number] for number in sorted(now)))], key=KEY)

    assert len(reasons) == len(now - then)
