"""Field changes as a reviewer sees them: masked if necessary, and drift is marked."""

from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.model import Manifest, Part
from tests.planning.build import declare, empty, paths, want
from tests.planning.platform import AppliedStack, FakePlatform


def api(**fields: Any) -> Manifest:
    return declare("service", "api", {"image": "a:1", **fields})


def env(**variables: str) -> dict[str, Any]:
    return {"environment_variables": variables}


def stack_with_service(**fields: Any) -> AppliedStack:
    stack = AppliedStack(FakePlatform(), empty())
    stack.apply(stack.plan(want(api(**fields))))
    return stack


def drifted(stack: AppliedStack, **fields: Any) -> dict[str, bool]:
    (change,) = stack.plan(want(api(**fields))).changes
    return {field.path: field.drift for field in change.fields}


def test_a_changed_credential_is_masked_and_shown_as_changed():
    stack = stack_with_service(**env(DB_PASSWORD="hunter1", LOG="info"))

    (change,) = stack.plan(
        want(api(**env(DB_PASSWORD="hunter2", LOG="debug", OTHER_TOKEN="hunter2")))
    ).changes

    assert paths(change) == {
        "environment_variables.DB_PASSWORD": ("(sensitive #1)", "(sensitive #2)"),
        "environment_variables.LOG": ("info", "debug"),
        "environment_variables.OTHER_TOKEN": (None, "(sensitive #3)"),
    }
    assert [field.sensitive for field in change.fields] == [True, False, True]


def test_masks_never_show_that_two_values_are_equal():
    stack = stack_with_service(**env(A_TOKEN="guess me"))
    guesses = {f"GUESS_{number}_TOKEN": text for number, text in enumerate(("guess you", "guess me"))}

    (change,) = stack.plan(want(api(**env(A_TOKEN="other", **guesses)))).changes

    shown = [mask for pair in paths(change).values() for mask in pair if mask is not None]
    assert shown == [f"(sensitive #{number})" for number in (1, 2, 3, 4)]


def test_a_credential_in_any_field_is_masked_in_its_place():
    stack = stack_with_service(
        args="--requirepass hunter1", command="run", **env(DB="postgres://u:hunter1@db", ON_AUTH="true")
    )
    wanted = api(args="--requirepass hunter2", command="run -Dx.password=hunter2", healthcheck_path="/?token=hunter2",
                 **env(DB="postgres://u:hunter2@db", ON_AUTH="false", J='{"password": "hunter2"}'))  # fmt: skip

    (change,) = stack.plan(want(wanted)).changes

    assert "hunter" not in repr(change.fields)
    assert paths(change)["args"] == ("--requirepass (sensitive #1)", "--requirepass (sensitive #2)")
    assert paths(change)["environment_variables.DB"][1].startswith("postgres://u:(sensitive #")
    assert paths(change)["environment_variables.J"][1].startswith('{"password": "(sensitive #')
    assert paths(change)["environment_variables.ON_AUTH"] == ("true", "false")


def test_values_of_sensitive_or_masked_variables_are_masked():
    stack = stack_with_service(args="serve old 1")
    parts = (Part("serve "), Part("new", "WORD"), Part(" 1"))
    wanted = replace(api(args="serve new 1"), landed={("args", ""): (parts,)})

    (plain,) = stack.plan(want(wanted)).changes
    (masked,) = stack.plan(want(wanted), mask=("WO*",)).changes

    assert paths(plain) == {"args": ("serve old 1", "serve new 1")}
    assert paths(masked) == {"args": ("serve (sensitive #1) 1", "serve (sensitive #2) 1")}


@pytest.mark.parametrize("pattern", ["args", "a*", "environment_variables.X"])
def test_a_run_can_mask_fields(pattern):
    stack = stack_with_service(args="one", **env(X="one"))

    (change,) = stack.plan(want(api(args="two", **env(X="two"))), mask=(pattern,)).changes

    masked = [path for path, (_, after) in paths(change).items() if "sensitive" in after]
    assert masked == (["environment_variables.X"] if "X" in pattern else ["args"])


def test_a_variable_is_masked_if_either_value_is_a_credential():
    stack = stack_with_service(**env(URL="http://x"))

    (change,) = stack.plan(want(api(**env(URL="amqp://me:pw@x")))).changes
    assert paths(change)["environment_variables.URL"] == ("(sensitive #1)", "(sensitive #2)")

    stack.apply(stack.plan(want(api(**env(URL="amqp://me:pw@x")))))
    (change,) = stack.plan(want(api(**env(URL="http://x")))).changes
    assert paths(change)["environment_variables.URL"] == ("(sensitive #1)", "(sensitive #2)")


def test_a_created_field_has_no_value_before():
    plan = AppliedStack(FakePlatform(), empty()).plan(
        want(api(update_order="start-first", update_delay=0, command=""))
    )

    (change,) = plan.changes
    assert paths(change) == {"image": (None, "a:1"), "update_order": (None, "start-first")}


