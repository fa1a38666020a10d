"""The requests received, and how each ended. Bodies and credentials are never kept."""

import time
from collections import deque
from typing import Any

from msgspec import Struct, field
from msgspec.structs import asdict

_MOST = 100_000


class JournalEntry(Struct):
    """``state``: arrived, then answered or dropped; ``processed``: the operation was carried out."""

    seq: int
    method: str
    path: str
    time: float
    status: int | None = None
    state: str = "arrived"
    processed: bool = False
    fault: str | None = None


class Journal(Struct):
    """The requests since the start or the last ``clear``, oldest first."""

    entries: deque[JournalEntry] = field(default_factory=lambda: deque(maxlen=_MOST))
    last: int = 0

    def arrived(self, method: str, path: str) -> JournalEntry:
        """Add a request whose headers were received."""
        self.last += 1
        entry = JournalEntry(self.last, method, path, time.time())
        self.entries.append(entry)
        return entry

    def after(self, seq: int) -> list[dict[str, Any]]:
        """Entries with a higher number, as JSON objects."""
        return [asdict(entry) for entry in self.entries if entry.seq > seq]

    def clear(self) -> None:
        """Forget all requests; numbering continues."""
        self.entries.clear()
