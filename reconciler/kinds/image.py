"""Image references as Docker reads them (Docker: distribution reference grammar). Text only."""

import re
from functools import lru_cache
from typing import Any

HUB = "docker.io"
"""The registry of images that name none."""


_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_DOMAIN = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?:{_DOMAIN}/)?{_PART}(?:/{_PART})*(?::\w[\w.-]{{0,127}})?(?:@[a-zA-Z][a-zA-Z0-9+._-]*:[a-fA-F0-9]{{32,}})?",
    re.ASCII,
)


def is_reference(image: str) -> bool:
    """Whether Docker can read it as the name of an image, with or without a tag and a digest."""
    return _REFERENCE.fullmatch(image) is not None


@lru_cache(maxsize=4096)
def split(image: str) -> tuple[str, str, str]:
    """An image as (repository, tag, digest), with ``docker.io/library`` filled in; tag and digest may be "".

    ``redis`` and ``docker.io/redis`` are ``docker.io/library/redis``, ``clinic/api`` is ``docker.io/clinic/api``.
    The part before the first slash is a registry if it has a dot, a colon or a capital, or is ``localhost``.
    """
    rest, _, digest = image.strip().partition("@")
    name, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:
        name, tag = rest, ""
    domain, slash, path = name.partition("/")
    if not slash or not (set(domain) & {".", ":"} or domain == "localhost" or domain != domain.lower()):
        domain, path = HUB, name
    elif domain == "index.docker.io":
        domain = HUB
    if domain == HUB and "/" not in path:
        path = f"library/{path}"
    return f"{domain}/{path}", tag, digest


def basename(image: str) -> str:
    """The last part of the repository, lower case: ``traefik`` for ``docker.io/library/traefik:2``."""
    return split(image)[0].rpartition("/")[2].lower()


def same(desired: str, live: str) -> bool:
    """Whether a live image is the one declared.

    A digest that the platform added to a declared tag does not count; a declared digest must be there.
    """
    name, tag, digest = split(desired)
    live_name, live_tag, live_digest = split(live)
    if name != live_name:
        return False
    if digest:
        return digest == live_digest and (not tag or not live_tag or tag == live_tag)
    return (tag or "latest") == (live_tag or "latest")


def comparable(desired: Any, live: Any) -> tuple[Any, Any]:
    """The comparable forms of a declared and a live image."""
    if desired and live and same(desired, live):
        return desired, desired
    return desired, live
