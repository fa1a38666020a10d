"""A plan as JSON text, by plan.schema.json."""

import json
from collections.abc import Sequence

from reconciler.document import PlanMeta, Words, plan_document
from reconciler.model import AnyPlan, Diagnostic
from reconciler.render.notes import note_text
from reconciler.render.reasons import reason_of
from reconciler.render.refusals import refusal_text

WORDS = Words(reason=reason_of, note=note_text, refusal=refusal_text)
"""The texts of every plan document: those that the other formats show."""


def as_json(
    plans: Sequence[AnyPlan], *, diagnostics: Sequence[Diagnostic] = (), meta: PlanMeta | None = None
) -> str:
    """The plans' document as JSON text: in ASCII, ending in a newline. The same plans give the same text."""
    document = plan_document(plans, WORDS, diagnostics=diagnostics, meta=meta)
    return json.dumps(document, indent=2, allow_nan=False) + "\n"
