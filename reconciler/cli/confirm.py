"""The question before a change is made."""

import sys

import click

from reconciler.cli.console import say
from reconciler.errors import UsageError

ACTIONS = "Do you want to perform these actions?"


def confirmed(question: str, *, yes: bool) -> bool:
    """Ask ``question`` and return whether the answer was the whole word yes; with ``yes`` set, do not ask.

    Raises UsageError if standard input is not a terminal, and click.Abort at the end of the input.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError(
            "confirmation is needed, but standard input is not a terminal. Nothing was written. "
            "Add --yes to run without the question."
        )
    say(f"{question}\n  Only 'yes' is accepted; anything else changes nothing.")
    answer: str = click.prompt("  Enter a value", default="", show_default=False, err=True)
    if answer.strip() == "yes":
        return True
    say("Not confirmed: nothing was changed.")
    return False
