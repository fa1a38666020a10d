"""What the last runs found, kept in the user's cache folder: ids, which save the next run two round trips, and
which clusters a run was about, so that its like can ask for them before it has read the manifests.

They are guesses, never facts: a fetch tries them and asks for the company and its clusters in the same turn.
A file that is missing, damaged, unreadable or in nobody's place to write is as good as none.
"""

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from reconciler.api.client import ClusterRef
from reconciler.model import COMPANY, LiveState

LARGEST = 2**20
"""Bytes of a file that are looked at; the ids of some ten thousand clusters."""
RUNS = 20
"""How many runs' clusters are remembered, the latest."""


class Sought(NamedTuple):
    """What a run read: clusters by name, and which collections beside the usual ones."""

    clusters: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Remembered:
    """``known`` are ids by the name a cluster was asked for with, ``runs`` what was sought by what a run was about.

    ``place`` is their file, None for no memory.
    """

    place: Path | None = None
    known: Mapping[str, ClusterRef] = field(default_factory=dict)
    runs: Mapping[str, Sought] = field(default_factory=dict)

    def expected(self, about: str) -> tuple[tuple[ClusterRef, ...], tuple[str, ...]]:
        """The clusters and collections that a run about that most likely reads; none where it is new."""
        sought = self.runs.get(about, Sought())
        return tuple(self.known[name] for name in sought.clusters if name in self.known), sought.sections

    def keep(self, states: Mapping[str, LiveState], about: str = "", sections: Collection[str] = ()) -> None:
        """Remember what was found, beside what is known of the same company's other clusters and runs."""
        found = {name: ClusterRef(one.company_id, one.cluster_id) for name, one in states.items()}
        if self.place is None or not found:
            return
        companies = {one.company_id for one in found.values()}
        known = {name: one for name, one in self.known.items() if one.company_id in companies} | found
        runs = {one: sought for one, sought in self.runs.items() if known.keys() >= set(sought.clusters)}
        if about:
            runs.pop(about, None)
            runs[about] = Sought(tuple(found), tuple(sorted(sections)))
            runs = dict(list(runs.items())[-RUNS:])
        if known != self.known or list(runs.items()) != list(self.runs.items()):
            _write(self.place, known, runs)


def recall(api_url: str, key: str, environment: Mapping[str, str]) -> Remembered:
    """What is remembered of a server, as the holder of the token ``key`` (its name, not its value, sees it)."""
    folder = _folder(environment)
    if folder is None:
        return Remembered()
    user = blake2b(f"{api_url}\n{key}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    place = folder / f"{user}.json"
    return Remembered(place, *_read(place))


def _folder(environment: Mapping[str, str]) -> Path | None:
    """Where a cache belongs (XDG Base Directory Specification): an absolute path, or it is not used."""
    base = Path(environment.get("XDG_CACHE_HOME") or Path(environment.get("HOME", ""), ".cache"))
    return base / "reconciler" / "ids" if base.is_absolute() else None


def _read(place: Path) -> tuple[dict[str, ClusterRef], dict[str, Sought]]:
    try:
        with place.open("rb") as file:
            value = json.loads(file.read(LARGEST))
        known = {
            str(name): ClusterRef(_id(value["company"]), _id(cluster, empty=name == COMPANY))
            for name, cluster in value["clusters"].items()
        }
        runs = {
            str(about): Sought(tuple(map(str, sought["clusters"])), tuple(map(str, sought["sections"])))
            for about, sought in value.get("runs", {}).items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}, {}
    return known, runs


def _id(value: object, *, empty: bool = False) -> str:
    if not isinstance(value, str) or (not value.strip(".") and not empty):
        raise ValueError("not an id")
    return value


def _write(place: Path, known: Mapping[str, ClusterRef], runs: Mapping[str, Sought]) -> None:
    """Replace the file in one move, readable by its owner alone."""
    value = {
        "company": next(iter(known.values())).company_id,
        "clusters": {name: one.cluster_id for name, one in known.items()},
        "runs": {about: sought._asdict() for about, sought in runs.items()},
    }
    draft = place.with_name(f"{place.name}.{os.getpid()}")
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(value, file)
        draft.replace(place)
    except OSError:
        return
