"""The part of a repository's manifests that a job is about. Each target has its own comment, approval and issue."""

import hashlib
from collections.abc import Sequence

from msgspec import Struct

from reconciler.planfile.keyed import canonical
from reconciler.render.visible import shorten

VISIBLE = 16


class JobTarget(Struct, frozen=True, kw_only=True):
    """PATH, the folder it is relative to (from the checkout's root), the clusters and addresses in scope, and the API.

    ``variables`` are the names of the given variables, ``values`` a keyed digest of their values, "" without a key.
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
        """The target's identity: a digest in hexadecimal."""
        scope = [sorted(self.clusters), sorted(self.addresses)]
        facts = [self.folder, self.path, *scope, self.api_url, sorted(self.variables), self.values]
        return hashlib.sha256(canonical(facts)).hexdigest()[:VISIBLE]

    @property
    def title(self) -> str:
        """The target's name for people, as plain text."""
        place = self.path if self.folder == "." else f"{self.folder}/{self.path}".removesuffix("/.")
        place = "the whole repository" if place == "." else place
        scope = ", ".join([*self.clusters, *self.addresses])
        return shorten(f"{place} ({scope})" if scope else place, 200)


def marker(target: JobTarget, purpose: str) -> str:
    """The hidden first line by which a comment or an issue of reconciler is found."""
    return f"<!-- reconciler {purpose} {target.key} -->"


def has_marker(body: str, mark: str) -> bool:
    """Whether the first line of a text is the marker. Text below it cannot imitate it."""
    return body.replace("\r\n", "\n").split("\n", 1)[0].strip() == mark
