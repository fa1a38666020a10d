import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reconciler.document import plan_document
from reconciler.errors import Refused, UsageError
from reconciler.model import (
    Address,
    FieldChange,
    Lifecycle,
    Live,
    Location,
    Manifest,
    Owned,
    Plan,
    Sensitive,
)
from reconciler.planfile import (
    Inputs,
    PlanMeta,
    checked_key,
    decode,
    differing_inputs,
    encode,
    fingerprint,
    judged,
    parse,
)
from reconciler.render import FORMATS
from reconciler.resources import SCHEMAS
from tests.changes import change_of
from tests.render.hostile import diagnostics
from tests.render.hostile import plans as hostile_plans

KEY = b"a plan key of this project that is long enough"
API_URL = "https://api.example.com/v1"
NOW = "2026-11-24T12:00:00Z"
META = PlanMeta(
    company="company_d4e5f6",
    api_url=API_URL,
    tool_version="0.1.0",
    commit="9f2c1d0",
    created="2026-11-24T10:00:00Z",
    expires="2026-11-25T10:00:00Z",
)
PASSWORD, TOKEN, URL = "swordfish-7", "token-31337", "https://hooks.example.com/T0/hunter2"
keys = pytest.mark.parametrize("key", [None, KEY], ids=["unsigned", "signed"])


def declared(kind, name, spec, lifecycle=None):
    address = Address("production", kind, name)
    place = Location("clinic.yaml", 3)
    return Manifest(address, spec, place, lambda _: place, (), lifecycle or Lifecycle())


def api(image="api:2", before="api:1", live_id="s1", token=TOKEN, lifecycle=None, action="update"):
    fields = (
        FieldChange("image", before, image),
        FieldChange(
            "environment_variables", "(sensitive #1)", "(sensitive #2)", sensitive=True, keys=("TOKEN",)
        ),
    )
    spec = {"image": image, "hosts": ["api.example.com"], "environment_variables": {"TOKEN": token}}
    live = {"image": before, "environment_variables": {"TOKEN": "former"}, "replicas": 2}
    return change_of(
        Address("production", "service", "api"),
        action,
        fields,
        desired=declared("service", "api", spec, lifecycle),
        live=Live("service", "api", live_id, live, {}),
    )


def password(value=PASSWORD, number=1, source="env:RECONCILER_SECRET_DB", action="replace"):
    masks = f"(sensitive #{number})", f"(sensitive #{number + 1})"
    return change_of(
        Address("production", "secret", "database-password"),
        action,
        (FieldChange("data", *masks, sensitive=True),),
        desired=declared(
            "secret", "database-password", {"data": Sensitive(value) if value else None, "source": source}
        ),
        live=Live("secret", "database-password.v1", "x1", {}, {}),
        live_name="database-password.v2",
    )


def hook(url=URL):
    return change_of(
        Address("production", "webhook", "deploys"),
        "create",
        (FieldChange("url", None, "hooks.example.com (sensitive #4)", sensitive=True),),
        desired=declared("webhook", "deploys", {"url": Sensitive(url)}),
    )


LEGACY = change_of(
    Address("production", "service", "legacy"), "delete", live=Live("service", "legacy", "s9", {}, {})
)


def plan_of(*changes, **more):
    return Plan("production", "cluster_a1b2c3", "company_d4e5f6", "clinic", changes, **more)


def differences(approved, plans, key):
    return judged([approved], plans, key=key).reasons


def approve(*plans, key=KEY):
    return decode(encode(plans, meta=META, key=key), key=key, now=NOW, api_url=API_URL, company=META.company)


WHOLE = plan_of(password(), hook(), api(), LEGACY)


def plainly(change):
    """The change without its masked fields: all of what it writes can be read in the plan. A delete has no fields."""
    if change.action == "delete":
        return change
    return replace(change, fields=tuple(one for one in change.fields if not one.sensitive))


PLAIN = plan_of(plainly(api()), LEGACY)


@keys
def test_what_was_approved_may_be_done_whole_or_in_part(key):
    whole = WHOLE if key else PLAIN
    approved = approve(whole, key=key)

    assert differences(approved, [whole], key=key) == ()
    assert differences(approved, [plan_of(whole.changes[-2])], key=key) == ()
    assert differences(approved, [plan_of()], key=key) == ()
    assert differences(approved, [], key=key) == ()
    assert differences(approved, [whole, replace(plan_of(), stack="reports")], key=key) == ()


def test_the_numbers_of_masks_may_shift_in_a_part():
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
def test_what_a_plan_does_not_show_is_approved_too(change):
    (reason,) = differences(approve(WHOLE), [plan_of(change)], key=KEY)

    assert "the live object, the manifest or a value has changed since" in reason


