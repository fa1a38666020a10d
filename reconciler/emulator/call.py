"""One call of an operation, as its handler gets it, and the few things most handlers need of it."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from reconciler.emulator.answers import Answer, not_found
from reconciler.emulator.cache import Cache, Rendered
from reconciler.emulator.sqlite import Record, State


class Call(Struct, frozen=True):
    """What was asked, of what, when.

    ``cluster`` is the cluster's id ("" where the path names none), ``now`` seconds since 1970, ``pace`` the
    factor on all simulated durations.
    """

    state: State
    cache: Cache
    params: Mapping[str, str]
    cluster: str
    body: Mapping[str, Any]
    now: float
    pace: float

    def find(self, kind: str, param: str) -> Record:
        """The object that the path parameter ``param`` names.

        Raises: Refusal (404).
        """
        record = self.state.find(self.cluster, kind, self.params[param])
        if record is None:
            raise not_found(kind)
        return record

    def listing(self, view: str, render: Callable[[], Rendered]) -> Answer:
        """200 with a list that is encoded once per version of the state."""
        return Answer(200, self.cache.listing(view, self.cluster, self.state.version, self.now, render))
