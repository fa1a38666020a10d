"""The settings of an apply: how long it waits, where it reports to, when it stops."""

from collections.abc import Callable, Mapping

from msgspec import Struct, field

from reconciler.api.rate_limiter import Clock
from reconciler.applying.context import Waits
from reconciler.model import Event, Used

Tell = Callable[[Event], None]
_POLL = 0.1
"""Seconds after which a pause looks whether the run is to stop."""


class ApplySettings(Struct, frozen=True, kw_only=True):
    """``timeout`` is for one service's rollout, in seconds, None for as long as its own policy takes; without ``wait``
    rollouts are not followed, and without ``tasks`` nobody looks at tasks.

    ``waits`` says how long everything else may take; ``clock`` measures it. ``uses`` is
    what the record is to keep of each approved change, release and move that is applied, by its ``id()``.
    """

    timeout: float | None = None
    wait: bool = True
    tasks: bool = True
    stop: Callable[[], bool] = lambda: False
    tell: Tell = lambda _: None
    waits: Waits = field(default_factory=Waits)
    clock: Clock = field(default_factory=Clock)
    uses: Mapping[int, Used] = field(default_factory=dict)

    def pause(self, seconds: float) -> None:
        """A pause that ends early when the run is asked to stop."""
        end = self.clock.now() + seconds
        while (left := end - self.clock.now()) > 0 and not self.stop():
            self.clock.sleep(min(left, _POLL))