@pytest.mark.parametrize("change", [password(), hook(), api()])
def test_without_a_key_no_masked_value_is_approved(change):
    (reason,) = differences(approve(WHOLE, key=None), [plan_of(change)], key=None)

    assert "set RECONCILER_PLAN_KEY for the plan and for the apply" in reason


def test_the_digest_of_a_value_is_keyed():
    one, other = (fingerprint(password(value), key=KEY) for value in ("one", "other"))
    under_another_key = fingerprint(password("one"), key=KEY[::-1])

    assert len({one, other, under_another_key}) == 3
    assert fingerprint(password("one"), key=None) == fingerprint(password("other"), key=None)


def test_an_approval_is_used_once_and_what_was_not_done_stays_approved():
    approved = approve(WHOLE)
    verdict = judged([approved], [WHOLE], key=KEY)
    first = verdict.uses[id(WHOLE.changes[0])]
    used = {("production", "clinic"): {first.mark}}

    again = judged([approved], [WHOLE], key=KEY, used=used)

    assert first.until == META.expires
    assert len({one.mark for one in verdict.uses.values()}) == 4
    (reason,) = again.reasons
    assert reason.startswith(
        "production/secret/database-password: replace was approved once, and has been applied"
    )


def test_the_same_change_approved_anew_may_be_done_again():
    then, now = approve(WHOLE), approve(replace(WHOLE, notes=("planned again",)))
    marks = {one.mark for one in judged([then], [WHOLE], key=KEY).uses.values()}

    verdict = judged([then, now], [WHOLE], key=KEY, used={("production", "clinic"): marks})

    assert verdict.reasons == ()


def test_a_release_is_used_once():
    released = plan_of(released=(Owned("service", "web", "web", "s3"),))
    verdict = judged([approve(released)], [released], key=KEY)
    marks = {one.mark for one in verdict.uses.values()}

    again = judged([approve(released)], [released], key=KEY, used={("production", "clinic"): marks})

    assert again.reasons == ("production/service/web: its release is not approved",)


def test_several_approve_together_what_each_of_them_does():
    both = [approve(plan_of(api())), approve(plan_of(LEGACY), replace(WHOLE, stack="reports"))]

    assert judged(both, [plan_of(api(), LEGACY), replace(WHOLE, stack="reports")], key=KEY).reasons == ()
    assert len(judged(both, [plan_of(api(), LEGACY, hook())], key=KEY).reasons) == 1


def test_what_was_approved_for_a_cluster_is_not_for_another_of_the_same_name():
    other = replace(plan_of(LEGACY), cluster_id="cluster_zzz")
    both = [approve(plan_of(api())), approve(other)]

    assert judged(both, [plan_of(api())], key=KEY).reasons == ()
    assert judged(both, [plan_of(LEGACY)], key=KEY).reasons != ()
    assert judged(both, [other], key=KEY).reasons == ()


def test_the_inputs_that_change_what_a_plan_means_are_part_of_it():
    inputs = Inputs("github.com/acme/clinic", ("API_TAG",), True, False, ("production/service/api",))
    approved = parse(encode([WHOLE], meta=META, key=KEY, inputs=inputs))

    assert approved.inputs == inputs
    assert differing_inputs(approved, inputs) == ()
    others: dict[str, Any] = {"source": "", "variables": (), "adopt": False, "prune": True, "targets": ()}
    for name, value in others.items():
        (reason,) = differing_inputs(approved, inputs._replace(**{name: value}))
        assert reason.startswith(f"it was approved with {name} ")


@pytest.mark.parametrize(
    "text, fault",
    [
        ("a" * 64, "fewer than 12 different"),
        ("0123456789" * 4, "fewer than 12 different"),
        ("0123456789abcdefghijklmnopqrstu", "shorter than 32"),
    ],
)
def test_a_key_that_could_be_guessed_is_an_error(text, fault):
    with pytest.raises(UsageError, match=fault):
        checked_key(text)


def test_a_key_may_be_missing():
    assert checked_key(None) is checked_key("") is None
    assert checked_key("0123456789abcdef" * 2) == b"0123456789abcdef" * 2


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
        (api(live_id="s2"), "the live object, the manifest or a value has changed since"),
        (replace(LEGACY, consented=True), "the live object, the manifest or a value has changed since"),
    ],
)
def test_anything_else_is_not_approved(change, reason, key):
    plan = WHOLE if key else PLAIN
    change = change if key else plainly(change)
    if "TOKEN" in reason and not key:
        return
    (said,) = differences(approve(plan, key=key), [plan_of(change)], key=key)

    assert said.startswith(f"{change.address}: ")
    assert reason in said


