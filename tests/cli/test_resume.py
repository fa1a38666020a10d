import pytest

from reconciler.cli.commands.apply import command as apply
from reconciler.cli.commands.plan import command as plan
from reconciler.cli.resume import resume_command


@pytest.mark.parametrize(
    "command, arguments, again",
    [
        (plan, [], "reconciler apply ."),
        (plan, ["--out", "x", "--format", "json", "--detailed-exitcode", "tests"], "reconciler apply tests"),
        (
            plan,
            [
                "--cluster",
                "a b",
                "--target",
                "a/service/x",
                "--target",
                "a/service/y",
                "--adopt",
                "--shard",
                "1/4",
            ],
            "reconciler apply --cluster 'a b' --shard 1/4 --target a/service/x --target a/service/y --adopt .",
        ),
        (apply, ["--yes", "-q", "--no-wait", "--timeout", "5"], "reconciler apply --timeout 5 --no-wait ."),
        (apply, ["--emulator", "--prune", "--retry"], "reconciler apply --prune --retry --emulator ."),
    ],
)
def test_the_continue_command_repeats_the_options(command, arguments, again, monkeypatch):
    monkeypatch.setenv("MEDSTACK_API_URL", "http://127.0.0.1:1/v1")

    with command.make_context("it", arguments):
        assert resume_command() == again


def test_the_continue_command_shows_no_values_of_variables():
    with plan.make_context("it", ["--var", "PASSWORD=hunter2"]):
        assert resume_command("--plan", "my plan") == "reconciler apply --plan 'my plan' --var PASSWORD=… ."
