"""The text of a plan file: written and signed, read and verified. Nothing in it is trusted before that."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.document import FORMAT_VERSION, PlanMeta, plan_document
from reconciler.errors import Refused, UsageError
from reconciler.model import Diagnostic, Plan
from reconciler.planfile.approval import Approved, fingerprint
from reconciler.planfile.keyed import equal, keyed
from reconciler.planfile.reading import approved_of

LIMIT = 50_000_000
"""Characters of the largest plan file."""
LEAST_KEY = 16
"""Bytes of the shortest key: a shorter one could be guessed from a public plan file."""
AGAIN = "make a new one with 'reconciler plan PATH --out FILE'"
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def encode(
    plans: Sequence[Plan], *, meta: PlanMeta, key: bytes | None, diagnostics: Sequence[Diagnostic] = ()
) -> str:
    """The text of a plan file, signed where there is a ``key``.

    Raises UsageError for a key of less than 16 bytes, and for plans too large for a plan file.
    """
    _check_key(key)
    document = plan_document(plans, diagnostics=diagnostics, meta=meta)
    changes = [change for plan in plans for change in plan.changes]
    for entry, change in zip(document["changes"], changes, strict=True):
        entry["fingerprint"] = fingerprint(change, key=key)
    if key is not None:
        document["signature"] = _signature(document, key)
    text = _written(document)
    if len(text) > LIMIT:
        raise UsageError(f"The plan file would have {len(text):,} characters; at most {LIMIT:,} are read.")
    return text


def parse(text: str) -> Approved:
    """What a plan file holds, to be shown. Neither its signature nor its dates are looked at.

    Raises Refused for what is not a whole plan file of this format.
    """
    return _approved(_document(text))


def decode(text: str, *, key: bytes | None, now: str, api_url: str, company: str | None = None) -> Approved:
    """What a plan file approves, if it does so now, here and for this company.

    ``now`` is UTC, ``2026-11-24T10:00:00Z``; ``company`` is the id of the token's company, None where it is
    not yet known (``differences`` compares it too). Raises Refused with the reason, UsageError for a key of
    less than 16 bytes.
    """
    _check_key(key)
    document = _document(text)
    _check_signature(document, key)
    approved = _approved(document)
    meta = approved.meta
    if not all(_MOMENT.fullmatch(moment) for moment in (meta.created, meta.expires, now)):
        raise Refused("The plan file's dates are not of the form 2026-11-24T10:00:00Z.")
    if now >= meta.expires:
        raise Refused(f"The plan file expired at {meta.expires}; it is {now} now: {AGAIN}.")
    if meta.api_url.rstrip("/") != api_url.rstrip("/"):
        raise Refused(f"The plan file is for the API at {json.dumps(meta.api_url)}, not for {api_url}.")
    if company is not None and meta.company != company:
        raise Refused(
            f"The plan file is for company {json.dumps(meta.company)}, the credentials are for {company}."
        )
    return approved


def _document(text: str) -> dict[str, Any]:
    if len(text) > LIMIT:
        raise Refused(f"The plan file has {len(text):,} characters; at most {LIMIT:,} are read.")
    try:
        document = json.loads(text)
        written = _written(document)
    except RecursionError:
        raise Refused(f"The plan file is nested too deep to be one: {AGAIN}.") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Refused(f"The plan file is cut short or not JSON ({error.msg}, {place}): {AGAIN}.") from None
    except ValueError:
        raise Refused(f"The plan file holds a number that JSON does not know: {AGAIN}.") from None
    if not isinstance(document, dict) or "format_version" not in document:
        raise Refused(f"This is JSON, but not a plan file: it has no format_version; {AGAIN}.")
    version = document["format_version"]
    if type(version) is not int or version != FORMAT_VERSION:
        known = f"this version of reconciler reads format {FORMAT_VERSION}"
        raise Refused(f"The plan file has format {json.dumps(version):.40}; {known}: {AGAIN}.")
    if written != text:
        raise Refused(f"The plan file is not as it was written, but edited, converted or formatted: {AGAIN}.")
    return document


def _approved(document: dict[str, Any]) -> Approved:
    if "meta" not in document:
        raise Refused(f"This is a plan printed as JSON, not a plan file: {AGAIN}.")
    try:
        return approved_of(document)
    except ValueError as error:
        raise Refused(f"The plan file is not of the form of one ({error}): {AGAIN}.") from None


def _check_signature(document: Mapping[str, Any], key: bytes | None) -> None:
    signature = document.get("signature")
    if key is None and "signature" in document:
        raise Refused("The plan file is signed, and RECONCILER_PLAN_KEY is not set, so it can't be verified.")
    if key is None:
        return
    if not isinstance(signature, str):
        raise Refused("RECONCILER_PLAN_KEY is set, and the plan file is not signed: it approves nothing.")
    if not equal(signature, _signature(document, key)):
        raise Refused(
            "The plan file's signature does not match: it was changed after it was made, "
            "or was made with another RECONCILER_PLAN_KEY."
        )


def _check_key(key: bytes | None) -> None:
    if key is not None and len(key) < LEAST_KEY:
        raise UsageError(f"RECONCILER_PLAN_KEY is shorter than {LEAST_KEY} bytes, so it could be guessed.")


def _signature(document: Mapping[str, Any], key: bytes) -> str:
    signed = {name: value for name, value in document.items() if name != "signature"}
    return keyed(signed, key=key, purpose="plan file")


def _written(document: Any) -> str:
    return json.dumps(document, indent=2, allow_nan=False) + "\n"
