"""The requests and bytes of a run, for ``--stats``."""

from reconciler.pipeline.costs import Costs
from reconciler.transport import Exchange


def exchange(began: float, seconds: float, *, sent: int = 0, received: int = 0) -> Exchange:
    return Exchange("GET", "/companies/current", 200, seconds, sent, received, began)


def test_requests_and_bytes_are_added_up():
    costs = Costs()
    costs.note(exchange(0, 1, sent=26, received=9))
    costs.note(exchange(1, 1, received=100))

    assert (costs.requests, costs.sent, costs.received) == (2, 26, 109)


def test_requests_that_overlap_are_one_round_trip():
    costs = Costs()
    for began, seconds in ((10, 2), (0, 5), (1, 1), (4, 2), (12, 1)):
        costs.note(exchange(began, seconds))

    assert costs.round_trips == 3
    assert Costs().round_trips == 0
