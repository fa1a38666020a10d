from typing import cast

import pytest

from reconciler.cli.failures import report
from reconciler.errors import InvalidManifests, NotApproved, NotFound, Refused
from reconciler.model import Diagnostic, Location


def raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:  # noqa: BLE001 - any
        return caught


def test_a_refusal_lists_its_reasons_and_exits_3(capsys):
    assert report(Refused("two volumes would go", "a node would go")) == 3
    assert capsys.readouterr().err == (
        "Refused. Nothing was written:\n  - two volumes would go\n  - a node would go\n"
    )


def test_invalid_manifests_are_reported_one_by_one(capsys):
    problem = Diagnostic(Location("a.yaml", 3, 5), "error", "schema", "not a number", "expected 0 or more")

    assert report(InvalidManifests([problem])) == 1

    output = capsys.readouterr().err
    assert "a.yaml:3:5: error: not a number" in output
    assert "expected 0 or more" in output
    assert output.endswith("Error: 1 error in the manifests. Nothing was written.\n")


def test_an_unapproved_plan_is_reported_with_reasons_and_what_to_do(capsys):
    assert (
        report(NotApproved("a/service/x: create was not approved", "b, stack c: not in the plan file")) == 3
    )

    assert capsys.readouterr().err == (
        "Refused. Nothing was written. The changes are not those that were approved:\n"
        "  - a/service/x: create was not approved\n"
        "  - b, stack c: not in the plan file\n"
        "Make a new plan and have it approved: reconciler plan PATH --out FILE\n"
    )


def test_control_characters_of_a_server_message_are_not_printed(capsys):
    report(NotFound("no \x1b[31mcluster\u202e", status=404, method="GET", path="/x"))

    assert capsys.readouterr().err == "Error: no \\x1b[31mcluster\\u202e\n"


def test_a_file_that_cannot_be_used_is_named(capsys):
    assert report(raised(PermissionError(13, "Permission denied", "plan.json"))) == 1
    assert capsys.readouterr().err == "Error: plan.json: Permission denied\n"


def test_an_operating_system_error_is_not_reported_as_a_bug(capsys):
    assert report(raised(OSError(28, "No space left on device"))) == 1
    assert capsys.readouterr().err == "Error: operating-system error: No space left on device\n"


@pytest.mark.parametrize("error", [ValueError("hunter2"), KeyError("hunter2"), OSError("hunter2")])
def test_a_bug_shows_its_type_and_no_value(error, capsys):
    assert report(raised(error)) == 1

    output = capsys.readouterr().err
    assert f"this is a bug in reconciler: {type(error).__name__} at " in output
    assert "hunter2" not in output
    assert "Traceback" not in output


def test_a_bug_shows_the_innermost_line_of_reconciler(capsys):
    from reconciler.cli.addresses import address

    with pytest.raises(TypeError) as caught:
        address(cast("str", None))
    report(caught.value)

    assert "TypeError at reconciler.cli.addresses:" in capsys.readouterr().err
