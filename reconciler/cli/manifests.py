"""Reads the manifests that a command is about, and shows what is wrong with them."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from reconciler.cli.account import connected, has_credentials
from reconciler.cli.ci import in_ci
from reconciler.cli.console import echo
from reconciler.cli.options import ServerOptions, SourceOptions
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.loading.sources import Barred
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
    """All manifests of ``source``, with every diagnostic; errors among them are not raised.

    ``sources`` says where they are recorded as standing, where that matters: to plan and to apply. ``mask`` are
    patterns of variables whose values are sensitive.

    Raises UsageError where PATH is a plan file.
    """
    from reconciler import load
    from reconciler.pipeline.manifests import load_to_check

    if _is_plan_file(source.path):
        raise UsageError(
            f"{source.path} is a plan file: apply it with `reconciler apply --plan {quote(str(source.path))} PATH`, "
            "where PATH has the manifests it was made from."
        )
    read = partial(load, sources=sources) if sources else load_to_check
    return read(
        source.path,
        root=source.root,
        variables=source.variables,
        mask=mask,
        stages=stages,
        barred=_permits(source),
    )


def _permits(source: SourceOptions) -> "Barred":
    """What bars files in a job of CI; nothing elsewhere."""
    if not in_ci(os.environ):
        return lambda _: ""
    from reconciler.pipeline.permits import Permits

    return Permits(source.path, source.allow_files)


def _is_plan_file(path: Path) -> bool:
    """Whether ``path`` begins as a plan file or a report does."""
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
    """The manifests of ``source``. Raises InvalidManifests where any of them has an error.

    Who wants JSON finds what is wrong on standard output, as of ``validate``.
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
    """A session, and the manifests, read while the server is asked what can be asked without them.

    The emulator has to know the clusters first, and who has no credentials is told of the manifests first.
    ``style`` is how the command prints its result, ``mask`` what it masks; ``observe`` is called after every
    exchange. Raises InvalidManifests where a manifest has an error.
    """
    from reconciler.pipeline.stages import Stages

    stages, sources = Stages(), _sources(source)
    if server.emulator or not has_credentials(os.environ):
        manifests = load_valid(source, stages, sources=sources, style=style, mask=mask)
        with connected(server, clusters=labels(manifests), observe=observe) as session:
            yield replace(session, stages=stages), manifests
        return
    with connected(server, ask=True, observe=observe) as session:
        manifests = load_valid(source, stages, sources=sources, style=style, mask=mask)
        yield replace(session, stages=stages), manifests


def _sources(source: SourceOptions) -> "Sources":
    """Begins to ask git."""
    from reconciler.pipeline.sources import Sources

    return Sources(source.path, root=source.root, name=source.name)


def labels(manifests: "Manifests") -> tuple[str, ...]:
    """The clusters that the manifests name."""
    from reconciler.model import COMPANY

    return tuple(one.cluster for one in manifests.desired if one.cluster != COMPANY)
