"""--source, for the commands that plan: the recorded source of the manifests."""

from functools import wraps
from typing import Any

from reconciler.cli.options import Command, SourceOptions, option, source

_NAME = option(
    "--source",
    "name",
    default="",
    show_default=False,
    metavar="NAME",
    heading="Manifests",
    help="Name to record as the source of the manifests, where their folder is temporary (a build writes them "
    "elsewhere each time).  [default: the git repository's remote origin, else its folder]",
)


def named_source(command: Command) -> Command:
    """PATH, --var, --var-file, --root and --source, as a ``SourceOptions``."""

    @wraps(command)
    def named(source: SourceOptions, name: str, **values: Any) -> int:
        return command(source=source._replace(name=name), **values)

    decorated: Command = source(_NAME(named))
    return decorated
