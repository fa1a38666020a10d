"""A record as text and back, by schemas/record.schema.json. Pure, and believes nothing of what it reads.

A *head* says which stack and version it is, who wrote it, who is writing, and holds the *body*: as it is, or
where that is large packed (zlib, then base64), or where that too is large cut into parts, whose names it holds.
Only ASCII, so that no encoding on the way can change it. Of ``Owned.applied`` only that it is an object is checked.
"""

import base64
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, get_args

from reconciler.errors import DamagedRecord, ReconcilerError
from reconciler.kinds import KINDS
from reconciler.model import Action, Applied, Body, Lease, Owned, Pending, Record, State

FORMAT_VERSION = 1
INLINE_CHARACTERS = 100_000
PART_CHARACTERS = 400_000
"""Under the 500 KB that Docker documents for a config."""
KEPT_APPLIES = 10
MAX_BODY_BYTES = 64 * 2**20
_LATEST = 32_503_680_000  # the year 3000


class Head(NamedTuple):
    """One head, with one of these: the ``body``, what it is ``packed`` into, the names of the ``parts`` of that."""

    stack: str
    number: int
    nonce: str
    lease: Lease | None
    body: Body | None = None
    packed: str = ""
    parts: tuple[str, ...] = ()


def encode(record: Record) -> Body:
    """The body: all but the lease. Equal records give equal bodies; text that is shown loses control characters."""
    return {
        "path": _printable(record.path),
        "salt": record.salt,
        "owned": [
            _owned(one) for one in sorted(record.owned, key=lambda one: (one.kind, one.name, one.live_name))
        ],
        "pending": [
            {"action": one.action, "owned": _owned(one.owned), "known": list(one.known)}
            for one in record.pending
        ],
        "applies": [
            {
                "when": _printable(one.when),
                "who": _printable(one.who),
                "commit": _printable(one.commit),
                "counts": dict(one.counts),
            }
            for one in record.applies[-KEPT_APPLIES:]
        ],
    }


def pack(body: Body) -> tuple[str, ...]:
    """A body packed and cut, in order; none where it goes into the head as it is, one where it does packed."""
    text = json.dumps(body, separators=(",", ":"), allow_nan=False)
    if len(text) <= INLINE_CHARACTERS:
        return ()
    packed = base64.b64encode(zlib.compress(text.encode("ascii"))).decode("ascii")
    return tuple(packed[at : at + PART_CHARACTERS] for at in range(0, len(packed), PART_CHARACTERS))


def unpack(parts: Sequence[str]) -> Any:
    """The body that ``pack`` cut up. Raises DamagedRecord."""
    try:
        inflate = zlib.decompressobj()
        text = inflate.decompress(base64.b64decode("".join(parts), validate=True), MAX_BODY_BYTES)
        if not inflate.eof:
            raise DamagedRecord("its parts are cut short, or too large")
        return _loads(text.decode("ascii"))
    except (ValueError, zlib.error):
        raise DamagedRecord("its parts do not hold what was put in") from None


def encode_head(head: Head) -> str:
    """The data of a head."""
    held = (
        {"parts": list(head.parts)}
        if head.parts
        else {"packed": head.packed}
        if head.packed
        else {"body": head.body}
    )
    lease = head.lease and {**head.lease._asdict(), "holder": _printable(head.lease.holder)}
    return _dumps(
        {
            "format_version": FORMAT_VERSION,
            "stack": head.stack,
            "number": head.number,
            "nonce": head.nonce,
            "lease": lease,
            **held,
        }
    )


def decode_head(data: str) -> Head:
    """Raises DamagedRecord, or ReconcilerError where a newer version of this program wrote it."""
    value = _loads(data)
    version = value.get("format_version") if isinstance(value, dict) else None
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise ReconcilerError(
            f"the record in the cluster has format {version}, and this version of reconciler knows "
            f"{FORMAT_VERSION}: upgrade reconciler"
        )
    fields = _fields(value, "the head", _HEAD, required=_HEAD.keys() - _HELD)
    if len(fields.keys() & _HELD) != 1:
        raise DamagedRecord("the head: expected one of body, packed and parts")
    lease = fields["lease"]
    return Head(
        stack=fields["stack"],
        number=fields["number"],
        nonce=fields["nonce"],
        lease=None if lease is None else Lease(**_fields(lease, "lease", _LEASE, required=_LEASE.keys())),
        body=fields.get("body"),
        packed=fields.get("packed", ""),
        parts=tuple(fields.get("parts", ())),
    )


