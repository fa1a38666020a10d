"""The costs of a run's exchanges with the server: their number, bytes and round trips."""

from reconciler.transport import Exchange


class Costs:
    """Counts exchanges; its ``note`` is the ``observe`` of a transport. Threads share it."""

    def __init__(self) -> None:
        self._noted: list[Exchange] = []

    def note(self, exchange: Exchange) -> None:
        """Count an exchange that has ended."""
        self._noted.append(exchange)

    @property
    def requests(self) -> int:
        """Exchanges so far."""
        return len(self._noted)

    @property
    def sent(self) -> int:
        """Bytes of the requests' bodies."""
        return sum(request.sent for request in self._noted)

    @property
    def received(self) -> int:
        """Bytes of the answers' bodies, unpacked."""
        return sum(request.received for request in self._noted)

    @property
    def round_trips(self) -> int:
        """Round trips: how often a request was sent while no other was in progress."""
        times, until = 0, float("-inf")
        for request in sorted(self._noted, key=lambda request: request.began):
            times += request.began >= until
            until = max(until, request.began + request.seconds)
        return times
