"""A run's connection to the server. It can only read: a client that writes is created by ``apply`` and the
operations."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.api.calls import Calls
from reconciler.api.client import Reader
from reconciler.api.rate_limiter import RateLimiter
from reconciler.api.retry import RetryPolicy
from reconciler.fetch import OF_COMPANY, Company, ask_company
from reconciler.model import Sensitive
from reconciler.pipeline.costs import Costs
from reconciler.pipeline.stages import Stages
from reconciler.resources import PRODUCTION
from reconciler.transport import TIMEOUT, Exchange, Transport

if TYPE_CHECKING:
    from reconciler.pipeline.manifests import Manifests


class Session(Struct, frozen=True):
    """A session with a server. ``reader`` is for planning; ``calls`` is for creating a ``Writer``. ``company`` is the
    future of the company, if it was requested before the manifests were read; ``stages`` has the time of each stage,
    ``costs`` the number and size of exchanges."""

    api_url: str
    transport: Transport
    calls: Calls
    reader: Reader
    parallelism: int
    company: Future[Company] | None = None
    stages: Stages = field(default_factory=Stages)
    costs: Costs = field(default_factory=Costs)

    @property
    def is_local(self) -> bool:
        """Whether the server is on this machine."""
        return self.transport.is_local


def never_repeat(
    session: Session, environment: Mapping[str, str], manifests: "Manifests | None" = None
) -> None:
    """Mask, in all messages of the session, the values of ``RECONCILER_SECRET_NAME``, of the manifests' secrets and of
    sensitive variables."""
    from reconciler.credentials.rules import names_credential
    from reconciler.loading.interpolate import PREFIX as VARIABLE_PREFIX
    from reconciler.loading.sources import PREFIX as SECRET_PREFIX

    values = {
        value
        for name, value in environment.items()
        if name.startswith(SECRET_PREFIX)
        or (name.startswith(VARIABLE_PREFIX) and names_credential(name.removeprefix(VARIABLE_PREFIX)))
    }
    if manifests is None:
        session.calls.sought.seek(values)
    else:
        values |= manifests.values_never_repeated() | manifests.secret_values()
        session.calls.sought.seek(values, manifests.plain_texts)


@contextmanager
def connect(
    api_url: str = PRODUCTION,
    *,
    key: str,
    value: Sensitive | str,
    parallelism: int = 16,
    named: str = "",
    rate: float | None = None,
    timeout: float = TIMEOUT,
    patience: RetryPolicy | None = None,
    observe: Callable[[Exchange], None] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Iterator[Session]:
    """A session with a server and a token (``key`` and ``value``). Opens no connection yet.

    ``parallelism`` is the most requests at once, ``rate`` the most per second (None: no limit). ``timeout`` is for one
    exchange, in seconds; ``patience`` is the retry policy. ``observe`` is called after every exchange, ``tell`` with a
    sentence on each long wait, both by any thread. ``named`` is the server's name in plan files, if its URL differs
    from run to run.

    Raises ``UsageError`` for an invalid URL or credentials; plain http is accepted only for this machine.
    """
    secret = value if isinstance(value, Sensitive) else Sensitive(value)
    costs = Costs()

    def note(exchange: Exchange) -> None:
        costs.note(exchange)
        if observe is not None:
            observe(exchange)

    transport = Transport(
        api_url, key=key, value=secret.reveal(), parallelism=parallelism, timeout=timeout, observe=note
    )
    with transport:
        calls = Calls(transport, pace=RateLimiter(parallelism, rate=rate), patience=patience, tell=tell)
        yield Session(named or api_url, transport, calls, Reader(calls), parallelism, costs=costs)


@contextmanager
def company_asked(session: Session) -> Iterator[Session]:
    """The session, after a thread was started that reads the company and its own objects, while the manifests are
    read."""
    threads = ThreadPoolExecutor(2, "company")
    try:
        yield replace(session, company=threads.submit(ask_company, session.reader, threads, OF_COMPANY))
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
