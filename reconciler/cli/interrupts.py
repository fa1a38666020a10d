"""Ctrl-C, SIGTERM and SIGHUP: outside an apply they end the run at once; during an apply they ask it to stop."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

Handler = Callable[[int, FrameType | None], None]
SHOW_CURSOR = "\x1b[?25h"
"""Shows the cursor again that a live display hid (xterm, DECTCEM)."""

STOPPED = (
    "Stopped with requests under way. The stack stays locked for up to two minutes; after that the next apply checks "
    "how they ended and continues."
)


@contextmanager
def terminable() -> Iterator[None]:
    """SIGTERM ends the program with exit code 143, after clean-up (``finally``, ``with``)."""

    def leave(number: int, _: FrameType | None) -> None:
        sys.exit(128 + number)

    with _handling(leave, signal.SIGTERM):
        yield


class Stop:
    """Whether a signal asked the run to stop, as a callable; ``exit_code`` is 130, 143 or 129 then."""

    __slots__ = ("exit_code",)

    def __init__(self) -> None:
        self.exit_code = 0

    def __call__(self) -> bool:
        """True after a signal."""
        return self.exit_code != 0


def leave_at_once(code: int) -> NoReturn:
    """End the process at once, also while its threads wait."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, RuntimeError):  # the process may have been writing
            if stream.isatty():
                stream.write(SHOW_CURSOR)
            stream.flush()
    os._exit(code)


@contextmanager
def graceful(tell: Callable[[str], None], leave: Callable[[int], NoReturn] = leave_at_once) -> Iterator[Stop]:
    """Inside the block the first SIGINT or SIGTERM sets the ``Stop`` that is yielded, and prints a message.

    So does SIGHUP (the terminal or connection was closed), unless it is ignored (``nohup``). A second signal ends the
    process at once: the record in the cluster has the pending changes.
    """
    stop = Stop()

    def note(number: int, _: FrameType | None) -> None:
        if stop():
            try:
                tell(STOPPED)
            except RuntimeError:  # the first message is still being written: write past its buffer
                with suppress(OSError):
                    os.write(2, f"{STOPPED}\n".encode())
            leave(128 + number)
        stop.exit_code = 128 + number
        with suppress(RuntimeError):  # another message is still being written
            tell(
                "Interrupted: ending the requests under way, then stopping. Press Ctrl-C again to stop immediately."
            )

    with _handling(note, signal.SIGINT, signal.SIGTERM, *_hang_up()):
        yield stop


def _hang_up() -> tuple[signal.Signals, ...]:
    heeded = hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    return (signal.SIGHUP,) if heeded else ()


@contextmanager
def _handling(handler: Handler, *numbers: signal.Signals) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)
