"""Names that Docker refuses, so that they are told here and not in the middle of an apply."""

import re
from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, error
from reconciler.model import Desired, Diagnostic

NAME = "refused-name"
_LABEL = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9])?")
_LOGICAL = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9_.-]{0,54}[a-zA-Z0-9])?")
_EXTERNAL = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9_.-]{0,62}[a-zA-Z0-9])?")
_VOLUME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{1,254}")
_DOTTED = "letters, digits, dashes, underscores and dots, beginning and ending with a letter or digit"


def is_service_name(name: str) -> bool:
    """Whether Docker takes it for a service (swarmkit: names of services)."""
    return _LABEL.fullmatch(name) is not None


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """Docker's rules: services 63 characters, secrets and configs 64 of which the version takes 8."""
    for one in desired:
        for (kind, name), manifest in one.manifests.items():
            pattern, accepted = (
                _LABEL,
                "at most 63 letters, digits, dashes and underscores, none of these at an end",
            )
            if kind in ("secret", "config"):
                external = bool(manifest.spec.get("external"))
                pattern, most = (_EXTERNAL, 64) if external else (_LOGICAL, 56)
                accepted = f"at most {most} {_DOTTED}"
            elif kind == "volume":
                pattern, accepted = (
                    _VOLUME,
                    "2 to 255 letters, digits, dashes, underscores and dots, a letter or digit first",
                )
            elif kind != "service":
                continue
            if not pattern.fullmatch(name):
                shown = name if len(name) <= 70 else name[:69] + "…"
                yield error(
                    NAME, manifest.location, f"{kind} can't be named {shown!r}", f"accepted: {accepted}"
                )


CHECK = Check(NAME, "Docker refuses a name", check)
