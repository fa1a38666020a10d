"""What a run's exchanges with the server cost: their number, their bytes, and how often one was waited for."""

from reconciler.transport import Exchange


class Costs:
    """Counts exchanges; its ``note`` is an observer of a transport's. Threads share it."""

    def __init__(self) -> None:
        self._noted: list[Exchange] = []

    def note(self, exchange: Exchange) -> None:
        """Count an exchange that is over."""
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
        """The times that a request was sent while none was under way."""
        times, until = 0, float("-inf")
        for request in sorted(self._noted, key=lambda request: request.began):
            times += request.began >= until
            until = max(until, request.began + request.seconds)
        return times
