"""Which part of a repository's manifests a job is about: each has a comment, an approval and an issue of its own."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.planfile.keyed import canonical
from reconciler.render.visible import shorten

VISIBLE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTarget:
    """PATH, the folder it is relative to (from the checkout's root), what of it is in scope, and for which API.

    ``variables`` are the names of those given, and ``values`` is a keyed digest of what they are, "" without a key.
    """

    folder: str
    path: str
    clusters: Sequence[str] = ()
    addresses: Sequence[str] = ()
    api_url: str = ""
    variables: Sequence[str] = ()
    values: str = ""

    @property
    def key(self) -> str:
        """What tells this target from others, as one word."""
        scope = [sorted(self.clusters), sorted(self.addresses)]
        facts = [self.folder, self.path, *scope, self.api_url, sorted(self.variables), self.values]
        return hashlib.sha256(canonical(facts)).hexdigest()[:VISIBLE]

    @property
    def title(self) -> str:
        """What it is called, for people, as plain text."""
        place = self.path if self.folder == "." else f"{self.folder}/{self.path}".removesuffix("/.")
        place = "the whole repository" if place == "." else place
        scope = ", ".join([*self.clusters, *self.addresses])
        return shorten(f"{place} ({scope})" if scope else place, 200)


def marker(target: JobTarget, purpose: str) -> str:
    """The hidden first line by which a comment or an issue of ours is found again."""
    return f"<!-- reconciler {purpose} {target.key} -->"


def bears(body: str, mark: str) -> bool:
    """Whether a text begins with the marker, alone on its line. What follows can't forge it."""
    return body.replace("\r\n", "\n").split("\n", 1)[0].strip() == mark
