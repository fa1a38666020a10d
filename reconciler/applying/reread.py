"""Reads the live objects of all kinds with unique names again, in parallel; writes are checked against these."""

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor

from msgspec.structs import replace

from reconciler.applying.context import ApplyContext
from reconciler.fetch import read_kind
from reconciler.kinds import NAMED

LISTS_REREAD = len(NAMED)
"""The number of requests of ``reread``."""


def reread(context: ApplyContext) -> None:
    """Read all kinds with unique names again, into ``context.live``. Raises what ``read_kind`` raises."""
    with ThreadPoolExecutor(len(NAMED), "reread") as threads:
        begin_reread(context, threads)()


def begin_reread(context: ApplyContext, threads: Executor) -> Callable[[], None]:
    """Begin to read them in ``threads``. Returns a function that waits for the results and puts them into
    ``context.live``; it raises what ``read_kind`` raises."""
    lists = {kind: threads.submit(read_kind, context.writer, context.at, kind) for kind in NAMED}

    def finish() -> None:
        read = {kind: reading.result() for kind, reading in lists.items()}
        context.read_again(replace(context.live, objects={**context.live.objects, **read}))

    return finish