@pytest.mark.parametrize("change", [api(token="another"), hook("https://hooks.example.com/else")])
def test_under_a_key_even_masked_values_are_those_that_were_approved(change):
    assert len(differences(approve(WHOLE), [plan_of(change)], key=KEY)) == 1


def test_the_same_change_twice_was_not_approved_once():
    assert len(differences(approve(WHOLE), [plan_of(api(), api())], key=KEY)) == 1


def test_a_rotation_that_the_plan_could_not_check_is_not_approved():
    approved = approve(plan_of(password(), unchecked=(password().address,)))

    (said,) = differences(approved, [plan_of(password())], key=KEY)

    assert "its value was not at hand when the plan was made" in said


@pytest.mark.parametrize("action", ["create", "adopt"])
def test_a_secret_whose_value_was_not_at_hand_is_not_approved(action):
    unread = password("", action=action)
    approved = approve(plan_of(unread, unchecked=(unread.address,)))

    (said,) = differences(approved, [plan_of(password(action=action))], key=KEY)

    assert "its value was not at hand when the plan was made" in said


def test_another_stack_another_cluster_or_another_release_is_not_approved():
    other_stack = replace(WHOLE, stack="reports")
    other_cluster = plan_of(api())
    other_cluster = replace(other_cluster, cluster_id="cluster_zzz")
    released = plan_of(released=(Owned("service", "web", "web", "s3"),))

    assert differences(approve(WHOLE), [other_stack], key=KEY) == tuple(
        f"{one.address}: {one.action} was not approved" for one in WHOLE.changes
    )
    assert "it is now cluster cluster_zzz" in differences(approve(WHOLE), [other_cluster], key=KEY)[0]
    assert differences(approve(WHOLE), [released], key=KEY) == (
        "production/service/web: its release is not approved",
    )
    assert differences(approve(released), [released], key=KEY) == ()


@given(st.sets(st.integers(0, 3)), st.sets(st.integers(0, 3)))
def test_exactly_the_subsets_are_approved(then, now):
    changes = password(), hook(), api(), LEGACY
    approved = approve(plan_of(*(changes[one] for one in sorted(then))))
    reasons = differences(approved, [plan_of(*(changes[one] for one in sorted(now)))], key=KEY)

    assert len(reasons) == len(now - then)


@keys
def test_no_secret_is_in_it_nor_in_any_format(key):
    changes = [
        *WHOLE.changes,
        change_of(
            Address("production", "service", "web"),
            "update",
            (
                FieldChange("args", Sensitive(PASSWORD), {"a": [Sensitive(TOKEN)]}),
                FieldChange("url", URL, URL, True),
            ),
        ),
    ]
    text = encode([plan_of(*changes)], meta=META, key=key)
    shown = [show([plan_of(*changes)], meta=META) for show in FORMATS.values()]

    for output in (text, *shown):
        assert not any(secret in output for secret in (PASSWORD, TOKEN, "hunter2"))


def test_without_a_key_no_digest_is_of_a_masked_value():
    assert fingerprint(api(token="one"), key=None) == fingerprint(api(token="another"), key=None)
    assert fingerprint(hook("https://a/1"), key=None) == fingerprint(hook("https://a/2"), key=None)


SMALL = encode([plan_of(api())], meta=META, key=KEY)


@settings(max_examples=300)
@given(st.integers(0, len(SMALL) - 1), st.integers(1, 127))
def test_a_file_with_any_byte_changed_is_refused(index, flip):
    forged = f"{SMALL[:index]}{chr(ord(SMALL[index]) ^ flip)}{SMALL[index + 1 :]}"

    with pytest.raises(Refused):
        decode(forged, key=KEY, now=NOW, api_url=API_URL)


@given(st.integers(0, len(SMALL) - 1))
def test_a_file_cut_short_is_refused(length):
    with pytest.raises(Refused):
        parse(SMALL[:length])


def test_a_plan_too_large_to_be_read_back_is_not_written(monkeypatch):
    monkeypatch.setattr("reconciler.planfile.file.LIMIT", len(SMALL) - 1)

    with pytest.raises(UsageError, match="The plan file would have"):
        encode([plan_of(api())], meta=META, key=KEY)


WRITTEN = json.loads(
    encode(
        [replace(WHOLE, stack="a", changes=WHOLE.changes[:1]), replace(WHOLE, stack="b")], meta=META, key=None
    )
)


def edited(**more):
    return json.dumps({**WRITTEN, **more}, indent=2) + "\n"


