"""Writes webhooks: created one at a time, since several may have the same label; never repeated without a read."""

from reconciler.applying.context import ApplyContext
from reconciler.applying.kinds.base import Writes
from reconciler.applying.settle import REFUSED, Found, settle
from reconciler.errors import Ambiguous, ChangedSincePlanned, NotFound, ReconcilerError, UnknownOutcome
from reconciler.kinds.webhook import decode, encode
from reconciler.model import Body, Delete, InPlace, Spec, Write


def create(context: ApplyContext, change: Write) -> str:
    """Create the webhook, a second time if it was refused, so not created. Returns its id.

    Raises ``ChangedSincePlanned`` if a webhook has that label now, ``UnknownOutcome`` if it is unknown whether it was
    created; otherwise what the API raises.
    """
    company, tries = context.at.company_id, 0
    body = encode(change.live_name, change.spec)
    with context.one_at_a_time:
        while True:
            context.go_on()
            tries += 1
            seen = context.writer.webhooks(company)
            if any(_is_that(change, webhook) for webhook in seen):
                raise ChangedSincePlanned("a webhook of that label exists now")
            known = {str(webhook["id"]) for webhook in seen}
            try:
                context.writer.create_webhook(company, body)
            except Ambiguous as error:
                return _look_for(context, change, known, error)
            except REFUSED:
                if not context.once_more(tries):
                    raise
            else:
                return _look_for(context, change, known)


def _is_that(change: Write, body: Body) -> bool:
    spec = decode(body)
    return (spec["label"], spec["cluster_id"]) == (change.live_name, change.spec.get("cluster_id", ""))


def _look_for(context: ApplyContext, change: Write, seen: set[str], error: Ambiguous | None = None) -> str:
    """The id of the webhook that was created, from the list: the answer may be lost (``error``), or about another
    webhook. An interrupt does not stop this wait."""
    end = context.now() + context.waits.look_for
    while True:
        try:
            for webhook in context.writer.webhooks(context.at.company_id):
                if str(webhook["id"]) not in seen and _is_that(change, webhook):
                    return str(webhook["id"])
        except ReconcilerError:
            pass
        if context.now() >= end:
            raise UnknownOutcome(
                f"{error or 'the API answered that it was created'}; no new webhook showed within "
                f"{context.waits.look_for:.0f} s, and the request is not repeated"
            ) from error
        context.sleep_through(context.waits.look_every)


def update(context: ApplyContext, change: InPlace) -> str:
    """Replace the webhook as a whole, and return its id.

    Raises ``ChangedSincePlanned`` if it is gone or was changed since the plan; otherwise as ``settle`` does.
    """
    planned, company = change.live, context.at.company_id
    wanted: Spec = {**change.spec, "label": change.live_name}
    try:
        before = decode(context.writer.webhook(company, planned.id))
    except NotFound:
        raise ChangedSincePlanned("it is gone") from None
    if before == wanted:
        return planned.id
    if before != planned.spec:
        raise ChangedSincePlanned("it was changed concurrently")

    def write() -> None:
        context.writer.replace_webhook(company, planned.id, encode(change.live_name, change.spec))

    def read_back() -> Found:
        current = decode(context.writer.webhook(company, planned.id))
        return "done" if current == wanted else "unchanged" if current == before else "changed"

    settle(write, read_back, pause=context.once_more)
    if context.denies(lambda: read_back() == "done"):
        raise UnknownOutcome("the API answered that it was changed, but does not show the change")
    return planned.id


def delete(context: ApplyContext, change: Delete) -> str:
    """Delete the webhook by id, and return the id.

    Raises ``ChangedSincePlanned`` if it was changed since the plan; otherwise as ``settle`` does.
    """
    planned, company = change.live, context.at.company_id

    def find() -> Body | None:
        """The webhook from the list: a GET of it answers 404 both for a deleted webhook and for a wrong path."""
        return next(
            (webhook for webhook in context.writer.webhooks(company) if webhook["id"] == planned.id), None
        )

    def write() -> None:
        context.writer.delete_webhook(company, planned.id)

    def read_back() -> Found:
        return "done" if find() is None else "unchanged"

    fresh = find()
    if fresh is None:
        return planned.id
    if decode(fresh) != planned.spec:
        raise ChangedSincePlanned("it was changed concurrently")
    settle(write, read_back, pause=context.once_more)
    return planned.id


WRITES = Writes(create=create, delete=delete, update=update)
