"""A plan as JSON, by schemas/plan.schema.json. The same plan gives the same text."""

import json
from collections.abc import Sequence

from reconciler.document import PlanMeta, plan_document
from reconciler.model import Diagnostic, Plan


def as_json(
    plans: Sequence[Plan], *, diagnostics: Sequence[Diagnostic] = (), meta: PlanMeta | None = None
) -> str:
    """The document of ``reconciler.document``, in ASCII, ending in a newline."""
    document = plan_document(plans, diagnostics=diagnostics, meta=meta)
    return json.dumps(document, indent=2, allow_nan=False) + "\n"
