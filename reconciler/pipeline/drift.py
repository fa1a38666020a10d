"""Finds drift: load → check → fetch → plan, reduced to the changes made outside git. Its client cannot write."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from reconciler.errors import Refused
from reconciler.guard import guard
from reconciler.pipeline.manifests import Manifests
from reconciler.pipeline.plan import plan
from reconciler.pipeline.planned import Planned, PlannedRun
from reconciler.pipeline.scope import Scope
from reconciler.pipeline.session import Session
from reconciler.planning.drift import drift_of
from reconciler.render.refusals import refusal_text


def drift(
    session: Session,
    manifests: Manifests,
    environment: Mapping[str, str],
    *,
    clusters: Sequence[str],
    mask: Sequence[str] = (),
) -> PlannedRun:
    """The plan of every stack in scope, with only the changes that would undo changes made outside git.

    Raises as ``pipeline.plan.plan``, and ``Refused`` if the token's company is not the one of the manifests.
    """
    run = plan(session, manifests, Scope(clusters=clusters, adopt=True, mask=mask), environment)
    return replace(run, planned=tuple(_drift(planned) for planned in run.planned))


def _drift(planned: Planned) -> Planned:
    found = drift_of(planned.plan, planned.record)
    # No deletes are left and adopting is allowed, so a guard can only refuse a wrong company.
    if reasons := guard(found, planned.desired, planned.live, planned.record, adopt=True):
        raise Refused(*map(refusal_text, reasons))
    return replace(planned, plan=found)
