"""The platform of the model, and what a run that it kills leaves behind."""

import threading

from tests.model.platform import Killed


def test_a_thread_of_a_run_that_was_killed_ends_without_a_word() -> None:
    def end() -> None:
        raise Killed

    thread = threading.Thread(target=end, name="lease")
    thread.start()
    thread.join()
