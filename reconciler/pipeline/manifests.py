"""Loads and checks manifests: from files to desired objects, with all diagnostics of the run. Contacts no server."""

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

from reconciler.checks import check, check_schema
from reconciler.errors import InvalidManifests
from reconciler.loading import assemble, read
from reconciler.loading.files import Barred
from reconciler.loading.other_manifests import OtherManifests
from reconciler.loading.secrecy import conceal, plain_texts, secret_values, sensitive_texts
from reconciler.loading.variables import given_names
from reconciler.model import Covered, Desired, Diagnostic, Document, Documents
from reconciler.pipeline.keys import reachable
from reconciler.pipeline.sources import Sources, commit_of_checkout
from reconciler.pipeline.stages import Stages

MOST_SHOWN = 1_000
"""The most errors and warnings that one run shows."""
NOT_RECORDED: Final = "not recorded"
"""Given in place of sources for manifests that are only checked."""


class Manifests(Struct, frozen=True, dict=True):
    """The loaded manifests of a PATH.

    ``read`` are the real paths of the manifests and of the files that they extend. ``sources`` gives the recorded
    source of each; if None, nothing is ``covered``, so that a plan deletes nothing. ``variables`` are the names of the
    given variables.
    """

    desired: tuple[Desired, ...]
    diagnostics: tuple[Diagnostic, ...]
    place: Path
    read: frozenset[str]
    sources: Sources | None = None
    covered: tuple[Covered, ...] = ()
    variables: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()

    def values_never_repeated(self) -> frozenset[str]:
        """The values of sensitive variables that the manifests use."""
        return sensitive_texts(self.documents)

    def secret_values(self) -> frozenset[str]:
        """The values of secrets, from the environment, files or encrypted texts."""
        return secret_values(self.documents)

    def plain_texts(self) -> Iterator[str]:
        """Every text in the manifests that is not hidden."""
        return plain_texts(self.documents)

    @property
    def files(self) -> int:
        """The number of files that were read."""
        return len(self.read)

    @property
    def commit(self) -> str:
        """The commit of the manifests, with ``-dirty`` if they were edited since; "" if unknown."""
        return commit_of_checkout(self.sources.checkout, self.place) if self.sources else ""

    @property
    def is_valid(self) -> bool:
        """Whether there is no error among the diagnostics."""
        return not any(diagnostic.severity == "error" for diagnostic in self.diagnostics)

    @cached_property
    def others(self) -> OtherManifests | None:
        """The other manifests of the repository; None without sources."""
        return self.sources.others(self.read, self.covered) if self.sources else None

    def raise_if_invalid(self) -> None:
        """Raises ``InvalidManifests`` with all diagnostics if one of them is an error."""
        if not self.is_valid:
            raise InvalidManifests(self.diagnostics)


def load(
    path: Path | str = ".",
    *,
    root: Path | None = None,
    variables: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    source: str = "",
    mask: Iterable[str] = (),
    barred: Barred = lambda _: "",
    sources: Sources | Literal["not recorded"] | None = None,
    stages: Stages | None = None,
) -> Manifests:
    """All manifests of ``path``, a file or a folder. An error in them is a diagnostic, not an exception.

    ``root`` is the folder that ``extends`` and ``file:`` must not leave; None: the git repository, or else PATH's
    folder. ``variables`` are the values for ``${NAME}``. After them come the ``RECONCILER_VAR_NAME`` of ``environment``
    (None: this process's own), which also has the values of secrets (``RECONCILER_SECRET_NAME``); manifests can read
    nothing else of it. ``source`` is the name under which the manifests are recorded; "" for git's origin, or else the
    folder. ``mask`` are patterns of variables whose values are sensitive in addition. ``barred`` gets the real path of
    a file that a manifest names, and returns why it must not be read, or "". ``sources`` is used instead of ``source``
    if git was already started; with ``NOT_RECORDED`` git is not used, and the result can be checked but not planned.
    ``stages`` counts the time.

    Raises ``UsageError`` for an invalid ``source``, and in a checkout if git is missing or fails.
    """
    place = Path(path)
    recorded = None if sources == NOT_RECORDED else sources or Sources(place, root=root, name=source)
    stages, variables = stages or Stages(), variables or {}
    environment = reachable(os.environ if environment is None else environment)
    with stages.stage("load"):
        documents = read(
            place, root=root, variables=variables, environment=environment, mask=mask, barred=barred
        )
    with stages.stage("check"):
        documents, misfits = check_schema(documents)
    desired, found = _declared(documents, recorded, stages)
    read_files = frozenset(document.key[0] for document in documents.documents)
    return Manifests(
        desired=desired,
        diagnostics=_shown(set(conceal({*found, *misfits}, documents.documents))),
        place=place.resolve(),
        read=read_files,
        sources=recorded,
        covered=recorded.covered(read_files) if recorded and desired else (),
        variables=tuple(sorted(given_names(variables, environment))),
        documents=documents.documents,
    )


def _declared(
    documents: Documents, sources: Sources | None, stages: Stages
) -> tuple[tuple[Desired, ...], set[Diagnostic]]:
    """The declared objects of documents, and the diagnostics so far."""
    with stages.stage("load"):
        desired, assembled = assemble(documents, sources.of if sources else None)
    with stages.stage("check"):
        return desired, {*documents.diagnostics, *assembled, *check(desired)}


def _shown(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The diagnostics by place; if there are more than ``MOST_SHOWN``, errors before warnings, and how many more."""
    placed = sorted(
        found, key=lambda diagnostic: (diagnostic.location, diagnostic.severity, diagnostic.message)
    )
    if len(placed) <= MOST_SHOWN:
        return tuple(placed)
    kept = sorted(
        sorted(placed, key=lambda diagnostic: diagnostic.severity)[:MOST_SHOWN],
        key=lambda diagnostic: diagnostic.location,
    )
    hint = "correct those that are shown, then validate again"
    more = f"{len(placed) - MOST_SHOWN:,} more problems are not shown"
    return (*kept, Diagnostic(kept[-1].location, kept[-1].severity, "budget", more, hint))
