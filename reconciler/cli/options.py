"""The options that several commands share, each declared once. A group of options is a single value to a command."""

from collections.abc import Callable
from functools import wraps
from inspect import signature
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from reconciler.cli.addresses import address, addresses
from reconciler.cli.completion import addresses_of, cluster_names
from reconciler.cli.patterns import field_names, file_patterns, name_patterns
from reconciler.cli.shards import shard

if TYPE_CHECKING:
    from reconciler.model import Address
    from reconciler.pipeline.fleet import Shard
    from reconciler.pipeline.scope import Scope

Command = Callable[..., int]
Decorator = Callable[[Command], Command]


class Option(click.Option):
    """An option with a heading in the help."""

    def __init__(self, *args: Any, heading: str = "Options", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.heading = heading


class CommandWithHeadings(click.Command):
    """A command whose help lists its options under their headings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options by heading, in the order of their declaration."""
        options = [parameter for parameter in self.get_params(ctx) if isinstance(parameter, click.Option)]
        shown = [
            (getattr(shown_option, "heading", "Options"), shown_option.get_help_record(ctx))
            for shown_option in options
        ]
        rows = [(heading, record) for heading, record in shown if record]
        order = list(dict.fromkeys(heading for heading, _ in rows))
        rows.sort(key=lambda row: (row[0] == "Options", order.index(row[0])))
        for heading, group in groupby(rows, key=lambda row: row[0]):
            with formatter.section(heading):
                formatter.write_dl([record for _, record in group])


def option(*names: str, heading: str = "Options", **settings: Any) -> Decorator:
    """``click.option`` with a heading."""
    return click.option(*names, cls=Option, heading=heading, **settings)


def grouped(name: str, build: Callable[..., object], *options: Decorator) -> Decorator:
    """Add ``options`` to a command, which gets the result of ``build`` as its argument ``name``."""
    taken = tuple(signature(build).parameters)

    def decorate(command: Command) -> Command:
        @wraps(command)
        def grouped(**values: Any) -> int:
            own = {key: values.pop(key) for key in taken}
            return command(**values, **{name: build(**own)})

        decorated: Command = grouped
        for add_option in reversed(options):
            decorated = add_option(decorated)
        return decorated

    return decorate


class SourceOptions(NamedTuple):
    """Where the manifests are, and the variables of the command line."""

    path: Path
    root: Path | None
    variables: dict[str, str]
    name: str = ""
    allow_files: tuple[str, ...] = ()


def _source(
    path: Path,
    root: Path | None,
    var: tuple[str, ...],
    var_file: tuple[Path, ...],
    allow_file: tuple[str, ...],
) -> SourceOptions:
    from reconciler.cli.variables import given, refuse_links

    refuse_links(var_file, path, allow_file)
    return SourceOptions(path=path, root=root, variables=given(var, var_file), allow_files=allow_file)


source = grouped(
    "source",
    _source,
    click.argument("path", type=click.Path(path_type=Path, exists=True), default="."),
    option(
        "--var",
        multiple=True,
        metavar="NAME=VALUE",
        heading="Manifests",
        help="Fill ${NAME} in the manifests. May be given more than once; takes precedence over --var-file "
        "and over the environment's RECONCILER_VAR_NAME.",
    ),
    option(
        "--var-file",
        multiple=True,
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        heading="Manifests",
        help="A file of NAME=VALUE lines, to fill ${NAME} in the manifests.",
    ),
    option(
        "--root",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        heading="Manifests",
        help="The top folder for `file:` and `extends:`; paths outside it are refused. [default: the git repository "
        "that contains PATH, else PATH itself]",
    ),
    option(
        "--allow-file",
        multiple=True,
        metavar="PATTERN",
        callback=file_patterns,
        heading="Manifests",
        help="In CI, let `file:`, `extends:` and links also lead to untracked files whose path in the repository "
        "matches this pattern, such as 'build/*.pem'. Other files are read only if git tracks them. May be given more "
        "than once.",
    ),
)
"""PATH, --var, --var-file, --root and --allow-file, as a ``SourceOptions``."""


class ServerOptions(NamedTuple):
    """Which server to talk to, and how. ``api_url`` is None for the default one."""

    api_url: str | None
    emulator: bool
    parallelism: int
    rate: float | None
    verbose: bool


server = grouped(
    "server",
    ServerOptions,
    option(
        "--api-url",
        envvar="MEDSTACK_API_URL",
        show_envvar=True,
        metavar="URL",
        heading="Server",
        help="Base URL of the API.  [default: the production server]",
    ),
    option(
        "--emulator",
        is_flag=True,
        heading="Server",
        help="Use a server inside this process, with no account and no network. Its state is the "
        "file .reconciler-emulator.sqlite3 in the working directory; delete it to start over.",
    ),
    option(
        "--parallelism",
        type=click.IntRange(1, 64),
        default=16,
        metavar="N",
        heading="Server",
        help="The number of requests to send at the same time.",
    ),
    option(
        "--rate",
        type=click.FloatRange(min=0, min_open=True),
        metavar="N",
        heading="Server",
        help="Send at most N requests a second.  [default: as many as the server takes]",
    ),
    option("-v", "--verbose", is_flag=True, help="Show each request: method, path, status, milliseconds."),
)
"""--api-url, --emulator, --parallelism, --rate and --verbose, as a ``ServerOptions``."""


def _scope(
    cluster: tuple[str, ...],
    target: "tuple[Address, ...]",
    adopt: bool,
    prune: bool,
    retry: bool,
    mask: tuple[str, ...],
    keep_field: tuple[str, ...],
    shard: "Shard | None",
) -> "Scope":
    from reconciler.pipeline.scope import Scope

    return Scope(
        clusters=cluster,
        shard=shard,
        targets=target,
        adopt=adopt,
        prune=prune,
        retry=retry,
        mask=mask,
        keep=keep_field,
    )


clusters = option(
    "--cluster",
    shell_complete=cluster_names,
    multiple=True,
    metavar="LABEL",
    heading="Scope",
    help="Only this cluster, by label or id. May be given more than once.  [default: all clusters]",
)
"""--cluster, as a tuple of labels or ids."""

mask = option(
    "--mask",
    multiple=True,
    metavar="PATTERN",
    callback=name_patterns,
    help="Never show the values of variables, fields or configs whose name matches this pattern, such as '*_LOGIN' or "
    "args. Credentials are always masked. May be given more than once.",
)
"""--mask, as a tuple of patterns."""

scope = grouped(
    "scope",
    _scope,
    clusters,
    option(
        "--shard",
        metavar="I/N",
        callback=shard,
        heading="Scope",
        help="Only the clusters of part I of N; `reconciler clusters --matrix` makes the parts.",
    ),
    option(
        "--target",
        multiple=True,
        metavar="ADDRESS",
        callback=addresses,
        shell_complete=addresses_of(),
        heading="Scope",
        help="Only this object and what it needs, such as production/service/api. May be given more than once.",
    ),
    option(
        "--adopt",
        is_flag=True,
        heading="Scope",
        help="Take over declared objects that already exist and are not managed yet.",
    ),
    option(
        "--prune",
        is_flag=True,
        heading="Scope",
        help="Also delete managed objects that are no longer declared and whose file is not part of this run.",
    ),
    option(
        "--retry",
        is_flag=True,
        heading="Scope",
        help="Send a spec again that was rolled back, although it has not changed since.",
    ),
    option(
        "--keep-field",
        multiple=True,
        metavar="NAME",
        callback=field_names,
        heading="Scope",
        help="Update services that have this field, which this version does not know, and send it back as it is.",
    ),
    mask,
)
"""The scope of a run, from --cluster to --mask, as a ``reconciler.pipeline.scope.Scope``."""

yes = option(
    "-y",
    "--yes",
    "--auto-approve",
    "yes",
    is_flag=True,
    help="Do not ask for confirmation. Required where there is no terminal.",
)
"""--yes, also called -y and --auto-approve."""

quiet = option("-q", "--quiet", is_flag=True, help="Only results and errors: no progress, no notes.")
"""--quiet."""


def addresses_argument(kind: str) -> Decorator:
    """ADDRESS..., at least one, all of the same kind, as ``addresses``."""

    def checked(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> "tuple[Address, ...]":
        found = tuple(address(value) for value in values)
        for value in found:
            if value.kind != kind:
                raise click.BadParameter(f"{str(value)!r} is not a {kind}: expected CLUSTER/{kind}/NAME.")
        return found

    return click.argument(
        "addresses",
        nargs=-1,
        required=True,
        metavar="ADDRESS...",
        callback=checked,
        shell_complete=addresses_of(kind),
    )
