"""The question before something is done that others will notice."""

import sys

import click

from reconciler.cli.console import say
from reconciler.errors import UsageError

ACTIONS = "Do you want to perform these actions?"


def confirmed(question: str, *, yes: bool) -> bool:
    """Ask ``question`` and return whether the answer was the whole word yes; with ``yes`` set, do not ask.

    Raises UsageError where nobody is there to answer. The end of the input is a click.Abort.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError(
            "this needs an answer, and standard input is not a terminal. Nothing was written. "
            "Add --yes to go ahead without being asked."
        )
    say(f"{question}\n  Only 'yes' is accepted; anything else changes nothing.")
    answer: str = click.prompt("  Enter a value", default="", show_default=False, err=True)
    if answer.strip() == "yes":
        return True
    say("Not confirmed: nothing was changed.")
    return False
