"""load and check: files to what is desired, with every problem of the run. Talks to no server."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from reconciler.checks import check, check_schema
from reconciler.errors import InvalidManifests
from reconciler.load import assemble, read
from reconciler.load.files import root_of
from reconciler.load.secrecy import conceal
from reconciler.load.variables import given_names
from reconciler.model import Desired, Diagnostic
from reconciler.pipeline.provenance import repository_of
from reconciler.pipeline.stages import Stages


class Loaded(NamedTuple):
    """What a PATH holds. ``place`` is PATH, absolute; ``path`` is what the record keeps of it.

    That is PATH relative to the root, with the repository before it where there is a remote one. ``variables``
    are the names of those that were given.
    """

    desired: tuple[Desired, ...]
    diagnostics: tuple[Diagnostic, ...]
    path: str
    place: Path
    files: int
    variables: tuple[str, ...] = ()

    @property
    def is_valid(self) -> bool:
        """Whether there is no error among the diagnostics."""
        return not any(one.severity == "error" for one in self.diagnostics)

    def raise_if_invalid(self) -> None:
        """Raises ``InvalidManifests`` with every diagnostic if there is an error among them."""
        if not self.is_valid:
            raise InvalidManifests(self.diagnostics)


def load_manifests(
    path: Path,
    *,
    root: Path | None,
    variables: Mapping[str, str],
    environment: Mapping[str, str],
    mask: Iterable[str] = (),
    stages: Stages | None = None,
) -> Loaded:
    """Everything declared under ``path``; a mistake in it is a diagnostic, never an exception.

    ``mask`` are patterns of variables whose values are sensitive, whatever the manifests say.
    """
    stages = stages or Stages()
    with stages.stage("load"):
        documents = read(path, root=root, variables=variables, environment=environment, mask=mask)
    with stages.stage("check"):
        documents, shape = check_schema(documents)
    with stages.stage("load"):
        desired, assembled = assemble(documents)
    with stages.stage("check"):
        found = {*documents.diagnostics, *shape, *assembled, *check(desired)}
        shown = conceal(found, documents.documents)
    bounds = (root or root_of(path)).resolve()
    real = path.resolve()
    within = real.relative_to(bounds).as_posix() if real.is_relative_to(bounds) else real.as_posix()
    repository = repository_of(real)
    return Loaded(
        desired=desired,
        diagnostics=tuple(sorted(set(shown), key=lambda one: (one.location, one.severity, one.message))),
        place=real,
        path=f"{repository}:{within}" if repository else within,
        files=len({one.key[0] for one in documents.documents}),
        variables=tuple(sorted(given_names(variables, environment))),
    )
