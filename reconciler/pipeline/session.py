"""A run's connection to the server. It can read; only ``apply`` and the operations build a client that writes."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from reconciler.api.calls import Calls
from reconciler.api.client import Reader
from reconciler.api.pace import Pace
from reconciler.api.retry import Patience
from reconciler.fetch import CORE, Begun, begin, fetch
from reconciler.model import LiveState, Sensitive
from reconciler.pipeline.remembered import Remembered
from reconciler.pipeline.stages import Stages
from reconciler.transport import TIMEOUT, Exchange, Transport, connect


@dataclass(frozen=True, slots=True)
class Session:
    """``reader`` for whoever plans; ``calls`` is what a writer is built on.

    ``begun`` is on its way since before the manifests were read, ``remembered`` what the last runs found,
    ``about`` what this one is about (see ``Remembered.runs``), ``stages`` where the time went.
    """

    api_url: str
    transport: Transport
    calls: Calls
    reader: Reader
    parallelism: int
    begun: Begun | None = None
    remembered: Remembered = field(default_factory=Remembered)
    about: str = ""
    stages: Stages = field(default_factory=Stages)

    @property
    def is_local(self) -> bool:
        """Whether the server is on this machine."""
        return self.transport.is_local


@contextmanager
def open_session(
    api_url: str,
    *,
    key: str,
    value: Sensitive,
    parallelism: int,
    named: str = "",
    rate: float | None = None,
    timeout: float = TIMEOUT,
    patience: Patience | None = None,
    observe: Callable[[Exchange], None] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Iterator[Session]:
    """A session with a server as the holder of a token. Opens no connection yet.

    ``named`` is what plan files call the server, where its URL is not the same twice. ``rate`` caps the
    requests a second, ``timeout`` is for one exchange, in seconds, and ``patience`` for sending again, and
    ``tell`` is told of long waits. Raises ``UsageError`` for a URL or credentials of no use.
    """
    transport = connect(api_url, key=key, value=value.reveal(), timeout=timeout, observe=observe)
    with transport:
        calls = Calls(transport, pace=Pace(parallelism, rate=rate), patience=patience, tell=tell)
        yield Session(named or api_url, transport, calls, Reader(calls), parallelism)


@contextmanager
def begun(session: Session, remembered: Remembered, about: str) -> Iterator[Session]:
    """The session with a fetch begun: of the clusters that the last run about the same was for, or as much as can be
    asked without their names."""
    expected, sections = remembered.expected(about)
    started = begin(
        session.reader,
        sections={"webhooks", *sections},
        connections=len(CORE) + (3 if remembered.known else 0),
        parallelism=session.parallelism,
        known=bool(remembered.known),
        expected=expected,
    )
    try:
        yield replace(session, begun=started, remembered=remembered, about=about)
    finally:
        started.close()


def states_of(
    session: Session, names: Sequence[str], sections: Sequence[str], *, spared: Sequence[str] = ()
) -> dict[str, LiveState]:
    """Fetch these clusters, going on from what was begun, and remember their ids. Raises as ``fetch`` does."""
    states = fetch(
        session.reader,
        names,
        sections=sections,
        spared=spared,
        begun=session.begun,
        known=session.remembered.known,
        parallelism=session.parallelism,
    )
    session.remembered.keep(states, session.about, sections)
    return states
