"""The command that carries on from this one, with what was asked for on the command line."""

from collections.abc import Collection, Iterator
from shlex import quote

import click
from click.core import ParameterSource

ONCE = frozenset(
    {"audit_file", "detailed_exitcode", "out", "path", "quiet", "stats", "style", "verbose", "yes"}
)
"""What is of this run alone, and PATH, which stands last."""


def apply_again(*options: str, without: Collection[str] = ()) -> str:
    """``reconciler apply`` as a line for the shell, with ``options``, the present command's own, and its PATH.

    The parameters named in ``without`` are left out. A variable's value is not repeated: it may be a credential.
    """
    ctx = click.get_current_context()
    own = [
        quote(word)
        for one in ctx.command.get_params(ctx)
        if one.name not in without
        for word in _words(ctx, one)
    ]
    own += [f"--var {quote(one.partition('=')[0])}=…" for one in ctx.params["var"]]
    return " ".join(["reconciler apply", *map(quote, options), *own, quote(str(ctx.params["path"]))])


def _words(ctx: click.Context, parameter: click.Parameter) -> Iterator[str]:
    """An option as it was given; nothing where it was not."""
    name = parameter.name or ""
    given = ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE
    if not given or name in ONCE or name == "var" or not isinstance(parameter, click.Option):
        return
    value = ctx.params[name]
    for one in value if parameter.multiple else [value]:
        yield parameter.opts[0]
        if not parameter.is_flag:
            yield f"{one:g}" if isinstance(one, float) else str(one)
