"""How a result is printed: --format and --no-color."""

import click

from reconciler.cli.options import Decorator, option


def _uncoloured(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        ctx.color = False


_NO_COLOUR = option(
    "--no-color",
    is_flag=True,
    expose_value=False,
    callback=_uncoloured,
    help="Do not use colour. By default, a terminal gets colour; a pipe gets colour only if FORCE_COLOR is set.",
)


def output_format(*formats: str) -> Decorator:
    """--format, one of ``formats``, the first by default; and --no-color, which the click context holds."""
    style = option(
        "--format",
        "style",
        type=click.Choice(formats),
        default=formats[0],
        help="How to print the result on standard output.",
    )
    return lambda command: style(_NO_COLOUR(command))
