"""The server and its credentials: from the environment, or those of the emulator; never from an option."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reconciler.cli.console import say
from reconciler.cli.options import ServerOptions
from reconciler.errors import Unauthorized, UsageError
from reconciler.resources import PRODUCTION

if TYPE_CHECKING:
    from reconciler.model import Sensitive
    from reconciler.pipeline.session import Session
    from reconciler.transport import Exchange

KEY, VALUE = "MEDSTACK_TOKEN_KEY", "MEDSTACK_TOKEN_VALUE"
EMULATOR_STATE = Path(".reconciler-emulator.sqlite3")
"""The file in the working directory that keeps the state of ``--emulator``."""
EMULATED = ("production", "staging")
"""Labels of the clusters that the emulator always has."""
EMULATOR_LIBRARIES = frozenset({"httptools", "starlette", "uvicorn"})


class Account(NamedTuple):
    """A server's base URL and the token to sign in with.

    ``named`` is the server's name in plan files, if its URL changes from run to run.
    """

    url: str
    key: str
    value: "Sensitive"
    named: str = ""


@contextmanager
def connected(
    server: ServerOptions,
    *,
    clusters: Sequence[str] = (),
    ask: bool = False,
    observe: "Callable[[Exchange], None] | None" = None,
) -> "Iterator[Session]":
    """A session with the server that the options name. It is closed at the end, with the emulator.

    ``clusters`` are labels of clusters that the emulator creates if it does not have them. With ``ask`` the request
    for the company is sent at once, before the manifests are read. ``observe`` is called after every exchange.
    """
    from reconciler.pipeline.session import company_asked, connect, never_repeat

    with (
        _account(server, clusters) as account,
        _explaining_rejected_token(account.url),
        connect(
            account.url,
            key=account.key,
            value=account.value,
            named=account.named,
            parallelism=server.parallelism,
            rate=server.rate,
            observe=_observer(observe, verbose=server.verbose),
            tell=say,
        ) as session,
        company_asked(session) if ask else nullcontext(session) as asked,
    ):
        never_repeat(session, os.environ)
        yield asked


@contextmanager
def _explaining_rejected_token(url: str) -> Iterator[None]:
    """Add the server's URL, and how to create a new token, to the error of a rejected token."""
    try:
        yield
    except Unauthorized as error:
        if error.status != 401:
            raise
        raise Unauthorized(
            f"{error}\n{url} rejected the token. A token belongs to one user and one company, and its value is shown "
            "only once: create a new personal access token in MedStack Control and export both parts again.",
            status=error.status,
            method=error.method,
            path=error.path,
        ) from None


def has_credentials(environment: Mapping[str, str]) -> bool:
    """Whether the environment has a token."""
    return all(environment.get(name) for name in (KEY, VALUE))


def from_environment(environment: Mapping[str, str], *, api_url: str | None) -> Account:
    """The account from MEDSTACK_TOKEN_KEY and MEDSTACK_TOKEN_VALUE.

    Raises UsageError with the variables to set.
    """
    from reconciler.model import Sensitive

    missing = [name for name in (KEY, VALUE) if not environment.get(name)]
    if missing:
        exports = "\n".join(f"  export {name}=..." for name in missing)
        raise UsageError(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set in the environment. "
            f"Create an API token in MedStack Control, then:\n{exports}\n"
            "Or add --emulator to try this without an account."
        )
    return Account(url=api_url or PRODUCTION, key=environment[KEY], value=Sensitive(environment[VALUE]))


@contextmanager
def _account(server: ServerOptions, clusters: Sequence[str]) -> Iterator[Account]:
    if not server.emulator:
        yield from_environment(os.environ, api_url=server.api_url)
        return
    with emulator_installed():
        from reconciler import emulator
        from reconciler.model import Sensitive

        running = emulator.serve(state=EMULATOR_STATE, clusters=tuple(dict.fromkeys((*EMULATED, *clusters))))
        with running as served:
            yield Account(url=served.url, key=served.key, value=Sensitive(served.value), named="emulator")


@contextmanager
def emulator_installed() -> Iterator[None]:
    """Raise UsageError with what to install, if the emulator's libraries are missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in EMULATOR_LIBRARIES:
            raise
        raise UsageError(
            f"the emulator needs {error.name}, which is not installed: it comes with the extra `emulator`. "
            "In the folder of reconciler's sources: pip install '.[emulator]'"
        ) from None


def _observer(
    observe: "Callable[[Exchange], None] | None", *, verbose: bool
) -> "Callable[[Exchange], None] | None":
    """The function that is called with every exchange: ``observe``, the printing of ``--verbose``, or both."""
    if not verbose:
        return observe
    if observe is None:
        return _show

    def both(exchange: "Exchange") -> None:
        observe(exchange)
        _show(exchange)

    return both


def _show(exchange: "Exchange") -> None:
    status = exchange.status or "no answer"
    say(f"{exchange.method} {exchange.path} {status} {exchange.seconds * 1000:.0f} ms")
