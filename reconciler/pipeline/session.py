"""A run's connection to the server. It can read; only ``apply`` and the operations build a client that writes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from reconciler.api.calls import Calls
from reconciler.api.client import Reader
from reconciler.api.pace import Pace
from reconciler.model import Sensitive
from reconciler.transport import Exchange, Transport, connect


@dataclass(frozen=True, slots=True)
class Session:
    """``reader`` for whoever plans; ``calls`` is what a writer is built on."""

    api_url: str
    transport: Transport
    calls: Calls
    reader: Reader
    parallelism: int


@contextmanager
def open_session(
    api_url: str,
    *,
    key: str,
    value: Sensitive,
    parallelism: int,
    rate: float | None = None,
    observe: Callable[[Exchange], None] | None = None,
) -> Iterator[Session]:
    """A session with a server as the holder of a token. Opens no connection yet.

    ``rate`` caps the requests a second. Raises ``UsageError`` for a URL or credentials of no use.
    """
    transport = connect(api_url, key=key, value=value.reveal(), observe=observe)
    with transport:
        calls = Calls(transport, pace=Pace(parallelism, rate=rate))
        yield Session(api_url, transport, calls, Reader(calls), parallelism)
