"""Ctrl-C, SIGTERM and a hang-up: outside of an apply they end the run at once; inside, they ask it to end."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

Handler = Callable[[int, FrameType | None], None]
SHOW_CURSOR = "\x1b[?25h"
"""Gives a terminal back the cursor that a live display hid (xterm, DECTCEM)."""


@contextmanager
def terminable() -> Iterator[None]:
    """SIGTERM ends the program with exit code 143, and clean-up (``finally``, ``with``) takes place."""

    def leave(number: int, _: FrameType | None) -> None:
        sys.exit(128 + number)

    with _handling(leave, signal.SIGTERM):
        yield


class Stop:
    """Whether a signal asked the run to come to its end. Called, it answers; ``exit_code`` is 130, 143 or 129."""

    __slots__ = ("exit_code",)

    def __init__(self) -> None:
        self.exit_code = 0

    def __call__(self) -> bool:
        """True once a signal came in."""
        return self.exit_code != 0


def leave_at_once(code: int) -> NoReturn:
    """End the process, whatever its threads are waiting for."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, RuntimeError):  # it may have been in the middle of writing
            if stream.isatty():
                stream.write(SHOW_CURSOR)
            stream.flush()
    os._exit(code)


@contextmanager
def graceful(tell: Callable[[str], None], leave: Callable[[int], NoReturn] = leave_at_once) -> Iterator[Stop]:
    """Inside, the first SIGINT or SIGTERM is noted in the ``Stop`` that is yielded, and told to people.

    So is SIGHUP, when a terminal or a connection is closed, unless it is ignored (``nohup``). At a second signal
    it is left at once: the record in the cluster says what was under way.
    """
    stop = Stop()

    def note(number: int, _: FrameType | None) -> None:
        if stop():
            with suppress(RuntimeError):  # the message before may still be in the middle of being written
                tell(
                    "Stopped with requests under way. The stack stays locked for two minutes at most; after that the "
                    "next apply checks how they ended and continues."
                )
            leave(128 + number)
        stop.exit_code = 128 + number
        with suppress(RuntimeError):  # so may any other message
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
