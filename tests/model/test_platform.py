"""The platform of the model, and the effects of killing a run."""

import threading

from tests.model.platform import Killed


def test_a_thread_of_a_killed_run_ends_silently() -> None:
    def end() -> None:
        raise Killed

    thread = threading.Thread(target=end, name="lease")
    thread.start()
    thread.join()
