"""Secrets and configs: created and deleted, never changed. Of a secret's value only a salted digest is kept."""

import hashlib
import hmac
import secrets
from typing import Any

from reconciler.emulator.answers import Answer, answer_json, encode, encode_list, refused_by_swarm, taken
from reconciler.emulator.cache import Rendered
from reconciler.emulator.call import Call
from reconciler.emulator.identity import docker_id
from reconciler.emulator.services import lost, users
from reconciler.emulator.shown import timestamp
from reconciler.emulator.sqlite import Record

# Bytes of data, exclusive: Swarm's limits.
_LIMITS = {"secret": 512_000, "config": 1_024_000}


def list_secrets(call: Call) -> Answer:
    """All secrets, without values."""
    return call.listing("secrets", lambda: _render_list(call, "secret"))


def create_secret(call: Call) -> Answer:
    """A new secret; its name must be free."""
    data = _checked_data(call, "secret")
    salt = secrets.token_hex(16)
    return _added(call, "secret", {"salt": salt, "digest": _digest(salt, data)})


def delete_secret(call: Call) -> Answer:
    """Gone, unless a service uses it."""
    return _removed(call, "secret")


def list_configs(call: Call) -> Answer:
    """All configs, with data."""
    return call.listing("configs", lambda: _render_list(call, "config"))


def get_config(call: Call) -> Answer:
    """One config, with data."""
    return answer_json(200, _describe("config", call.find("config", "config_id")))


def create_config(call: Call) -> Answer:
    """A new config; its name must be free."""
    return _added(call, "config", {"data": _checked_data(call, "config")})


def delete_config(call: Call) -> Answer:
    """Gone, unless a service uses it."""
    return _removed(call, "config")


def holds(secret: Record, value: str) -> bool:
    """Whether ``value`` is the secret's value. For tests of what a container would see."""
    return hmac.compare_digest(secret["digest"], _digest(secret["salt"], value))


def _digest(salt: str, data: str) -> str:
    return hashlib.blake2b(data.encode(), key=salt.encode(), digest_size=32).hexdigest()


def _checked_data(call: Call, kind: str) -> str:
    data = str(call.body["data"])
    if len(data.encode()) >= _LIMITS[kind]:
        raise refused_by_swarm(
            f"{kind} data must be larger than 0 and less than {_LIMITS[kind]} bytes", param="data"
        )
    name = call.body["name"]
    if call.state.named(call.cluster, kind, name) is not None:
        raise taken(f"{kind} {name} already exists")
    return data


def _added(call: Call, kind: str, kept: dict[str, Any]) -> Answer:
    record = {"id": docker_id(), "name": call.body["name"], "created": timestamp(call.now), **kept}
    call.state.save(call.cluster, kind, record)
    return answer_json(201, _describe(kind, record))


def _removed(call: Call, kind: str) -> Answer:
    record = call.find(kind, f"{kind}_id")
    names = users(call, f"{kind}s", "id", record["id"])
    if names:
        plural = "service" if len(names) == 1 else "services"
        raise refused_by_swarm(
            f"{kind} '{record['name']}' is in use by the following {plural}: {', '.join(names)}"
        )
    call.state.remove(call.cluster, kind, record["id"])
    lost(call, kind, record["id"])
    return Answer(204)


def _describe(kind: str, record: Record) -> dict[str, Any]:
    shown: dict[str, Any] = {key: record[key] for key in ("id", "name", "data", "created") if key in record}
    return {"object": kind, **shown}


def _render_list(call: Call, kind: str) -> Rendered:
    def render(record: Record) -> Rendered:
        return encode(_describe(kind, record)), float("inf")

    records = call.state.all(call.cluster, kind)
    return encode_list(
        [call.cache.item(kind, records[key], call.now, render)[0] for key in sorted(records)]
    ), float("inf")
