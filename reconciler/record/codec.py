"""Encodes a record as text and decodes it, by schemas/record.schema.json. Pure; all that it reads is validated.

A *head* is one version: it has the stack, the version's number, a nonce, the lease and the *body*. A large body is
packed (zlib, then base64). If it is still large, it is cut into parts, and the head has their names.
All is ASCII, so that no re-encoding changes it. ``Owned.applied`` is only checked to be an object.
"""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from reconciler.errors import DamagedRecord, ReconcilerError
from reconciler.model import Applied, Body, Lease, Owned, Pending, Record, Source, Used
from reconciler.resources import SCHEMAS

FORMAT_VERSION = 2
FORMAT_1 = 1
INLINE_CHARACTERS = 100_000
PART_CHARACTERS = 400_000
"""Less than the 500 KB that Docker documents as the limit of a config."""
KEPT_APPLIES = 10
"""How many of the newest applies are kept. The newest apply of each other repository is kept too, for at most as many
repositories."""
MAX_BODY_BYTES = 64 * 2**20


class Head(NamedTuple):
    """One version of a record. It has one of these: the ``body``, the ``packed`` body, or the names of its
    ``parts``."""

    stack: str
    number: int
    nonce: str
    lease: Lease | None
    body: Body | None = None
    packed: str = ""
    parts: tuple[str, ...] = ()


def encode(record: Record) -> Body:
    """The body of a record: everything but stack, number and lease.

    Equal records give equal bodies. Control characters in texts for people become ``?``.
    """
    return {
        "salt": record.salt,
        "owned": [
            _owned(owned)
            for owned in sorted(record.owned, key=lambda owned: (owned.kind, owned.name, owned.live_name))
        ],
        "pending": [
            {"action": intent.action, "owned": _owned(intent.owned), "known": list(intent.known)}
            for intent in record.pending
        ],
        "applies": [
            {
                "when": _printable(applied.when),
                "who": _printable(applied.who),
                "commit": _printable(applied.commit),
                "counts": dict(applied.counts),
                **({"repository": _printable(applied.repository)} if applied.repository else {}),
            }
            for applied in _kept(record.applies)
        ],
        **({"used": [used._asdict() for used in record.used]} if record.used else {}),
        **({"released": list(map(_owned, record.released))} if record.released else {}),
        **({"shows_tasks": True} if record.shows_tasks else {}),
    }


def _kept(applies: Sequence[Applied]) -> Sequence[Applied]:
    """The applies to keep (see ``KEPT_APPLIES``), the oldest first."""
    newest = applies[-KEPT_APPLIES:]
    here = {applied.repository for applied in newest}
    others = {
        applied.repository: applied for applied in applies[:-KEPT_APPLIES] if applied.repository not in here
    }
    return (*[*others.values()][-KEPT_APPLIES:], *newest)


def pack(body: Body) -> tuple[str, ...]:
    """A body, packed and cut into pieces, in order.

    No piece means that the body goes into the head unpacked, one piece that it goes into the head packed.
    """
    text = json.dumps(body, separators=(",", ":"), allow_nan=False)
    if len(text) <= INLINE_CHARACTERS:
        return ()
    packed = base64.b64encode(zlib.compress(text.encode("ascii"))).decode("ascii")
    return tuple(packed[at : at + PART_CHARACTERS] for at in range(0, len(packed), PART_CHARACTERS))


def unpack(parts: Sequence[str]) -> Any:
    """The body, as JSON data, from the pieces that ``pack`` gave. Raises DamagedRecord if they hold no such body."""
    try:
        inflate = zlib.decompressobj()
        text = inflate.decompress(base64.b64decode("".join(parts), validate=True), MAX_BODY_BYTES)
        if not inflate.eof:
            raise DamagedRecord("its parts are cut short, or too large")
        return _loads(text.decode("ascii"))
    except (ValueError, zlib.error):
        raise DamagedRecord("its parts do not match their digest") from None


