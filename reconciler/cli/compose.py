"""The options of ``reconciler import`` for Compose files, and the conversion."""

import os
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import NamedTuple

import click

from reconciler.cli.console import echo, say
from reconciler.cli.options import grouped, option
from reconciler.cli.patterns import name_patterns


class Compose(NamedTuple):
    """Compose files to convert, and how. ``report`` is text or json."""

    files: tuple[Path, ...]
    cluster: str
    profiles: tuple[str, ...]
    env_files: tuple[Path, ...]
    project: str
    prefix: str
    mask: tuple[str, ...]
    strict: bool
    overwrite: bool
    report: str


def _compose(
    compose_files: tuple[Path, ...],
    cluster: str | None,
    profile: tuple[str, ...],
    env_file: tuple[Path, ...],
    project: str,
    *,
    prefix: str,
    mask: tuple[str, ...],
    strict: bool,
    overwrite: bool,
    report: str,
) -> Compose | None:
    """The options as a value; None without a Compose file. Raises click.UsageError for options that conflict."""
    if not compose_files:
        return None
    if not cluster:
        raise click.UsageError("--compose needs --cluster NAME: the cluster that the manifests are for.")
    if project and prefix:
        raise click.UsageError("--project and --prefix cannot be given together: both set the names.")
    return Compose(
        files=compose_files,
        cluster=cluster,
        profiles=profile,
        env_files=env_file,
        project=project,
        prefix=prefix,
        mask=mask,
        strict=strict,
        overwrite=overwrite,
        report=report,
    )


compose = grouped(
    "compose",
    _compose,
    option(
        "--compose",
        "compose_files",
        multiple=True,
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        metavar="FILE",
        heading="Compose",
        help="Convert this Compose or Swarm stack file, without contacting a server. Later files "
        "override earlier ones, as with `docker compose -f`.",
    ),
    option("--cluster", metavar="NAME", heading="Compose", help="The cluster that the manifests are for."),
    option(
        "--profile",
        multiple=True,
        metavar="NAME",
        heading="Compose",
        help="Convert the services of this profile too; * for all.",
    ),
    option(
        "--env-file",
        multiple=True,
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        metavar="FILE",
        heading="Compose",
        help="Values of the variables.  [default: .env beside the first file]",
    ),
    option(
        "--project",
        default="",
        show_default=False,
        metavar="NAME",
        heading="Compose",
        help="Use the names that `docker stack deploy NAME` gave, for a stack that is live already.",
    ),
    option(
        "--prefix",
        default="",
        show_default=False,
        metavar="TEXT",
        heading="Compose",
        help="Add this prefix to all names.",
    ),
    option(
        "--mask",
        multiple=True,
        metavar="PATTERN",
        callback=name_patterns,
        heading="Compose",
        help="Do not write values of variables whose names match this pattern, such as '*_LOGIN'. A value that "
        "looks like a credential is never written.",
    ),
    option(
        "--strict", is_flag=True, heading="Compose", help="Fail if the conversion would change what runs."
    ),
    option("--overwrite", is_flag=True, heading="Compose", help="Replace files that have other content."),
    option(
        "--report",
        type=click.Choice(["text", "json"]),
        default="text",
        heading="Compose",
        help="How to print the report of what is not converted: text on standard error, or json on standard output.",
    ),
)
"""--compose and its other options, as a ``Compose``, or None."""


def convert(compose: Compose, names: Sequence[str], *, out: Path | None, stack: str) -> int:
    """Convert the files of --compose, then ``names``; returns the exit code. Raises ``InvalidManifests``."""
    from reconciler.compose import ConvertOptions
    from reconciler.pipeline.compose import Conversion, import_compose, write
    from reconciler.pipeline.keys import DIGEST_KEY, NO_DIGEST_KEY
    from reconciler.render.compose import report_as_json, report_as_text

    options = ConvertOptions(
        project=compose.project,
        prefix=compose.prefix,
        profiles=frozenset(compose.profiles),
        mask=compose.mask,
    )
    files = [*compose.files, *map(Path, names)]
    made = import_compose(Conversion(files, compose.cluster, stack, options, compose.env_files))
    if made.declares_values and not os.environ.get(DIGEST_KEY):
        say(f"Warning: {NO_DIGEST_KEY}")
    refused = compose.strict and made.changes_what_runs
    written = write(made, out, overwrite=compose.overwrite) if out is not None and not refused else ()
    if compose.report == "json":
        echo(report_as_json(made.notes, [path.as_posix() for path in written]) + "\n", style="json")
    else:
        say(report_as_text(made.notes).rstrip())
    if refused:
        say("Error: --strict: the conversion would change what runs. Nothing was written.")
        return 1
    if out is None:
        if compose.report != "json":
            echo(made.text(), style="yaml")
        return 0
    shown = ", ".join(path.as_posix() for path in written)
    say(f"Wrote {shown}. Review it, then: reconciler validate {quote(out.as_posix())}")
    return 0
