"""A run's connection to the server. It can read; only ``apply`` and the operations build a client that writes."""

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
    """``reader`` for whoever plans; ``calls`` is what a writer is built on.

    ``company`` is on its way where the server was asked before the manifests were read; ``stages`` is where the time
    went, ``costs`` what the exchanges came to.
    """

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
    """Have no message of the session repeat the values of ``RECONCILER_SECRET_NAME``, of the manifests' secrets and of
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
    """A session with a server as the holder of a token (``key`` and ``value``). Opens no connection yet.

    ``parallelism`` is the most requests under way at once, ``rate`` the most in a second, None for as many as the
    server takes. ``timeout`` is for one exchange, in seconds, and ``patience`` for sending again. ``observe`` is called
    after every exchange, ``tell`` with a sentence on each long wait, both from any thread. ``named`` is what plan files
    call the server, where its URL is not the same twice.

    Raises ``UsageError`` for a URL or credentials of no use: plain http is for this machine alone.
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
    """The session, with the company and what it has as a whole asked for in a thread: the manifests can be read
    meanwhile, since nothing of this depends on them."""
    threads = ThreadPoolExecutor(2, "company")
    try:
        yield replace(session, company=threads.submit(ask_company, session.reader, threads, OF_COMPANY))
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
