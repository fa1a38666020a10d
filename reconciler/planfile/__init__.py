"""A plan file approves changes. ``apply`` plans again, and makes a change only if the plan file holds an equal one.

Its format is the plan's JSON (schemas/plan.schema.json) with a fingerprint beside each change and, if a plan key is
set, a signature over all of it. It holds no secret, so it may be a public artifact. Pure: the time and the key are
parameters; no file is read or written here.
"""

from reconciler.document import PlanMeta
from reconciler.planfile.approval import (
    Approved,
    Inputs,
    Judgement,
    Once,
    differing_inputs,
    judged,
    writes_masked_values,
)
from reconciler.planfile.file import AHEAD, MOMENT, VALID_FOR, decode, digest_of, encode, parse
from reconciler.planfile.fingerprint import fingerprint
from reconciler.planfile.keyed import checked_key

__all__ = [
    "AHEAD",
    "MOMENT",
    "VALID_FOR",
    "Approved",
    "Inputs",
    "Judgement",
    "Once",
    "PlanMeta",
    "checked_key",
    "decode",
    "differing_inputs",
    "digest_of",
    "encode",
    "fingerprint",
    "judged",
    "parse",
    "writes_masked_values",
]
