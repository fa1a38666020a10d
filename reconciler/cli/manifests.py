"""Reads the manifests that a command is about, and shows what is wrong with them."""

import os
from typing import TYPE_CHECKING

from reconciler.cli.options import Source
from reconciler.cli.variables import reachable
from reconciler.model import COMPANY

if TYPE_CHECKING:
    from reconciler.pipeline.manifests import Loaded


def loaded(source: Source) -> "Loaded":
    """All manifests of ``source``, with every diagnostic; errors among them are not raised."""
    from reconciler.pipeline.manifests import load_manifests

    return load_manifests(
        source.path, root=source.root, variables=source.variables, environment=reachable(os.environ)
    )


def sound(source: Source) -> "Loaded":
    """The manifests of ``source``. Raises InvalidManifests where any of them has an error."""
    manifests = loaded(source)
    manifests.raise_if_invalid()
    return manifests


def labels(manifests: "Loaded") -> tuple[str, ...]:
    """The clusters that the manifests name."""
    return tuple(one.cluster for one in manifests.desired if one.cluster != COMPANY)
