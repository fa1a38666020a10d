"""The ids that the last run found, kept in the user's cache folder: they save the next one two round trips.

They are guesses, never facts: a fetch tries them and asks for the company and its clusters in the same turn.
A file that is missing, damaged, unreadable or in nobody's place to write is as good as none.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from reconciler.api.client import ClusterRef
from reconciler.model import COMPANY, LiveState

LARGEST = 2**20
"""Bytes of a file that are looked at; the ids of some ten thousand clusters."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """``known`` are ids by the name a cluster was asked for with; ``place`` is their file, None for no memory."""

    place: Path | None = None
    known: Mapping[str, ClusterRef] = field(default_factory=dict)

    def keep(self, states: Mapping[str, LiveState]) -> None:
        """Remember what was found, beside what is known of the same company's other clusters."""
        found = {name: ClusterRef(one.company_id, one.cluster_id) for name, one in states.items()}
        companies = {one.company_id for one in found.values()}
        others = {name: one for name, one in self.known.items() if one.company_id in companies}
        if self.place is None or not found or {**others, **found} == self.known:
            return
        _write(self.place, {**others, **found})


def recall(api_url: str, key: str, environment: Mapping[str, str]) -> Remembered:
    """What is remembered of a server, as the holder of the token ``key`` (its name, not its value, sees it)."""
    folder = _folder(environment)
    if folder is None:
        return Remembered()
    user = blake2b(f"{api_url}\n{key}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    place = folder / f"{user}.json"
    return Remembered(place, _read(place))


def _folder(environment: Mapping[str, str]) -> Path | None:
    """Where a cache belongs (XDG Base Directory Specification): an absolute path, or it is not used."""
    base = Path(environment.get("XDG_CACHE_HOME") or Path(environment.get("HOME", ""), ".cache"))
    return base / "reconciler" / "ids" if base.is_absolute() else None


def _read(place: Path) -> dict[str, ClusterRef]:
    try:
        with place.open("rb") as file:
            value = json.loads(file.read(LARGEST))
        return {
            str(name): ClusterRef(_id(value["company"]), _id(cluster, empty=name == COMPANY))
            for name, cluster in value["clusters"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _id(value: object, *, empty: bool = False) -> str:
    if not isinstance(value, str) or (not value.strip(".") and not empty):
        raise ValueError("not an id")
    return value


def _write(place: Path, known: Mapping[str, ClusterRef]) -> None:
    """Replace the file in one move, readable by its owner alone."""
    value = {
        "company": next(iter(known.values())).company_id,
        "clusters": {name: one.cluster_id for name, one in known.items()},
    }
    draft = place.with_name(f"{place.name}.{os.getpid()}")
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(value, file)
        draft.replace(place)
    except OSError:
        return