@pytest.mark.parametrize(
    "pattern, masked", [("LOG", True), ("L*", True), ("[KL]OG", True), ("log", False), ("OG", False)]
)
def test_a_run_can_mask_more_variables(pattern, masked):
    stack = stack_with_service(**env(LOG="info"))

    (change,) = stack.plan(want(api(**env(LOG="debug"), command="LOG")), mask=(pattern,)).changes

    assert [(field.path, field.sensitive) for field in change.fields] == [
        ("command", False),
        ("environment_variables.LOG", masked),
    ]


def test_completely_different_variables_are_masked_too():
    stack = stack_with_service(**env(A_PASSWORD="hunter1", B_PASSWORD="hunter1"))

    (change,) = stack.plan(want(api(**env(C_PASSWORD="hunter2", D_PASSWORD="hunter2")))).changes

    assert len(change.fields) == 4
    assert "hunter" not in repr(change.fields)


def edit(stack: AppliedStack, **fields: Any) -> None:
    stack.platform.all("service")[0].update(fields)


def variables(**values: str) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in values.items()]


def test_a_variable_is_drift_if_its_live_value_was_not_applied():
    stack = stack_with_service(**env(A="1", B="1", C="1", D="1"))
    edit(stack, environment_variables=variables(A="2", C="1", E="1", D="1"))

    assert drifted(stack, **env(A="1", B="1", C="2", F="1", D="1")) == {
        "environment_variables.A": True,
        "environment_variables.B": True,
        "environment_variables.C": False,
        "environment_variables.E": True,
        "environment_variables.F": False,
    }


def test_a_field_that_was_never_applied_is_no_drift():
    stack = stack_with_service()
    edit(stack, replicas=5, environment_variables=variables(A="1"))

    assert drifted(stack, replicas=2, **env(A="2")) == {"replicas": False, "environment_variables.A": False}


@pytest.mark.parametrize("field", ["command", "args", "healthcheck_path", "port", "hosts"])
def test_a_field_that_was_cleared_and_is_declared_again_is_no_drift(field: str):
    value = {"port": 80, "hosts": ["a.example"]}.get(field, "x")
    stack = stack_with_service(**{field: value})
    stack.apply(stack.plan(want(api(**{field: [] if field == "hosts" else ""}))))

    assert drifted(stack, **{field: value}) == {field: False}


def test_with_another_digest_key_nothing_is_marked_as_drift():
    stack = stack_with_service(**env(A="1"))
    edit(stack, environment_variables=variables(A="2"))
    plan = stack.plan(want(api(**env(A="1"))))
    assert plan.changes[0].fields[0].drift

    (owned,) = stack.record.owned
    unknown = {**owned.applied, "environment_variables": {"A": "hmac-sha256:0:0:0"}}
    stack.record = replace(stack.record, owned=(replace(owned, applied=unknown),))

    assert drifted(stack, **env(A="1")) == {"environment_variables.A": False}


def test_a_cleared_environment_is_reported_variable_by_variable():
    stack = stack_with_service(**env(B="1"))
    stack.apply(stack.plan(want(api(**env()))))
    edit(stack, environment_variables=variables(A="1"))

    assert drifted(stack, **env()) == {"environment_variables.A": True}


def test_an_item_of_a_list_is_drift_by_itself():
    data, logs = declare("volume", "data"), declare("volume", "logs")
    stack = AppliedStack(FakePlatform(), empty())
    wanted = api(mounts=["data:/data", "logs:/logs"])
    stack.apply(stack.plan(want(data, logs, wanted)))
    edit(
        stack,
        mounts=[
            {"source": "data", "target": "/data", "readonly": True},
            {"source": "logs", "target": "/logs"},
        ],
    )

    (change,) = stack.plan(
        want(data, logs, api(mounts=["data:/data", "logs:/logs:ro", "data:/more"]))
    ).changes

    assert {field.path: field.drift for field in change.fields} == {
        "mounts./data.readonly": True,
        "mounts./logs.readonly": False,
        "mounts./more": False,
    }


def test_the_platforms_own_notation_is_not_drift():
    stack = stack_with_service(hosts=["b.example", "A.example"], update_max_failure_ratio=0.33)
    edit(stack, hosts=["a.example", "b.example"], update_max_failure_ratio=0.33000001311302185)

    assert drifted(stack, hosts=["a.example"], update_max_failure_ratio=0.5) == {
        "hosts": False,
        "update_max_failure_ratio": False,
    }


def test_a_mount_removed_outside_git_is_drift():
    data = declare("volume", "data")
    stack = AppliedStack(FakePlatform(), empty())
    stack.apply(stack.plan(want(data, api(mounts=["data:/data"]))))
    edit(stack, mounts=[])

    (change,) = stack.plan(want(data, api(mounts=["data:/data"]))).changes

    assert [(field.path, field.drift) for field in change.fields] == [("mounts./data", True)]
