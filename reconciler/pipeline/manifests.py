"""load and check: files to what is desired, with every problem of the run. Talks to no server."""

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
"""Errors and warnings of one run that are shown."""
NOT_RECORDED: Final = "not recorded"
"""In place of sources, for manifests that are only checked."""


class Manifests(Struct, frozen=True, dict=True):
    """What a PATH holds. ``read`` are the real paths of the files that are manifests or are extended.

    ``sources`` says where each is recorded as standing, None where nobody asked for that; then nothing is
    ``covered`` and what was read deletes nothing. ``variables`` are the names of those that were given.
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
        """The values of secrets, whether the environment, a file or a sealed text gives them."""
        return secret_values(self.documents)

    def plain_texts(self) -> Iterator[str]:
        """Every text that stands in the manifests for everybody to read."""
        return plain_texts(self.documents)

    @property
    def files(self) -> int:
        """How many files were read."""
        return len(self.read)

    @property
    def commit(self) -> str:
        """The commit that the manifests are of, with ``-dirty`` where they were edited since; "" if unknown."""
        return commit_of_checkout(self.sources.checkout, self.place) if self.sources else ""

    @property
    def is_valid(self) -> bool:
        """Whether there is no error among the diagnostics."""
        return not any(diagnostic.severity == "error" for diagnostic in self.diagnostics)

    @cached_property
    def others(self) -> OtherManifests | None:
        """The manifests of the repository that are none of these; None where nobody asked for sources."""
        return self.sources.others(self.read, self.covered) if self.sources else None

    def raise_if_invalid(self) -> None:
        """Raises ``InvalidManifests`` with every diagnostic if there is an error among them."""
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
    """Everything declared under ``path``, a file or a folder; a mistake in it is a diagnostic, never an exception.

    ``root`` is the folder that ``extends`` and ``file:`` stay inside; None: the git repository, else PATH's folder.
    ``variables`` fill ``${NAME}``; so do, after them, the ``RECONCILER_VAR_NAME`` of ``environment``, which is also
    where secrets' values come from (``RECONCILER_SECRET_NAME``); nothing else of it can be reached. None: this
    process's own.
    ``source`` is the name under which the manifests are recorded, "" for git's remote origin, else the folder.
    ``mask`` are patterns of variables whose values are sensitive, whatever the manifests say. ``barred`` says of the
    real path of a file that a manifest names why it must not be read, or "".
    ``sources``, where git was asked already, goes over ``source``. With ``NOT_RECORDED`` git is not asked which file
    each object comes from: the result can be checked but not planned from, as it covers no file. ``stages`` is where
    the time is counted.

    Raises ``UsageError`` for a ``source`` that can't be one, and where git is missing from a checkout or can't read it.
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
    """What documents declare, and what is wrong with them so far."""
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
