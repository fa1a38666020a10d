"""What a pull request approves: a plan file, bound to where it was reviewed, and sealed under the plan key.

Pure. Nothing of a comment or an artifact is believed before its seal was found right; whoever can edit
comments can remove an approval, and make none.
"""

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from reconciler.errors import Refused
from reconciler.model import Plan
from reconciler.planfile import Approved
from reconciler.planfile.file import LIMIT
from reconciler.planfile.keyed import equal, keyed

OPENING, CLOSING = "<!-- reconciler-approval ", " -->"
_BLOCK = re.compile(f"{OPENING}([A-Za-z0-9+/=]+){CLOSING}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What an approval is for: no other repository, pull request, base branch, head, target or version.

    ``base_sha`` and ``run_id`` say where it comes from; the plan made after the merge says what became of it.
    """

    repository: str
    pull: int
    base_ref: str
    base_sha: str
    head_sha: str
    target: str
    tool_version: str
    run_id: str


BOUND = ("repository", "pull", "base_ref", "head_sha", "target", "tool_version")
"""What must be equal for an approval to count."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """An approval whose seal is right. ``plan`` is the plan file, None where only its digest had room."""

    binding: Binding
    digest: str
    plan: str | None


def block(binding: Binding, plan: str, *, key: bytes, room: int) -> str:
    """The approval as a hidden line of Markdown of at most ``room`` characters, with the plan if there is room."""
    envelope: dict[str, Any] = {**asdict(binding), "digest": digest_of(plan)}
    envelope["seal"] = keyed(envelope, key=key, purpose="approval")
    whole = _packed({"envelope": envelope, "plan": plan})
    return whole if len(whole) <= room else _packed({"envelope": envelope, "plan": None})


def digest_of(plan: str) -> str:
    """The plan file's digest. A plan file is public, and holds no digest of a value by which to guess it."""
    return f"sha256:{hashlib.sha256(plan.encode()).hexdigest()}"


def block_in(body: str) -> str:
    """The block in a comment's text as it stands there, or ""."""
    found = _BLOCK.search(body)
    return found[0] if found else ""


def opened(text: str, *, key: bytes, expected: Binding) -> Sealed:
    """The approval in a block. Raises Refused, with the reason, where it is none for what is ``expected``."""
    found = _BLOCK.fullmatch(text)
    if not found:
        raise Refused("it approves nothing: no plan was stored, because it failed, or no plan-key was set")
    document = _unpacked(found[1])
    envelope, plan = document.get("envelope"), document.get("plan")
    names = {one.name for one in fields(Binding)}
    if not isinstance(envelope, dict) or set(envelope) != names | {"digest", "seal"}:
        raise Refused("its approval is not of the form of one")
    seal, digest = envelope.pop("seal"), envelope.pop("digest")
    right = keyed({**envelope, "digest": digest}, key=key, purpose="approval")
    if not isinstance(seal, str) or not equal(seal, right):
        raise Refused(
            "the seal of its approval is not right: it was edited, or sealed under another plan-key"
        )
    for name in BOUND:
        if envelope[name] != (should := getattr(expected, name)):
            raise Refused(f"it approved for {name} {envelope[name]!r:.80}, but this is {should!r:.80}")
    if plan is not None and not (isinstance(plan, str) and equal(digest_of(plan), digest)):
        raise Refused("the plan in its approval is not the one that was sealed")
    return Sealed(Binding(**envelope), digest, plan)


def union(approved: Iterable[Approved]) -> Approved | None:
    """What several pull requests approve together, stack by stack; None for none."""
    held = list(approved)
    if not held:
        return None
    plans: dict[tuple[str, str], Plan] = {}
    marks: dict[tuple[str, str], tuple[str, ...]] = {}
    for one in held:
        left = iter(one.fingerprints)
        for plan in one.plans:
            stack = (plan.cluster, plan.stack)
            of_plan = tuple(next(left) for _ in plan.changes)
            if stack not in plans:
                plans[stack], marks[stack] = plan, of_plan
            elif _place(plans[stack]) == _place(plan):
                plans[stack] = _joined(plans[stack], plan)
                marks[stack] += of_plan
    fingerprints = tuple(mark for stack in plans for mark in marks[stack])
    return held[0]._replace(plans=tuple(plans.values()), fingerprints=fingerprints)


def _place(plan: Plan) -> tuple[str, str]:
    """Which cluster was meant by the name: what was approved for one is not for another."""
    return plan.cluster_id, plan.company_id


def _joined(one: Plan, other: Plan) -> Plan:
    """Both plans' changes."""
    return replace(
        one,
        changes=one.changes + other.changes,
        released=one.released + other.released,
        unchecked=one.unchecked + other.unchecked,
    )


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
        raise Refused("its approval can't be read: the comment was edited")
    return document
