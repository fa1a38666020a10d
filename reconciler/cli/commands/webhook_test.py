"""``reconciler webhook-test``: whether an outgoing webhook arrives."""

import click

from reconciler.cli import COMMANDS
from reconciler.cli.account import connected
from reconciler.cli.console import print_results
from reconciler.cli.options import CommandWithHeadings, ServerOptions, server


@click.command("webhook-test", cls=CommandWithHeadings, short_help=COMMANDS["webhook-test"])
@click.argument("webhooks", nargs=-1, required=True, metavar="WEBHOOK...")
@server
def command(webhooks: tuple[str, ...], server: ServerOptions) -> int:
    """Send a test event to outgoing webhooks.

    WEBHOOK is a webhook's label, its id, or its address: CLUSTER/webhook/LABEL, with `company` for CLUSTER if the
    webhook is for the whole company. The server only confirms that it accepted the request. Check at the receiver
    that the event arrived.

    \b
    Examples:
      reconciler webhook-test deploys
      reconciler webhook-test production/webhook/deploys company/webhook/audit
    """
    from reconciler.pipeline.lookups import webhooks_at
    from reconciler.pipeline.operation import exit_code
    from reconciler.pipeline.webhook_test import send_test_events

    with connected(server) as session:
        ended = send_test_events(session, webhooks_at(session, webhooks))
    print_results(ended)
    return exit_code(ended)
