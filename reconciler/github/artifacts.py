"""Finds a plan file that was too long for its comment, in the artifacts of the workflow run that made it."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from reconciler.errors import Refused
from reconciler.github.repository import Repository
from reconciler.planfile import digest_of
from reconciler.planfile.file import LIMIT

ARTIFACTS = 20
"""The most artifacts, and the most files of each, that are read."""
PREFIX = "reconciler"
"""The prefix of the names of artifacts that may hold a plan file."""
_READ = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""The errors of zipfile for an archive that is damaged, encrypted or of an unknown kind."""


def plan_in_artifacts(repository: Repository, run_id: str, digest: str) -> str:
    """The plan file with this digest, from the artifacts of the run that made it.

    Raises Refused if no artifact has it, GitHubError if GitHub cannot be reached or refuses.
    """
    for number, artifact in enumerate(repository.artifacts(run_id)):
        if number == ARTIFACTS:
            break
        if artifact.name.startswith(PREFIX) and not artifact.expired:
            for text in json_files(repository.artifact(artifact.id, limit=LIMIT)):
                if digest_of(text) == digest:
                    return text
    raise Refused(
        f"its plan was too long for the comment, and no artifact of run {run_id} whose name begins with "
        f"{PREFIX!r} holds it: upload the output plan-json, and keep it until the merge"
    )


def json_files(archive: bytes) -> Iterator[str]:
    """The JSON files in a ZIP archive, up to the first that cannot be read, without those larger than a plan file."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as archived:
            for entry in archived.infolist()[:ARTIFACTS]:
                fits = entry.file_size <= LIMIT and entry.compress_type in _READ
                if entry.filename.endswith(".json") and fits:
                    yield archived.read(entry).decode("utf-8")
    except _DAMAGED:
        return
