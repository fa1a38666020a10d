"""Seals a plan into a comment as an approval, valid only for its pull request and the text that reviewers read. Pure.

Nothing in a comment or an artifact is trusted before its seal is verified: a person who can edit comments can remove an
approval, but cannot make one.
"""

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict, fields

from reconciler.errors import Refused
from reconciler.planfile import digest_of
from reconciler.planfile.file import LIMIT
from reconciler.planfile.keyed import equal, keyed

OPENING, CLOSING = "<!-- reconciler-approval ", " -->"
_BLOCK = re.compile(f"{OPENING}([A-Za-z0-9+/=]+){CLOSING}")


class Binding(Struct, frozen=True, kw_only=True):
    """What an approval is valid for: only this repository, pull request, base branch, head, target and version.

    ``base_sha`` and ``run_id`` say where the approval comes from, and ``written`` when (ISO 8601, UTC, by GitHub's
    clock). They are not compared.
    """

    repository: str
    pull: int
    base_ref: str
    base_sha: str
    head_sha: str
    target: str
    tool_version: str
    run_id: str
    written: str = ""


BOUND = ("repository", "pull", "base_ref", "head_sha", "target", "tool_version")
"""The fields that must be equal for an approval to count."""
_TYPES: Mapping[str, Any] = {
    **{field.name: field.type for field in fields(Binding)},
    **dict.fromkeys(("digest", "text", "seal"), str),
}
"""The type of each field of an envelope."""


class Sealed(Struct, frozen=True):
    """An approval with a valid seal. ``plan`` is the plan file, None if the comment had room only for its digest."""

    binding: Binding
    digest: str
    plan: str | None


def sealed(text: str, binding: Binding, plan: str, *, key: bytes, room: int) -> str:
    """A comment's ``text``, followed by the approval as a hidden line of at most ``room`` characters.

    The approval holds the plan if there is room, else only its digest.
    """
    envelope: dict[str, Any] = {**asdict(binding), "digest": digest_of(plan), "text": _digest_of_text(text)}
    envelope["seal"] = keyed(envelope, key=key, purpose="approval")
    whole = _packed({"envelope": envelope, "plan": plan})
    return text + (whole if len(whole) <= room else _packed({"envelope": envelope, "plan": None}))


def opened(comment: str, *, key: bytes, expected: Binding) -> Sealed:
    """The approval in a comment. Raises Refused, with the reason, if there is none that is valid for ``expected``."""
    found = _BLOCK.search(comment)
    if not found:
        raise Refused(
            "its comment approves nothing: no plan was stored, because it failed, did not fit, or had no plan-key"
        )
    document = _unpacked(found[1])
    envelope, plan = document.get("envelope"), document.get("plan")
    if not isinstance(envelope, dict) or {name: type(value) for name, value in envelope.items()} != _TYPES:
        raise Refused("its approval is malformed: the comment was edited")
    seal = envelope.pop("seal")
    if not equal(seal, keyed(envelope, key=key, purpose="approval")):
        raise Refused("the seal of its approval is not valid: it was edited, or made with another plan-key")
    digest, text = envelope.pop("digest"), envelope.pop("text")
    before, after = comment[: found.start()], comment[found.end() :]
    if after.strip() or not equal(text, _digest_of_text(before)):
        raise Refused("its comment was edited after the plan was written into it, so it approves nothing")
    for name in BOUND:
        if envelope[name] != (should := getattr(expected, name)):
            raise Refused(f"it approved for {name} {envelope[name]!r:.80}, but this is {should!r:.80}")
    if plan is not None and not (isinstance(plan, str) and equal(digest_of(plan), digest)):
        raise Refused("the plan in its approval is not the sealed plan")
    return Sealed(Binding(**envelope), digest, plan)


def _digest_of_text(text: str) -> str:
    """The digest of the text for people, without trailing spaces and line ends, which GitHub may change."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    read = "\n".join(line.rstrip(" \t") for line in lines).strip("\n")
    return f"sha256:{hashlib.sha256(read.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _packed(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    return f"{OPENING}{base64.b64encode(zlib.compress(text.encode(), 9)).decode()}{CLOSING}"


def _unpacked(text: str) -> Mapping[str, Any]:
    unpack = zlib.decompressobj()
    try:
        data = unpack.decompress(base64.b64decode(text, validate=True), LIMIT + 1)
        document = json.loads(data) if len(data) <= LIMIT and unpack.eof else None
    except (ValueError, zlib.error, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise Refused("its approval cannot be read: the comment was edited")
    return document
