"""--stats: the requests, round trips, bytes and seconds of a run, on standard error."""

from typing import TYPE_CHECKING

from reconciler.cli.console import say
from reconciler.cli.options import option

if TYPE_CHECKING:
    from reconciler.pipeline.session import Session

stats = option(
    "--stats", is_flag=True, help="Show at the end the number of requests and where the time went."
)
"""--stats."""


def print_costs(session: "Session") -> None:
    """Print the costs of the run so far."""
    costs, trips = session.costs, session.costs.round_trips
    say(
        f"Requests: {costs.requests:,} in {trips:,} round trip{'' if trips == 1 else 's'}, "
        f"{costs.sent:,} bytes sent, {costs.received:,} received."
    )
    stages = session.stages.seconds.items()
    say(f"Seconds: {', '.join(f'{name} {seconds:.3f}' for name, seconds in stages)}.")
