"""Sends test events to webhooks. A request whose answer was lost is not repeated."""

from collections.abc import Sequence

from reconciler.api.client import Writer
from reconciler.errors import Ambiguous, ReconcilerError
from reconciler.kinds.webhook import host
from reconciler.model import Live
from reconciler.model.failure import Failure
from reconciler.model.operation import AnswerLost, OperationEnd, OperationResult
from reconciler.pipeline.session import Session


def send_test_events(session: Session, hooks: Sequence[tuple[str, Live]]) -> tuple[OperationResult, ...]:
    """Send a test event to each webhook, given with its company's id. The API only confirms that it accepted the
    request."""
    writer = Writer(session.calls)
    ended = []
    for company_id, hook in hooks:
        what = f"{hook.name or hook.id} ({host(hook.spec['url'])})"
        try:
            writer.test_webhook(company_id, hook.id)
            ended.append(OperationResult(what, "applied", OperationEnd.EVENT_ACCEPTED))
        except Ambiguous as error:
            ended.append(OperationResult(what, "unknown", AnswerLost("test event", Failure.of(error))))
        except ReconcilerError as error:
            ended.append(OperationResult(what, "failed", Failure.of(error)))
    return tuple(ended)
