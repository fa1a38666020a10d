"""The message of a failed run and its exit code. No traceback, no value, no control character."""

import click

from reconciler.cli.console import say
from reconciler.errors import InvalidManifests, NotApproved, ReconcilerError, Refused, bug


def report(error: Exception) -> int:
    """Print on standard error why the run failed, and return its exit code."""
    match error:
        case click.exceptions.NoArgsIsHelpError():
            say(error.format_message())
        case click.UsageError(ctx=click.Context() as ctx):
            from reconciler.cli.suggestions import wording

            say(f"{ctx.get_usage()}\nTry '{ctx.command_path} --help'.\n\nError: {wording(error)}")
        case click.ClickException():
            say(f"Error: {error.format_message()}")
        case InvalidManifests():
            from reconciler.render.diagnostics import diagnostics_as_text

            say(diagnostics_as_text(error.diagnostics).rstrip())
            say(f"Error: {error}. Nothing was written.")
        case NotApproved():
            say("Refused. Nothing was written. The changes are not those that were approved:")
            for reason in error.reasons:
                say(f"  - {reason}")
            say("Make a new plan and have it approved: reconciler plan PATH --out FILE")
        case Refused():
            say("Refused. Nothing was written:")
            for reason in error.reasons:
                say(f"  - {reason}")
        case ReconcilerError():
            say(f"Error: {error}")
        case OSError(filename=str(path), strerror=str(why)):
            say(f"Error: {path}: {why}")
        case OSError(errno=int(), strerror=str(why)):
            say(f"Error: operating-system error: {why}")
        case _:
            say(
                f"Error: {bug(error)}.\n"
                "Please report it, with this line and the command. "
                "The details are not shown: they could hold a secret."
            )
    return error.exit_code if isinstance(error, ReconcilerError) else 1
