"""Reading again what writes are checked against: the kinds with names, in parallel. Writes nothing."""

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor

from msgspec.structs import replace

from reconciler.applying.context import ApplyContext
from reconciler.fetch import read_kind
from reconciler.kinds import NAMED

LISTS_REREAD = len(NAMED)
"""Requests that one reading again takes."""


def reread(context: ApplyContext) -> None:
    """Read the kinds with names again: what writes are checked against."""
    with ThreadPoolExecutor(len(NAMED), "reread") as threads:
        begin_reread(context, threads)()


def begin_reread(context: ApplyContext, threads: Executor) -> Callable[[], None]:
    """Begin to read them in ``threads``; what it returns goes on from what was read, and raises as reading does."""
    lists = {kind: threads.submit(read_kind, context.writer, context.at, kind) for kind in NAMED}

    def finish() -> None:
        read = {kind: reading.result() for kind, reading in lists.items()}
        context.read_again(replace(context.live, objects={**context.live.objects, **read}))

    return finish
