"""``reconciler validate``: the manifests alone, without a server, a credential or a secret's value."""

import sys

import click

from reconciler.cli import COMMANDS
from reconciler.cli.console import colourful, echo, say
from reconciler.cli.formats import output_format
from reconciler.cli.manifests import loaded
from reconciler.cli.options import CommandWithHeadings, SourceOptions, quiet, source


@click.command("validate", cls=CommandWithHeadings, short_help=COMMANDS["validate"])
@source
@output_format("text", "json")
@quiet
def command(source: SourceOptions, style: str, quiet: bool) -> int:
    """Check manifests without contacting a server.

    PATH is a file, or a folder with all the *.yaml and *.yml below it. All problems are reported at once, each with
    its file, line and column, and what would be accepted. You need neither an account nor the values of secrets.

    Exits 1 on errors; warnings alone exit 0.

    \b
    Examples:
      reconciler validate
      reconciler validate environments/production --var API_TAG=1.4.2
      reconciler validate --format json > problems.json
    """
    from reconciler.render.diagnostics import diagnostics_as_json, diagnostics_as_text

    manifests = loaded(source)
    if style == "json":
        echo(diagnostics_as_json(manifests.diagnostics), style="json")
    else:
        echo(diagnostics_as_text(manifests.diagnostics, colour=colourful(sys.stdout)))
    if not manifests.is_valid:
        return 1
    if not quiet:
        number = sum(len(desired.manifests) for desired in manifests.desired)
        say(f"Valid: {_counted(number, 'object')} in {_counted(manifests.files, 'file')}.")
    return 0


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
