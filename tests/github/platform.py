"""Changes to the emulated platform outside git."""

from collections.abc import Iterator
from contextlib import contextmanager

from reconciler.api.client import ClusterRef, Writer
from reconciler.emulator import Emulator
from reconciler.model import Sensitive
from reconciler.pipeline.session import connect


@contextmanager
def writer(platform: Emulator, cluster: str = "production") -> Iterator[tuple[Writer, ClusterRef]]:
    """A client that can write, and its cluster."""
    with connect(platform.url, key=platform.key, value=Sensitive(platform.value), parallelism=4) as session:
        company = str(session.reader.company()["id"])
        found = next(body for body in session.reader.clusters(company) if body["label"] == cluster)
        yield Writer(session.calls), ClusterRef(company, str(found["id"]))
