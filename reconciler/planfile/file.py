"""The text of a plan file: written and signed, read and verified. It is not trusted before it is verified."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.document import (
    FORMAT_VERSION,
    PlanMeta,
    check_document,
    diagnostics_of,
    meta_of,
    plan_document,
    plans_of,
)
from reconciler.errors import Refused, UsageError
from reconciler.model import AnyPlan, Diagnostic
from reconciler.planfile.approval import Approved, Inputs, Once
from reconciler.planfile.fingerprint import fingerprint
from reconciler.planfile.keyed import equal, keyed
from reconciler.render.plan_json import WORDS

LIMIT = 50_000_000
"""The most characters that a plan file may have."""
VALID_FOR = timedelta(days=7)
"""How long a plan file is valid."""
AHEAD = timedelta(minutes=5)
"""How far the clock of the machine that planned may be ahead of the one that applies."""
MOMENT = "%Y-%m-%dT%H:%M:%SZ"
AGAIN = "make a new one with 'reconciler plan PATH --out FILE'"


def encode(
    plans: Sequence[AnyPlan],
    *,
    meta: PlanMeta,
    key: bytes | None,
    inputs: Inputs | None = None,
    diagnostics: Sequence[Diagnostic] = (),
) -> str:
    """The text of a plan file, signed if there is a ``key`` (from ``checked_key``).

    Raises UsageError if the text would have more than 50 million characters.
    """
    document = plan_document(plans, WORDS, diagnostics=diagnostics, meta=meta)
    document["inputs"] = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in (inputs or Inputs())._asdict().items()
    }
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
    """The content of a plan file, to show it. Its signature and dates are not checked.

    Raises Refused if the text is not a complete plan file of this format version.
    """
    return _approved(_document(text), text)


def decode(text: str, *, key: bytes | None, now: str, api_url: str, company: str | None = None) -> Approved:
    """The content of a plan file, after its signature, dates, API and company were checked.

    ``now`` is UTC, ``2026-11-24T10:00:00Z``; ``company`` is the id of the token's company, None if it is not known
    yet (``judged`` compares it too). Raises Refused if a check fails or the text is not a plan file.
    """
    document = _document(text)
    _check_signature(document, key)
    approved = _approved(document, text)
    meta = approved.meta
    _check_dates(meta, now)
    if meta.api_url.rstrip("/") != api_url.rstrip("/"):
        raise Refused(f"The plan file is for the API at {json.dumps(meta.api_url)}, not for {api_url}.")
    if company is not None and meta.company != company:
        raise Refused(
            f"The plan file is for company {json.dumps(meta.company)}, the credentials are for {company}."
        )
    return approved


def digest_of(text: str) -> str:
    """``sha256:`` and the hex SHA-256 of a plan file's text, which is public and from which no secret can be
    guessed."""
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _document(text: str) -> dict[str, Any]:
    if len(text) > LIMIT:
        raise Refused(f"The plan file has {len(text):,} characters; at most {LIMIT:,} are read.")
    try:
        document = json.loads(text)
        written = _written(document)
    except RecursionError:
        raise Refused(f"The plan file is nested too deeply: {AGAIN}.") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Refused(f"The plan file is cut short or not JSON ({error.msg}, {place}): {AGAIN}.") from None
    except ValueError:
        raise Refused(f"The plan file holds a number that is not valid JSON: {AGAIN}.") from None
    if not isinstance(document, dict) or "format_version" not in document:
        raise Refused(f"This is JSON, but not a plan file: it has no format_version; {AGAIN}.")
    version = document["format_version"]
    if type(version) is not int or version != FORMAT_VERSION:
        supported = f"this version of reconciler reads format {FORMAT_VERSION}"
        raise Refused(f"The plan file has format {json.dumps(version):.40}; {supported}: {AGAIN}.")
    if written != text:
        raise Refused(f"The plan file was edited, converted or reformatted after it was written: {AGAIN}.")
    return document


def _approved(document: dict[str, Any], text: str) -> Approved:
    try:
        check_document(document)
    except ValueError as error:
        raise Refused(f"The plan file does not match its schema ({error!s:.200}): {AGAIN}.") from None
    meta = meta_of(document)
    if (
        meta is None
        or "inputs" not in document
        or any("fingerprint" not in change for change in document["changes"])
    ):
        raise Refused(f"This is a plan printed as JSON, not a plan file: {AGAIN}.")
    inputs: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in document["inputs"].items()
    }
    return Approved(
        meta=meta,
        inputs=Inputs(**inputs),
        plans=plans_of(document),
        diagnostics=diagnostics_of(document),
        fingerprints=tuple(change["fingerprint"] for change in document["changes"]),
        signed="signature" in document,
        once=Once(digest_of(text), meta.expires),
    )


def _check_dates(meta: PlanMeta, now: str) -> None:
    """Raises Refused if a plan file is not valid yet, has expired, or is valid for longer than ``VALID_FOR``."""
    try:
        created, expires, moment = (
            datetime.strptime(written, MOMENT).replace(tzinfo=UTC)
            for written in (meta.created, meta.expires, now)
        )
    except ValueError:
        raise Refused("The plan file's dates are not of the form 2026-11-24T10:00:00Z.") from None
    if moment >= expires:
        raise Refused(f"The plan file expired at {meta.expires}; it is {now} now: {AGAIN}.")
    if created - AHEAD > moment:
        raise Refused(
            f"The plan file was made at {meta.created}, and it is {now} now: the clock of one of the two machines is "
            f"wrong. Set it right, and {AGAIN}."
        )
    if expires - created > VALID_FOR:
        raise Refused(
            f"The plan file is valid from {meta.created} to {meta.expires}; at most "
            f"{VALID_FOR.days} days are allowed: {AGAIN}."
        )


def _check_signature(document: Mapping[str, Any], key: bytes | None) -> None:
    signature = document.get("signature")
    if key is None and "signature" in document:
        raise Refused("The plan file is signed, but RECONCILER_PLAN_KEY is not set: it cannot be verified.")
    if key is None:
        return
    if not isinstance(signature, str):
        raise Refused("RECONCILER_PLAN_KEY is set, and the plan file is not signed: it approves nothing.")
    if not equal(signature, _signature(document, key)):
        raise Refused(
            "The plan file's signature does not match: it was changed after it was made, "
            "or was made with another RECONCILER_PLAN_KEY."
        )


def _signature(document: Mapping[str, Any], key: bytes) -> str:
    signed = {name: value for name, value in document.items() if name != "signature"}
    return keyed(signed, key=key, purpose="plan file")


def _written(document: Any) -> str:
    return json.dumps(document, indent=2, allow_nan=False) + "\n"
