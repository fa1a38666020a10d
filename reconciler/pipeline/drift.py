"""load → check → fetch → plan, and of that what was changed outside git. Its client can't write."""

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
    """The plan of every stack in scope, with nothing in it but what undoes a change outside git.

    Raises as ``pipeline.plan.plan``, and ``Refused`` where the token is of another company than the manifests.
    """
    run = plan(session, manifests, Scope(clusters=clusters, adopt=True, mask=mask), environment)
    return replace(run, planned=tuple(_drift(planned) for planned in run.planned))


def _drift(planned: Planned) -> Planned:
    found = drift_of(planned.plan, planned.record)
    # No delete is left and adopting is allowed, so all that a guard can still refuse is the wrong company.
    if reasons := guard(found, planned.desired, planned.live, planned.record, adopt=True):
        raise Refused(*map(refusal_text, reasons))
    return replace(planned, plan=found)
