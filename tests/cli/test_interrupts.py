import signal
import subprocess
import sys

import pytest

from reconciler.cli.interrupts import graceful, terminable


def test_sigterm_ends_the_run_with_143_after_cleaning_up():
    cleaned = []

    @terminable()
    def run():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            cleaned.append(True)

    with pytest.raises(SystemExit) as left:
        run()

    assert left.value.code == 143
    assert cleaned


@pytest.mark.parametrize(
    "name, code",
    [
        ("SIGINT", 130),
        ("SIGTERM", 143),
        pytest.param("SIGHUP", 129, marks=pytest.mark.posix("Windows has no SIGHUP")),
    ],
)
def test_the_first_signal_asks_an_apply_to_end(name, code):
    output: list[str] = []
    number = signal.Signals[name]
    former = signal.signal(number, signal.SIG_DFL)  # the tests themselves may be run under nohup

    try:
        with graceful(output.append) as stop:
            assert not stop()
            signal.raise_signal(number)
            assert stop()
    finally:
        signal.signal(number, former)

    assert stop.exit_code == code
    assert output == [
        "Interrupted: ending the requests under way, then stopping. Press Ctrl-C again to stop immediately."
    ]


def left_after_two_signals(tell):
    """The exit code of an apply after SIGTERM and then SIGINT."""

    @graceful(tell, leave=sys.exit)
    def run():
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(SystemExit) as left:
        run()
    return left.value.code


def test_the_second_signal_ends_the_command_at_once():
    output: list[str] = []

    assert left_after_two_signals(output.append) == 130
    assert "locked for up to two minutes" in output[-1]


def test_a_signal_during_a_message_counts_and_is_reported(capfd):
    def tell(_: str) -> None:
        raise RuntimeError("reentrant call inside <_io.BufferedWriter name='<stderr>'>")

    assert left_after_two_signals(tell) == 130
    assert "locked for up to two minutes" in capfd.readouterr().err


def test_waiting_threads_do_not_delay_the_end():
    waiting = (
        "import threading, time\n"
        "from reconciler.cli.interrupts import leave_at_once\n"
        "threading.Thread(target=time.sleep, args=(3600,)).start()\n"
        "print('told', end='')\n"
        "leave_at_once(130)\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", waiting],
        check=False,
        capture_output=True,
        text=True,
        timeout=600,
        encoding="utf-8",
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "told", "")


@pytest.mark.posix("Windows has no SIGHUP")
def test_a_hang_up_signal_that_was_ignored_at_the_start_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with graceful(lambda _: None) as stop:
            signal.raise_signal(signal.SIGHUP)
        assert not stop()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_the_signal_handlers_are_restored():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    with terminable(), graceful(lambda _: None):
        pass

    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
