"""Reads the manifests that a command is about, and shows what is wrong with them."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.cli.account import connected, has_credentials
from reconciler.cli.options import Server, Source
from reconciler.cli.variables import reachable

if TYPE_CHECKING:
    from reconciler.pipeline.manifests import Loaded
    from reconciler.pipeline.session import Session
    from reconciler.pipeline.stages import Stages
    from reconciler.transport import Exchange


def loaded(source: Source, stages: "Stages | None" = None) -> "Loaded":
    """All manifests of ``source``, with every diagnostic; errors among them are not raised."""
    from reconciler.pipeline.manifests import load_manifests

    return load_manifests(
        source.path,
        root=source.root,
        variables=source.variables,
        environment=reachable(os.environ),
        stages=stages,
    )


def sound(source: Source, stages: "Stages | None" = None) -> "Loaded":
    """The manifests of ``source``. Raises InvalidManifests where any of them has an error."""
    manifests = loaded(source, stages)
    manifests.raise_if_invalid()
    return manifests


@contextmanager
def connected_meanwhile(
    source: Source, server: Server, *, observe: "Callable[[Exchange], None] | None" = None
) -> "Iterator[tuple[Session, Loaded]]":
    """A session, and the manifests, read while connections are made and the company and its clusters looked up.

    The emulator has to know the clusters first, and who has no credentials is told of the manifests first.
    ``observe`` is told of every exchange. Raises InvalidManifests where a manifest has an error.
    """
    from reconciler.pipeline.stages import Stages

    stages = Stages()
    if server.emulator or not has_credentials(os.environ):
        manifests = sound(source, stages)
        with connected(server, clusters=labels(manifests), observe=observe) as session:
            yield replace(session, stages=stages), manifests
        return
    with connected(server, early=True, observe=observe) as session:
        manifests = sound(source, stages)
        yield replace(session, stages=stages), manifests


def labels(manifests: "Loaded") -> tuple[str, ...]:
    """The clusters that the manifests name."""
    from reconciler.model import COMPANY

    return tuple(one.cluster for one in manifests.desired if one.cluster != COMPANY)
