"""The command line: the list of commands, and the exit code of a run. A command is imported when it is used.

Does no work itself: a file in ``commands/`` parses and prints, ``reconciler.pipeline`` does the work.
"""

import os
from collections.abc import Mapping
from importlib import import_module
from keyword import iskeyword

import click
from click.shell_completion import CompletionItem

from reconciler import __version__
from reconciler.cli.ci import in_ci

COMMANDS: Mapping[str, str] = {
    "validate": "Check manifests without contacting a server.",
    "plan": "Show what an apply would do; it cannot write.",
    "show": "Print a saved plan file, or several as one report.",
    "apply": "Apply manifests.",
    "drift": "Show what was changed outside git.",
    "import": "Write manifests from a cluster's objects, or from Compose files.",
    "status": "Show managed objects and their health.",
    "restart": "Restart services with a fresh pull of their images.",
    "reboot": "Reboot nodes.",
    "webhook-test": "Send a test event to outgoing webhooks.",
    "unlock": "Release the lease of a run that was killed.",
    "schema": "Print the JSON Schema of a manifest, a kind or a plan.",
    "clusters": "List the clusters of the token's company; with PATH, only those that its manifests name.",
    "emulator": "Run a local server with the same API, to try things without an account.",
}
HIDDEN: Mapping[str, str] = {"github": "reconciler.cli.action"}
"""Commands that only machines call (the GitHub Action), by name, with their module."""


def module(name: str) -> str:
    """The module of the command ``name``: ``webhook-test`` is in webhook_test, ``import`` in import_."""
    plain = name.replace("-", "_")
    return f"{__name__}.commands.{plain}{'_' if iskeyword(plain) else ''}"


class Commands(click.Group):
    """The group of all commands, which imports only the one that is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name, in the order of their use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now; None if there is none."""
        if cmd_name not in COMMANDS and cmd_name not in HIDDEN:
            return None
        command: click.Command = import_module(HIDDEN.get(cmd_name) or module(cmd_name)).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that ``args`` begin with. Raises click.UsageError with a suggestion."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None and not ctx.resilient_parsing:
            from reconciler.cli.suggestions import suggest

            hint = suggest(name, COMMANDS)
            ctx.fail(f"No such command {name!r}.{' ' if hint else ''}{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands and options that complete ``incomplete``, without importing any command."""
        names = [
            CompletionItem(name, help=text) for name, text in COMMANDS.items() if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100, "show_default": True},
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Keep MedStack Control clusters in sync with YAML manifests in git: plan, review, apply, verify.

    \b
    Try it here, without an account:
      reconciler apply examples/quickstart --emulator

    \b
    For your own clusters, export MEDSTACK_TOKEN_KEY and MEDSTACK_TOKEN_VALUE, then:
      reconciler clusters                           list your clusters
      reconciler import production --out clusters   write manifests for a cluster's objects
      reconciler plan clusters --adopt              what would change
      reconciler apply clusters --adopt             adopt the objects and change them

    \b
    Exit codes: 0 done or nothing to do, 1 error, 2 changes pending (drift, and plan with
    --detailed-exitcode), 3 refused and nothing written, 129, 130 and 143 interrupted.

    \b
    Completion of commands and options in the shell:
      eval "$(_RECONCILER_COMPLETE=bash_source reconciler)"    or zsh_source, fish_source
    """


def completes(args: list[str], environment: Mapping[str, str]) -> bool:
    """Whether this run may answer the shell's completion instead of running a command.

    A shell asks for completion without arguments. A command with arguments, and any command in CI, always does its
    work, whatever is in its environment: otherwise a step could succeed without doing anything.
    """
    return not args and not in_ci(environment)


def run(args: list[str]) -> int:
    """Run the command line ``args`` and return the exit code. Errors are printed on standard error."""
    from reconciler.cli.interrupts import terminable

    try:
        with terminable():
            hook = None if completes(args, os.environ) else ""
            return cli.main(args, prog_name="reconciler", standalone_mode=False, complete_var=hook) or 0
    except click.Abort as abort:  # Ctrl-C, or the end of the input at a question
        return 130 if isinstance(abort.__context__, KeyboardInterrupt) else 1
    except Exception as error:  # noqa: BLE001 - the last place where an error can be reported
        from reconciler.cli.failures import report

        return report(error)
