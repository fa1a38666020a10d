"""One call of an operation, as its handler gets it, with helpers that most handlers need."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from reconciler.emulator.answers import Answer, not_found
from reconciler.emulator.cache import Cache, Rendered
from reconciler.emulator.sqlite import Record, State


class Call(Struct, frozen=True):
    """A request to an operation. ``cluster`` is the cluster's id ("" if the path has none), ``now`` is in seconds since
    1970, ``pace`` is the factor on all simulated durations."""

    state: State
    cache: Cache
    params: Mapping[str, str]
    cluster: str
    body: Mapping[str, Any]
    now: float
    pace: float

    def find(self, kind: str, param: str) -> Record:
        """The object whose id is the path parameter ``param``. Raises: Refusal (404)."""
        record = self.state.find(self.cluster, kind, self.params[param])
        if record is None:
            raise not_found(kind)
        return record

    def listing(self, view: str, render: Callable[[], Rendered]) -> Answer:
        """200 with a list that is encoded once per version of the state."""
        return Answer(200, self.cache.listing(view, self.cluster, self.state.version, self.now, render))
