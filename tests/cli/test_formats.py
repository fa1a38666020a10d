"""--format and --no-color."""

import click
import pytest
from click.testing import CliRunner

from reconciler.cli.formats import output_format


@click.command()
@output_format("text", "json")
@click.pass_context
def show(ctx: click.Context, style: str) -> int:
    click.echo(f"{style} {ctx.color}")
    return 0


@pytest.mark.parametrize(
    "arguments, shown",
    [([], "text None"), (["--format", "json"], "json None"), (["--no-color"], "text False")],
)
def test_the_first_format_is_the_default_and_colour_can_be_turned_off(arguments, shown):
    assert CliRunner().invoke(show, arguments).output.strip() == shown


def test_the_error_for_an_unknown_format_lists_the_accepted_ones():
    result = CliRunner().invoke(show, ["--format", "yaml"])

    assert result.exit_code == 2
    assert "'text', 'json'" in result.output
