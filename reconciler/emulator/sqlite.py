"""The emulator's state: JSON records in SQLite, with a copy in memory.

A write is committed before it is answered, so it survives if the process is killed. Several processes may use one file:
each sees the others' commits at its next request. Of a record only ``id`` and ``name`` are interpreted.
"""

import json
import os
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from reconciler.errors import UsageError

Record = dict[str, Any]
"""A JSON object with at least ``id``. Records are replaced, never changed in place."""

_FORMAT = 1
_SCHEMA = """
CREATE TABLE objects (
    cluster TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (cluster, kind, id)
)
"""


class State:
    """All objects of all clusters, by cluster, kind and id. Objects of no cluster have cluster ""."""

    def __init__(self, path: Path | None) -> None:
        self.version = 0
        self._objects: dict[tuple[str, str], dict[str, Record]] = defaultdict(dict)
        self._names: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        try:
            self._db = _open(path)
        except (sqlite3.Error, OSError) as error:
            raise UsageError(f"{path}: not a state file of the emulator ({error})") from error
        self._seen = self._data_version()
        self._load()

    def close(self) -> None:
        """Close the file; the state cannot be used after that."""
        self._db.close()

    def all(self, cluster: str, kind: str) -> dict[str, Record]:
        """Records by id, in no defined order."""
        return self._objects[cluster, kind]

    def find(self, cluster: str, kind: str, key: str) -> Record | None:
        """The record with this id."""
        return self._objects[cluster, kind].get(key)

    def named(self, cluster: str, kind: str, name: str) -> Record | None:
        """The record with this name, whatever its case."""
        key = self._names[cluster, kind].get(name.lower())
        return None if key is None else self._objects[cluster, kind][key]

    def refresh(self) -> None:
        """Read what other processes have committed."""
        seen = self._data_version()
        if seen != self._seen:
            self._load()
            self._seen = seen

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction: everything saved inside is committed at the end, or nothing is."""
        self._db.execute("BEGIN IMMEDIATE")
        before = self.version
        try:
            self.refresh()
            before = self.version
            yield
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            if self.version != before:
                self._load()
            raise

    def save(self, cluster: str, kind: str, record: Record) -> None:
        """Add or replace; only inside ``writing``."""
        text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
        self._db.execute(
            "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)", (cluster, kind, record["id"], text)
        )
        self._remember(cluster, kind, record)

    def remove(self, cluster: str, kind: str, key: str) -> None:
        """Remove a record; only inside ``writing``."""
        self._db.execute(
            "DELETE FROM objects WHERE cluster = ? AND kind = ? AND id = ?", (cluster, kind, key)
        )
        record = self._objects[cluster, kind].pop(key)
        self._names[cluster, kind].pop(str(record.get("name", key)).lower(), None)
        self.version += 1

    def clear(self) -> None:
        """Remove all records; only inside ``writing``."""
        self._db.execute("DELETE FROM objects")
        self._objects.clear()
        self._names.clear()
        self.version += 1

    def dump(self) -> list[tuple[str, str, Record]]:
        """All records, in the form that ``save`` takes."""
        return [
            (cluster, kind, record)
            for (cluster, kind), records in self._objects.items()
            for record in records.values()
        ]

    def _remember(self, cluster: str, kind: str, record: Record) -> None:
        self._objects[cluster, kind][record["id"]] = record
        self._names[cluster, kind][str(record.get("name", record["id"])).lower()] = record["id"]
        self.version += 1

    def _load(self) -> None:
        self._objects.clear()
        self._names.clear()
        self.version += 1
        for cluster, kind, text in self._db.execute(
            "SELECT cluster, kind, record FROM objects ORDER BY rowid"
        ):
            self._remember(cluster, kind, json.loads(text))

    def _data_version(self) -> int:
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])


def _open(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        _for_its_owner_alone(path)
    db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False, timeout=30)
    try:
        _prepare(db)
    except sqlite3.Error:
        db.close()
        raise
    return db


def _for_its_owner_alone(path: Path) -> None:
    """Create the file, or make it private; SQLite gives the files beside it the same permissions."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    with suppress(PermissionError):  # the file of another user
        path.chmod(0o600)


def _prepare(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("BEGIN IMMEDIATE")
    found = db.execute("PRAGMA user_version").fetchone()[0]
    if found == 0:
        db.execute(_SCHEMA)
        db.execute(f"PRAGMA user_version = {_FORMAT}")
    db.execute("COMMIT")
    if found not in (0, _FORMAT):
        raise sqlite3.DatabaseError(f"its format is {found}, this version reads {_FORMAT}")
