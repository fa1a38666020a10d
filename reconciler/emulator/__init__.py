"""Serves the MedStack Control API on this machine: no account, no network, no cost.

It answers by the same OpenAPI document that the tests check the client against, and behaves like Docker Swarm: names
must be unique, objects in use cannot be deleted, rollouts take time and can fail. It shares no code with the client, so
that an error in one is not repeated in the other. It listens only on loopback, and makes no request to any network.
"""

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.emulator.handlers import Handler

__all__ = ["Emulator", "Swarm", "run", "serve"]


class Emulator(Struct, frozen=True):
    """A running emulator: its URL, and the only token that it accepts."""

    url: str
    port: int
    key: str
    value: str


class Swarm(Struct, frozen=True):
    """A Docker Swarm to serve: that of the engine at ``docker_host`` (None: DOCKER_HOST), or one of engines that are
    started here, with their data below the folder ``machines``; a new node starts another engine.

    New services join the overlay network ``network``, which is created if missing; "none" is no network.
    """

    docker_host: str | None = None
    machines: Path | None = None
    network: str = "medstack"


@contextmanager
def serve(
    *,
    port: int = 0,
    state: Path | None = None,
    key: str | None = None,
    value: str | None = None,
    clusters: Sequence[str] = ("production", "staging"),
    node_sizes: Sequence[str] = (),
    pace: float = 1.0,
    delay: float = 0.0,
    swarm: Swarm | None = None,
) -> Iterator[Emulator]:
    """Serve in a thread of this process until the block ends.

    In: ``state`` is a SQLite file, made if absent (None: in memory); clusters in it are kept, labels that it
    lacks are added. ``key`` and ``value`` are random unless given. ``node_sizes`` are texts
    ``TITLE:VCPU:MEMORY`` (none: three of its own), for clusters that are added. ``pace`` scales all simulated
    durations (0: all is settled at once); ``delay`` holds every answer, in seconds. ``swarm``: serve this Docker
    Swarm rather than a simulation.
    Out: the emulator, ready for requests.
    Raises: UsageError: the port is taken, the state file is none, a node size cannot be read, no Swarm answers.
    """
    from reconciler.emulator import server  # heavy: the web framework
    from reconciler.emulator.app import HANDLERS, open_platform
    from reconciler.emulator.seed import NODE_SIZES, parse_node_size

    sizes = [parse_node_size(text) for text in node_sizes] or NODE_SIZES
    ended = ExitStack()
    handlers = ended.enter_context(_swarm(swarm)) if swarm is not None else HANDLERS
    with ended:
        platform = open_platform(
            state=state,
            key=key,
            value=value,
            clusters=clusters[:1] if swarm is not None else clusters,
            node_sizes=sizes,
            pace=pace,
            delay=delay,
            handlers=handlers,
        )
        ended.callback(platform.state.close)
        with server.listen(port) as listener:
            running = server.EmulatorServer(server.build_app(platform), listener)
            running.start()
            try:
                bound = listener.getsockname()[1]
                yield Emulator(f"http://{server.LOOPBACK}:{bound}/v1", bound, platform.key, platform.value)
            finally:
                running.stop()


@contextmanager
def _swarm(swarm: Swarm) -> "Iterator[Mapping[str, Handler]]":
    """Yield the handlers for a Swarm. The connection to its engine, and its machines if they are created here, are
    closed when the block ends."""
    try:
        from reconciler.emulator.swarm import Engine, handlers
        from reconciler.emulator.swarm.namespaces import namespaces
    except ModuleNotFoundError as error:
        raise UsageError(f"the Swarm backend needs {error.name}: pip install docker") from None
    with ExitStack() as ended:
        host, provider = swarm.docker_host, None
        if swarm.machines is not None:
            provider = ended.enter_context(namespaces(swarm.machines))
            host = provider.manager()
        engine = Engine(host, swarm.network)
        ended.callback(engine.close)
        yield handlers(engine, provider)


def _tell(line: str) -> None:
    """Print and flush at once, also into a pipe: the process that started this one may wait for the text."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def run(*, show: Callable[[str], None] = _tell, **options: Any) -> None:
    """Serve until SIGINT or SIGTERM.

    In: ``options`` are those of ``serve``; ``show`` gets the text for the user, of several lines.
    Only for the main thread. Raises: as ``serve``.
    """
    ended = threading.Event()
    former = {
        number: signal.signal(number, lambda *_: ended.set()) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        with serve(**options) as emulator:
            lines = (
                f"# The emulator listens on {emulator.url}. To use it, in another shell:",
                f"export MEDSTACK_API_URL={emulator.url}",
                f"export MEDSTACK_TOKEN_KEY={emulator.key}",
                f"export MEDSTACK_TOKEN_VALUE={emulator.value}",
                f"# To watch what it holds, in a browser: http://127.0.0.1:{emulator.port}/",
            )
            show("\n".join(lines))  # at once: a reader of the first line then has them all
            ended.wait()
    finally:
        for signal_number, handler in former.items():
            signal.signal(signal_number, handler)
