"""A plan file: an approval, not a program. What it does not hold is not done; what it holds is planned again.

Its format is the plan's JSON (schemas/plan.schema.json) with a fingerprint beside each change and, under a
key, a signature over all of it. No secret is in it, so it may lie about as a public artifact. Pure: the time
and the key are given; no file is read or written here.
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
