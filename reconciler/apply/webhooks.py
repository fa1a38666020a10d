"""Writing webhooks: made one at a time, since a label may stand for several, and never blindly twice."""

from reconciler.apply.intents import planned_from
from reconciler.apply.settle import ChangedSincePlanned, Found, UnknownOutcome, settle
from reconciler.apply.site import LOOK_FOR, Site
from reconciler.errors import Ambiguous, NotFound, ReconcilerError
from reconciler.kinds.webhook import decode, encode
from reconciler.model import Body, Change, Spec


def create(site: Site, change: Change) -> str:
    """Make it, and return its id."""
    company = site.at.company_id
    body = encode(change.live_name, change.spec)
    with site.one_at_a_time:
        site.go_on()
        seen = site.writer.webhooks(company)
        if any(_is_that(change, one) for one in seen):
            raise ChangedSincePlanned("a webhook of that label is there now")
        try:
            return str(site.writer.create_webhook(company, body)["id"])
        except Ambiguous as error:
            return _look_for(site, change, {str(one["id"]) for one in seen}, error)


def _is_that(change: Change, body: Body) -> bool:
    spec = decode(body)
    return (spec["label"], spec["cluster_id"]) == (change.live_name, change.spec.get("cluster_id", ""))


def _look_for(site: Site, change: Change, seen: set[str], error: Ambiguous) -> str:
    end = site.now() + LOOK_FOR
    while True:
        try:
            for one in site.writer.webhooks(site.at.company_id):
                if str(one["id"]) not in seen and _is_that(change, one):
                    return str(one["id"])
        except ReconcilerError:
            pass
        if site.now() >= end or site.stop():
            raise UnknownOutcome(
                f"{error}; no new webhook showed within {LOOK_FOR:.0f} s, and it is not made twice"
            ) from error
        site.sleep(2.0)


def update(site: Site, change: Change) -> str:
    """Change it as a whole, unless somebody else has meanwhile."""
    planned, company = planned_from(change), site.at.company_id
    wanted: Spec = {**change.spec, "label": change.live_name}
    try:
        before = decode(site.writer.webhook(company, planned.id))
    except NotFound:
        raise ChangedSincePlanned("it is gone") from None
    if before == wanted:
        return planned.id
    if before != planned.spec:
        raise ChangedSincePlanned("somebody else wrote it")

    def write() -> None:
        site.writer.replace_webhook(company, planned.id, encode(change.live_name, change.spec))

    def look() -> Found:
        now = decode(site.writer.webhook(company, planned.id))
        return "done" if now == wanted else "unchanged" if now == before else "changed"

    settle(write, look, pause=site.once_more)
    return planned.id


def delete(site: Site, change: Change) -> str:
    """Delete it by id."""
    planned, company = planned_from(change), site.at.company_id

    def write() -> None:
        site.writer.delete_webhook(company, planned.id)

    def look() -> Found:
        try:
            site.writer.webhook(company, planned.id)
        except NotFound:
            return "done"
        return "unchanged"

    settle(write, look, pause=site.once_more)
    return planned.id
