"""Suggestions for a mistyped command or option."""

import pytest

from reconciler.cli import run


@pytest.mark.parametrize(
    "arguments, meant",
    [
        (["aply"], "No such command 'aply'. Did you mean 'apply'?"),
        (["frobnicate"], "No such command 'frobnicate'."),
        (["apply", "--auto-aprove"], "No such option '--auto-aprove'. Did you mean '--auto-approve'?"),
        (["plan", "--frobnicate"], "No such option '--frobnicate'."),
        (["apply", "--dry-run"], "To see what an apply would do, use `reconciler plan`, which cannot write."),
        (["emulator", "--stat", "x"], "No such option '--stat'. Did you mean '--state'?"),
    ],
)
def test_only_similar_names_are_suggested(arguments, meant, capsys):
    assert run(arguments) == 1
    assert capsys.readouterr().err.endswith(f"{meant}\n")