def decode(head: Head, body: Any) -> Record:
    """The record of a head and its body, as JSON gave it. Raises DamagedRecord, saying where."""
    fields = _fields(body, "the body", _BODY, required=_BODY.keys())
    return Record(
        stack=head.stack,
        number=head.number,
        salt=fields["salt"],
        path=fields["path"],
        owned=tuple(_to_owned(one, f"owned[{at}]") for at, one in enumerate(fields["owned"])),
        pending=tuple(_to_pending(one, f"pending[{at}]") for at, one in enumerate(fields["pending"])),
        applies=tuple(
            Applied(**_fields(one, f"applies[{at}]", _APPLIED, required=_APPLIED.keys()))
            for at, one in enumerate(fields["applies"])
        ),
        lease=head.lease,
    )


def _owned(owned: Owned) -> dict[str, Any]:
    """What differs from the defaults, which are most of it."""
    every: dict[str, tuple[Any, Any]] = {
        "live_name": (owned.live_name, owned.name),
        "id": (owned.id, ""),
        "applied": (owned.applied, {}),
        "digest": (owned.digest, ""),
        "protected": (owned.protected, False),
        "state": (owned.state, "verified"),
        "retired": (owned.retired, False),
        "known": (list(owned.known), []),
        "tasks": (list(owned.tasks), []),
        "previous": (list(owned.previous), []),
        "last_verified": (owned.last_verified, {}),
    }
    differing = {field: value for field, (value, default) in every.items() if value != default}
    return {"kind": owned.kind, "name": owned.name, **differing}


def _to_owned(value: Any, where: str) -> Owned:
    fields = _fields(value, where, _OWNED, required={"kind", "name"})
    ids = {field: tuple(fields.get(field, ())) for field in ("known", "tasks", "previous")}
    return Owned(**{"live_name": fields["name"], "id": "", **fields, **ids})


def _to_pending(value: Any, where: str) -> Pending:
    fields = _fields(value, where, _PENDING, required=_PENDING.keys())
    return Pending(fields["action"], _to_owned(fields["owned"], f"{where}.owned"), tuple(fields["known"]))


Test = Callable[[Any], bool]


def _fields(value: Any, where: str, tests: Mapping[str, Test], *, required: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise DamagedRecord(f"{where}: expected an object")
    for field in required:
        if field not in value:
            raise DamagedRecord(f"{where}: {field} is missing")
    for field, one in value.items():
        test = tests.get(field)
        if test is None:
            raise DamagedRecord(f"{where}: a field that this format does not have")
        if not test(one):
            raise DamagedRecord(f"{where}: {field} is not what it must be")
    return value


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(one if one.isprintable() else "?" for one in text)


def _is_text(value: Any) -> bool:
    """Text that may be shown on a terminal."""
    return isinstance(value, str) and value.isprintable()


def _is_name(value: Any) -> bool:
    return _is_text(value) and bool(value)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(_is_text(one) for one in value)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_counts(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_text(key) and _is_count(one) for key, one in value.items())


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LATEST


def _is_hex(value: Any) -> bool:
    return isinstance(value, str) and len(value) % 2 == 0 and set(value) <= set("0123456789abcdef")


def _is_one_of(*accepted: str) -> Test:
    return lambda value: isinstance(value, str) and value in accepted


_HEAD: Mapping[str, Test] = {
    "format_version": lambda value: _is_count(value) and value == FORMAT_VERSION,
    "stack": _is_name,
    "number": _is_count,
    "nonce": _is_name,
    "lease": lambda value: value is None or _is_object(value),
    "body": _is_object,
    "packed": _is_name,
    "parts": lambda value: _is_texts(value) and bool(value),
}
_HELD = {"body", "packed", "parts"}
_LEASE: Mapping[str, Test] = {"holder": _is_text, "nonce": _is_name, "until": _is_time}
_BODY: Mapping[str, Test] = {
    "path": _is_text,
    "salt": lambda value: _is_hex(value) and bool(value),
    "owned": _is_list,
    "pending": _is_list,
    "applies": _is_list,
}
_OWNED: Mapping[str, Test] = {
    "kind": _is_one_of(*KINDS),
    "name": _is_name,
    "live_name": _is_name,
    "id": _is_text,
    "applied": _is_object,
    "digest": _is_text,
    "protected": _is_flag,
    "state": _is_one_of(*get_args(State)),
    "retired": _is_flag,
    "known": _is_texts,
    "tasks": _is_texts,
    "previous": _is_texts,
    "last_verified": _is_object,
}
_PENDING: Mapping[str, Test] = {
    "action": _is_one_of(*get_args(Action)),
    "owned": _is_object,
    "known": _is_texts,
}
_APPLIED: Mapping[str, Test] = {"when": _is_text, "who": _is_text, "commit": _is_text, "counts": _is_counts}


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _loads(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise DamagedRecord("it is not JSON") from None


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
