"""Loads the manifests of a command, and prints their errors."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from reconciler.cli.account import connected, has_credentials
from reconciler.cli.ci import in_ci
from reconciler.cli.console import echo
from reconciler.cli.options import ServerOptions, SourceOptions
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.loading.files import Barred
    from reconciler.pipeline.manifests import Manifests
    from reconciler.pipeline.session import Session
    from reconciler.pipeline.sources import Sources
    from reconciler.pipeline.stages import Stages
    from reconciler.transport import Exchange


def loaded(
    source: SourceOptions,
    stages: "Stages | None" = None,
    sources: "Sources | None" = None,
    *,
    mask: Sequence[str] = (),
) -> "Manifests":
    """All manifests of ``source``, with all diagnostics; errors are not raised.

    ``sources`` gives the source that is recorded for each file; it is needed to plan and to apply. ``mask`` are
    patterns of variables whose values are sensitive. Raises UsageError if PATH is a plan file.
    """
    from reconciler import load
    from reconciler.pipeline.manifests import NOT_RECORDED

    if _is_plan_file(source.path):
        raise UsageError(
            f"{source.path} is a plan file: apply it with "
            f"`reconciler apply --plan {quote(source.path.as_posix())} PATH`, "
            "where PATH has the manifests it was made from."
        )
    return load(
        source.path,
        root=source.root,
        variables=source.variables,
        mask=mask,
        stages=stages,
        barred=_permits(source),
        sources=sources or NOT_RECORDED,
    )


def _permits(source: SourceOptions) -> "Barred":
    """The files that may be read: in CI only those that git tracks or --allow-file allows, elsewhere all."""
    if not in_ci(os.environ):
        return lambda _: ""
    from reconciler.pipeline.permits import Permits

    return Permits(source.path, source.allow_files)


def _is_plan_file(path: Path) -> bool:
    """Whether the file at ``path`` begins like a plan file or a report."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return re.match(rb'\s*\{\s*"format_version"\s*:', file.read(100)) is not None


def load_valid(
    source: SourceOptions,
    stages: "Stages | None" = None,
    *,
    sources: "Sources | None" = None,
    style: str = "text",
    mask: Sequence[str] = (),
) -> "Manifests":
    """The manifests of ``source``. Raises InvalidManifests if any has an error.

    With the style ``json`` the errors are also printed on standard output, as by ``validate``.
    """
    manifests = loaded(source, stages, sources, mask=mask)
    if style == "json" and not manifests.is_valid:
        from reconciler.render.diagnostics import diagnostics_as_json

        echo(diagnostics_as_json(manifests.diagnostics), style="json")
    manifests.raise_if_invalid()
    return manifests


@contextmanager
def connected_with_manifests(
    source: SourceOptions,
    server: ServerOptions,
    *,
    style: str = "text",
    mask: Sequence[str] = (),
    observe: "Callable[[Exchange], None] | None" = None,
) -> "Iterator[tuple[Session, Manifests]]":
    """A session, and the manifests, which are read while the first requests are under way.

    With the emulator, or without credentials, the manifests are read first.
    ``style`` is the command's output format, ``mask`` are its patterns of masked variables; ``observe`` is called
    after every exchange. Raises InvalidManifests if a manifest has an error.
    """
    from msgspec.structs import replace

    from reconciler.pipeline.stages import Stages

    stages = Stages()
    if server.emulator or not has_credentials(os.environ):
        manifests = load_valid(source, stages, sources=_sources(source), style=style, mask=mask)
        with connected(server, clusters=labels(manifests), observe=observe) as session:
            yield replace(session, stages=stages), manifests
        return
    with connected(
        server, ask=True, observe=observe
    ) as session:  # before the modules that read manifests are imported
        manifests = load_valid(source, stages, sources=_sources(source), style=style, mask=mask)
        yield replace(session, stages=stages), manifests


def _sources(source: SourceOptions) -> "Sources":
    """The sources of the manifests; starts git in the background."""
    from reconciler.pipeline.sources import Sources

    return Sources(source.path, root=source.root, name=source.name)


def labels(manifests: "Manifests") -> tuple[str, ...]:
    """The clusters that the manifests name."""
    from reconciler.model import COMPANY

    return tuple(stack.cluster for stack in manifests.desired if stack.cluster != COMPANY)
