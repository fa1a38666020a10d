"""The answers of a simulated registry: the digest of a tag, and whether an image can be pulled and runs.

No network is used: the name decides. ``missing`` or ``nonexistent`` in it, or a registry under ``.invalid``: it cannot
be pulled. ``crash`` in it: it starts, then fails at once (``crash-late``: after 3 s). ``complete`` in it: it starts,
and ends without an error, as a job does.
"""

import hashlib
import re
from typing import Literal

from msgspec import Struct

Fate = Literal["run", "reject", "crash", "crash-late", "complete"]

_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*(?::[0-9]+)?"
_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?P<repository>(?:(?=[^/]*[.:]|localhost/)(?P<host>{_HOST})/)?{_PART}(?:/{_PART})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}))?"
)
_ID = re.compile("[0-9a-f]{64}")
_LONGEST = 255
"""The most characters of a repository with its registry, also the default one."""


class Image(Struct, frozen=True):
    """The parts of an image reference; empty if absent."""

    repository: str
    tag: str
    digest: str

    @property
    def tagged(self) -> str:
        """Repository and tag, ``latest`` if there is none."""
        return f"{self.repository}:{self.tag or 'latest'}"


def parse(text: str) -> Image | None:
    """The parts of an image reference, or None if it is none by the grammar of Docker's distribution. An image's id is
    none either."""
    match = _REFERENCE.fullmatch(text)
    if match is None or _ID.fullmatch(text):
        return None
    repository = match["repository"]
    implied = "" if match["host"] else "docker.io/" if "/" in repository else "docker.io/library/"
    if len(implied + repository) > _LONGEST:
        return None
    return Image(repository, match["tag"] or "", match["digest"] or "")


def fate(image: Image) -> Fate:
    """How a container of this image behaves."""
    host, text = image.repository.split("/")[0].split(":")[0], f"{image.repository}:{image.tag}"
    if "missing" in text or "nonexistent" in text or host.endswith(".invalid"):
        return "reject"
    if "crash-late" in text:
        return "crash-late"
    return "crash" if "crash" in text else "complete" if "complete" in text else "run"


def pinned(image: Image, *, pushes: int) -> str:
    """The reference as Docker stores it: with the digest of the tag after this number of ``pushes``."""
    if image.digest:
        tag = f":{image.tag}" if image.tag else ""
        return f"{image.repository}{tag}@{image.digest}"
    if fate(image) == "reject":
        return f"{image.repository}:{image.tag}" if image.tag else image.repository
    digest = hashlib.sha256(f"{image.tagged} {pushes}".encode()).hexdigest()
    return f"{image.tagged}@sha256:{digest}"
