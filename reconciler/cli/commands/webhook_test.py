"""``reconciler webhook-test``: whether an outgoing webhook arrives."""

import click

from reconciler.cli import COMMANDS
from reconciler.cli.account import connected
from reconciler.cli.options import CommandWithHeadings, Server, quiet, server
from reconciler.cli.progress import progress


@click.command("webhook-test", cls=CommandWithHeadings, short_help=COMMANDS["webhook-test"])
@click.argument("webhooks", nargs=-1, required=True, metavar="LABEL...")
@server
@quiet
def command(webhooks: tuple[str, ...], server: Server, quiet: bool) -> int:
    """Have a test event sent to outgoing webhooks.

    LABEL is a webhook's label or its id. The server says only that it accepted to send; look for the event
    where the webhook points.

    \b
    Example:
      reconciler webhook-test deploys
    """
    from reconciler import pipeline

    with connected(server) as session, progress(len(webhooks), quiet=quiet) as tell:
        return pipeline.test_webhooks(session, webhooks, tell=tell)
