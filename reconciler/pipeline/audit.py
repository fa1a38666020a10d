"""The audit file of applies: one JSON line for each request, to show later who did what, when.

It has methods, paths (which contain ids) and statuses; never a body, a header or a value.
"""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from msgspec import Struct, field

from reconciler.errors import UsageError
from reconciler.model.problem import AuditIncomplete
from reconciler.pipeline.provenance import holder
from reconciler.pipeline.sources import commit_of
from reconciler.transport import Exchange


class Audit(Struct):
    """An open audit file. Threads share it. ``plan`` is the digest of the plan that is applied, "" before there is one.
    ``problem`` says why lines are missing, None if none are."""

    who: str
    commit: str
    plan: str = ""
    problem: AuditIncomplete | None = None
    _file: int = -1
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, exchange: Exchange) -> None:
        """Add a line for one request; its ``status`` is null if no complete answer came. Never raises."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {
            "when": now,
            "who": self.who,
            "commit": self.commit,
            "plan": self.plan,
            "method": exchange.method,
            "path": exchange.path,
            "status": exchange.status or None,
            "seconds": round(exchange.seconds, 3),
        }
        rest = (json.dumps(line) + "\n").encode("ascii")
        with self._lock:
            try:
                while rest:
                    rest = rest[os.write(self._file, rest) :]
            except OSError as error:
                self.problem = self.problem or AuditIncomplete(str(error.strerror))


@contextmanager
def audit(path: Path | None, *, place: Path) -> Iterator[Audit | None]:
    """Open the file at ``path`` to add lines; a new one is readable by its owner only. None if there is no ``path``.

    ``place`` is the file or the folder of the manifests, for the commit. Raises UsageError if it cannot be opened.
    """
    if path is None:
        yield None
        return
    binary = getattr(os, "O_BINARY", 0)  # only on Windows, where a line would otherwise end in two characters
    try:
        opened = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | binary, 0o600)
    except OSError as error:
        raise UsageError(f"the audit file {path} cannot be opened: {error.strerror}") from None
    try:
        yield Audit(holder(), commit_of(place), _file=opened)
    finally:
        os.close(opened)


def fingerprint(text: str) -> str:
    """The digest of a plan in audit lines: the SHA-256 of its plan file's text, which holds no secret."""
    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
