"""--timeout, --no-wait and --no-tasks: whether and how long rollouts are watched."""

import click

from reconciler.cli.options import Command, option

_TIMEOUT = option(
    "--timeout",
    type=click.FloatRange(min=1),
    metavar="SECONDS",
    heading="Rollout",
    help="How long a service may take to come up before it counts as failed.  [default: as long as its update policy "
    "takes, and ten minutes to start]",
)
_NO_WAIT = option(
    "--no-wait",
    "wait",
    flag_value=False,
    default=True,
    show_default=False,
    heading="Rollout",
    help="Do not wait for services to come up; they then count as unverified.",
)


_NO_TASKS = option(
    "--no-tasks",
    "tasks",
    flag_value=False,
    default=True,
    show_default=False,
    heading="Rollout",
    help="Do not read tasks, on a cluster that showed tasks before and no longer does: written services then count as "
    "accepted.",
)


def rollout(command: Command) -> Command:
    """--timeout, --no-wait and --no-tasks, as ``timeout`` in seconds, ``wait`` and ``tasks``."""
    return _TIMEOUT(_NO_WAIT(_NO_TASKS(command)))