def encode_head(head: Head) -> str:
    """A head as JSON text: the data of its config."""
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
    """The head in the data of a config. Raises DamagedRecord if it is invalid, and ReconcilerError if a newer version
    of reconciler wrote it."""
    value = _loads(data)
    version = value.get("format_version") if isinstance(value, dict) else None
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise ReconcilerError(
            f"the record in the cluster has format {version}, and this version of reconciler knows "
            f"{FORMAT_VERSION}: upgrade reconciler"
        )
    if version is not True and version == FORMAT_1:  # format 1 lacks fields that format 2 added
        value = {**value, "format_version": FORMAT_VERSION}
    _check(_validators()[0], value)
    return Head(
        stack=value["stack"],
        number=value["number"],
        nonce=value["nonce"],
        lease=value["lease"] and Lease(**value["lease"]),
        body=value.get("body"),
        packed=value.get("packed", ""),
        parts=tuple(value.get("parts", ())),
    )


def raise_if_unreadable(body: Body) -> None:
    """Raises ReconcilerError, with the place in it, for a body that ``decode`` would not accept."""
    try:
        _check(_validators()[1], body)
    except DamagedRecord as error:
        raise ReconcilerError(
            f"the record could not be read again, so it was not written ({error}): a name or an id holds a character "
            "that the record cannot hold"
        ) from None


def decode(head: Head, body: Any) -> Record:
    """The record from a head and its ``body``, which is JSON data. Raises DamagedRecord, with the place of the
    error."""
    if isinstance(body, dict):  # format 1 had the PATH of the run that wrote it, which is not used
        body = {field: value for field, value in body.items() if field != "path"}
    _check(_validators()[1], body)
    return Record(
        stack=head.stack,
        number=head.number,
        salt=body["salt"],
        owned=tuple(map(_to_owned, body["owned"])),
        pending=tuple(map(_to_pending, body["pending"])),
        applies=tuple(Applied(**applied) for applied in body["applies"]),
        lease=head.lease,
        used=tuple(Used(**used) for used in body.get("used", ())),
        released=tuple(map(_to_owned, body.get("released", ()))),
        shows_tasks=body.get("shows_tasks", False),
    )


def _owned(owned: Owned) -> dict[str, Any]:
    """A managed object as JSON data, without the fields that have their default value."""
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
        "wait": (owned.wait, True),
        "source": (owned.source and owned.source._asdict(), None),
        "taken_from": (owned.taken_from, ""),
        "sensitive": (list(owned.sensitive), []),
        "sensitive_before": (list(owned.sensitive_before), []),
    }
    differing = {field: value for field, (value, default) in every.items() if value != default}
    return {"kind": owned.kind, "name": owned.name, **differing}


_LISTS = ("known", "tasks", "previous", "sensitive", "sensitive_before")


def _to_owned(value: Mapping[str, Any]) -> Owned:
    lists = {field: tuple(value[field]) for field in _LISTS if field in value}
    source = {"source": Source(**value["source"])} if "source" in value else {}
    return Owned(**{"live_name": value["name"], "id": "", **value, **lists, **source})


def _to_pending(value: Mapping[str, Any]) -> Pending:
    return Pending(value["action"], _to_owned(value["owned"]), tuple(value["known"]))


@cache
def _validators() -> tuple[Any, Any]:
    """The validators of a head, without its body, and of a body, by schemas/record.schema.json."""
    import jsonschema_rs

    schema = json.loads((SCHEMAS / "record.schema.json").read_text(encoding="utf-8"))
    shared = {"$schema": schema["$schema"], "$defs": schema["$defs"]}
    body = {**shared, "$ref": "#/$defs/body"}
    head = {**schema, "properties": {**schema["properties"], "body": {"type": "object"}}}
    return (
        jsonschema_rs.Draft202012Validator(head, mask="the value"),
        jsonschema_rs.Draft202012Validator(body, mask="the value"),
    )


def _check(validator: Any, value: Any) -> None:
    """Raises DamagedRecord, with the place of the first error, if ``value`` is not valid."""
    try:
        if validator.is_valid(value):
            return
        error = next(validator.iter_errors(value))
    except ValueError:  # half a surrogate pair
        raise DamagedRecord("it holds data that is not text") from None
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.instance_path)
    what = _WRONG.get(str(error.schema_path[-1]), "not what it must be")
    raise DamagedRecord(f"{_printable(where.lstrip('.')) or 'the top'}: {what}")


_WRONG = {
    "additionalProperties": "a field that this format does not have",
    "required": "a field is missing",
    "oneOf": "expected one of body, packed and parts",
}


def _printable(text: str) -> str:
    return (
        text
        if text.isprintable()
        else "".join(character if character.isprintable() else "?" for character in text)
    )


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _loads(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise DamagedRecord("it is not JSON") from None


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