@pytest.mark.parametrize(
    "text, reason",
    [
        ("", "cut short or not JSON"),
        ("[" * 200_000, "nested too deep"),
        ("[1e999]", "a number that JSON does not know"),
        ("[]", "has no format_version"),
        (edited(format_version=2), "has format 2; this version of reconciler reads format 1"),
        (edited(format_version="\x1b"), 'has format "\\u001b"'),
        (edited(changes={}), 'changes: the value is not of type "array"'),
        (edited(stacks=[]), "changes: belongs to a stack that is not listed under stacks"),
        (edited(stacks=WRITTEN["stacks"][:1] * 2), "stacks: a stack is listed twice"),
        (edited(changes=WRITTEN["changes"][::-1]), "changes: not in the order of the stacks"),
        (
            edited(changes=[{**WRITTEN["changes"][0], "action": "explode"}]),
            "changes.0.action: the value is",
        ),
        (
            edited(changes=[{**WRITTEN["changes"][0], "restarts": [1]}]),
            'changes.0.restarts.0: the value is not of type "string"',
        ),
        (edited(changes=[{**WRITTEN["changes"][0], "secret": 1}]), "Additional properties are not allowed"),
        (json.dumps(plan_document([WHOLE]), indent=2) + "\n", "a plan printed as JSON, not a plan file"),
        (edited().replace("\n", "\r\n"), "edited, converted or reformatted"),
        (edited().replace('"format_version": 1', '"format_version": 1, "format_version": 1'), "edited"),
        (edited() + " " * 50_000_000, "at most 50,000,000 are read"),
    ],
    ids=lambda value: value[:20] if "is" in value else "",
)
def test_what_is_not_a_plan_file_is_refused_with_the_reason(text, reason):
    with pytest.raises(Refused) as refused:
        decode(text, key=None, now=NOW, api_url=API_URL)

    assert reason in str(refused.value)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    "given_key, text_key, more, reason",
    [
        (KEY, None, {}, "RECONCILER_PLAN_KEY is set, and the plan file is not signed"),
        (None, KEY, {}, "is signed, and RECONCILER_PLAN_KEY is not set"),
        (KEY, KEY[::-1], {}, "signature does not match"),
        (KEY, KEY, {"now": "2026-11-25T10:00:00Z"}, "expired at 2026-11-25T10:00:00Z"),
        (KEY, KEY, {"now": "2026-11-24T09:54:59Z"}, "the clock of one of the two machines is wrong"),
        (KEY, KEY, {"now": "tomorrow"}, "dates are not of the form"),
        (KEY, KEY, {"api_url": "https://api.medstack.co/v1"}, "not for https://api.medstack.co/v1"),
        (KEY, KEY, {"company": "company_other"}, "the credentials are for company_other"),
    ],
)
def test_what_does_not_approve_here_and_now_is_refused(given_key, text_key, more, reason):
    text = encode([WHOLE], meta=META, key=text_key)

    with pytest.raises(Refused, match=reason):
        decode(text, **{"key": given_key, "now": NOW, "api_url": API_URL, **more})


def test_a_slash_at_the_end_of_the_api_url_makes_no_other_api():
    assert decode(SMALL, key=KEY, now=NOW, api_url=f"{API_URL}/").signed


def test_a_plan_made_by_a_clock_that_is_ahead_is_refused_however_long_it_lasts():
    ahead = META._replace(created="2027-12-29T12:00:00Z", expires="2028-01-05T12:00:00Z")

    with pytest.raises(Refused, match="made at 2027-12-29T12:00:00Z, and it is 2026-11-24T12:00:00Z now"):
        decode(encode([WHOLE], meta=ahead, key=KEY), key=KEY, now=NOW, api_url=API_URL)


def test_no_plan_is_valid_for_longer_than_a_week():
    longer = META._replace(expires="2027-11-24T10:00:00Z")

    with pytest.raises(Refused, match="none is for more than 7 days"):
        decode(encode([WHOLE], meta=longer, key=KEY), key=KEY, now=NOW, api_url=API_URL)


def test_a_clock_that_is_a_little_ahead_does_no_harm():
    assert decode(SMALL, key=KEY, now="2026-11-24T09:55:00Z", api_url=API_URL).signed


@keys
@given(plans=hostile_plans, warnings=diagnostics)
def test_what_is_read_is_what_was_written(plans, warnings, key):
    text = encode(plans, meta=META, key=key, diagnostics=warnings)
    approved = decode(text, key=key, now=NOW, api_url=API_URL)

    assert approved.meta == META
    assert plan_document(approved.plans, diagnostics=approved.diagnostics) == plan_document(
        plans, diagnostics=warnings
    )
    assert encode(approved.plans, meta=META, key=key, diagnostics=approved.diagnostics) == text
    Draft202012Validator(json.loads((SCHEMAS / "plan.schema.json").read_text())).validate(json.loads(text))
