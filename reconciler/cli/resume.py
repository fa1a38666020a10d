"""The command that continues the present command, with its options."""

from collections.abc import Collection, Iterator
from shlex import quote

import click
from click.core import ParameterSource

ONCE = frozenset(
    {"audit_file", "detailed_exitcode", "out", "path", "quiet", "stats", "style", "verbose", "yes"}
)
"""Parameters that are not repeated, and PATH, which is added at the end."""


def resume_command(*options: str, without: Collection[str] = ()) -> str:
    """``reconciler apply`` as a line for the shell, with ``options``, the present command's options, and its PATH.

    The parameters named in ``without`` are left out. A variable's value is not repeated: it may be a credential.
    """
    ctx = click.get_current_context()
    own = [
        quote(word)
        for parameter in ctx.command.get_params(ctx)
        if parameter.name not in without
        for word in _words(ctx, parameter)
    ]
    own += [f"--var {quote(variable.partition('=')[0])}=…" for variable in ctx.params["var"]]
    return " ".join(["reconciler apply", *map(quote, options), *own, quote(ctx.params["path"].as_posix())])


def _words(ctx: click.Context, parameter: click.Parameter) -> Iterator[str]:
    """The words of an option that was given on the command line; else nothing."""
    name = parameter.name or ""
    given = ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE
    if not given or name in ONCE or name == "var" or not isinstance(parameter, click.Option):
        return
    value = ctx.params[name]
    for item in value if parameter.multiple else [value]:
        yield parameter.opts[0]
        if not parameter.is_flag:
            yield f"{item:g}" if isinstance(item, float) else str(item)
