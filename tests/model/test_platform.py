"""The platform of the model, and what a run that it kills leaves behind."""

import threading

from tests.model.platform import Killed


def test_a_thread_of_a_killed_run_ends_silently() -> None:
    def end() -> None:
        raise Killed

    thread = threading.Thread(target=end, name="lease")
    thread.start()
    thread.join()
