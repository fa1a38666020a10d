"""A model of the platform and of an apply, without HTTP, that carries out plans.

It answers like the API: defaults are filled in or left out, every image has a digest, references have ids, some
numbers are texts in requests, and lists have their own order. It raises ``AssertionError`` for what the platform
would refuse, since no plan may contain it.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from msgspec.structs import replace

from reconciler import digest
from reconciler.applying.intents import intent, is_same_object, pending_for, writes
from reconciler.applying.kinds.service import written_fields
from reconciler.kinds import KINDS
from reconciler.kinds.service import FIELDS, encode_update
from reconciler.model import (
    Change,
    Desired,
    Live,
    LiveState,
    Manifest,
    Named,
    NodeSize,
    Owned,
    Pending,
    Plan,
    Record,
    Write,
)
from reconciler.normalize import same
from reconciler.pipeline.handover import on_offer
from reconciler.planning import Options, make_plan
from reconciler.record.lease import identity
from tests.planning.build import COVERED, empty, want
from tests.sent import as_sent

KEY = b"sixteen bytes or more"
SIZES = (NodeSize("size_small", "Small"), NodeSize("size_big", "Big"))
_POLICY = {
    "order": "stop-first", "delay": 0, "parallelism": 1, "failure_action": "pause", "max_failure_ratio": 0.0,
    "monitor": 5,
}  # fmt: skip
POLICIES: Mapping[str, Any] = {
    f"{when}_{what}": value for when in ("update", "rollback") for what, value in _POLICY.items()
}
DEFAULTS: Mapping[str, Any] = {"replicas": 1, **POLICIES}
UNSET: tuple[Any, ...] = (None, "", [])
PARTS = {
    "secrets": {"name", "file_name", "uid", "gid", "mode"},
    "configs": {"name", "file_name", "uid", "gid", "mode"},
    "mounts": {"source", "target", "readonly"},
    "environment_variables": {"key", "value"},
}


@dataclass
class FakePlatform:
    """A cluster. ``sparse`` leaves out unset fields and default policies; otherwise they are null or filled in."""

    seed: int = 0
    sparse: bool = False
    bodies: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    made: int = 0

    def all(self, kind: str) -> list[dict[str, Any]]:
        return self.bodies.setdefault(kind, [])

    def get(self, kind: str, object_id: str) -> dict[str, Any]:
        return next(item for item in self.all(kind) if item["id"] == object_id)

    def named(self, kind: str, name: str) -> dict[str, Any] | None:
        return next((item for item in self.all(kind) if item.get("name", "").lower() == name.lower()), None)

    def new_id(self) -> str:
        self.made += 1
        return f"{self.made:025}"

    def copy(self) -> "FakePlatform":
        bodies = {kind: [dict(body) for body in bodies] for kind, bodies in self.bodies.items()}
        return FakePlatform(self.seed, self.sparse, bodies, self.made)

    def create(self, kind: str, body: Mapping[str, Any]) -> str:
        created = {"id": self.new_id(), "object": kind, **body}
        if kind in ("service", "secret", "config", "volume"):
            assert self.named(kind, body["name"]) is None, f"a {kind} {body['name']} exists"
        if kind == "service":
            assert self.has_free(body.get("hosts")), "a host is already used by another service"
            created |= self._stored({**DEFAULTS, **body})
        elif kind == "volume":
            created["service_usage"] = []
        elif kind == "node":
            created |= {
                "size": created.pop("size_id"), "status": "Ready", "public_ip_address": f"192.0.2.{self.made}",
                "swarm_manager": not self.all("node"),
            }  # fmt: skip
        elif kind == "webhook":
            assert body["url"].startswith("https://")
            created.setdefault("cluster_id", None)
        self.all(kind).append(created)
        return str(created["id"])

    def put(self, service_id: str, body: Mapping[str, Any]) -> None:
        """Replace a service; missing fields get their defaults."""
        assert body.keys() <= FIELDS, f"a PUT does not know {sorted(body.keys() - FIELDS)}"
        service = self.get("service", service_id)
        kept = {key: service[key] for key in ("id", "object", "name")}
        assert self.has_free(body.get("hosts"), service_id), "a host is already used by another service"
        service.clear()
        service |= {**kept, **self._stored({**DEFAULTS, **body})}

    def delete(self, kind: str, object_id: str) -> None:
        found = self.get(kind, object_id)
        section, part = {"volume": ("mounts", "source")}.get(kind, (f"{kind}s", "name"))
        users = [
            service["name"]
            for service in self.all("service")
            if any(item[part] == found.get("name") for item in service.get(section) or ())
        ]
        if kind in ("secret", "config", "volume"):
            assert not users, f"the {kind} {found['name']} is in use by {users}"
        self.all(kind).remove(found)

    def has_free(self, hosts: Any, service_id: str = "") -> bool:
        """Whether no other service has any of the hosts."""
        wanted = {host.strip().lower() for host in hosts or ()}
        return not any(
            wanted & {host.strip().lower() for host in other.get("hosts") or ()}
            for other in self.all("service")
            if other["id"] != service_id
        )

    def _stored(self, body: Mapping[str, Any]) -> dict[str, Any]:
        stored = dict(body)
        for section, parts in PARTS.items():
            for item in body.get(section) or ():
                assert item.keys() <= parts, (
                    f"an item of {section} does not have {sorted(item.keys() - parts)}"
                )
        for section in ("secrets", "configs"):
            stored[section] = [self._reference(section, item) for item in body.get(section) or ()]
        stored["mounts"] = [self._mount(item) for item in body.get("mounts") or ()]
        if image := body.get("image"):
            stored["image"] = (
                image if "@" in image else f"{image}@sha256:{sha256(image.encode()).hexdigest()}"
            )
        return stored

    def _reference(self, section: str, item: Mapping[str, Any]) -> dict[str, Any]:
        found = self.named(section.removesuffix("s"), item["name"])
        assert found, f"no {section} {item['name']}"
        for part in ("uid", "gid", "mode"):
            assert isinstance(item[part], str)
            assert item[part].isdigit()
        return {**item, "id": found["id"], "uid": int(item["uid"]), "gid": int(item["gid"])}

    def _mount(self, item: Mapping[str, Any]) -> dict[str, Any]:
        assert self.named("volume", item["source"]), f"no volume {item['source']}"
        return {**item, "type": "volume"}

    def state(self, shuffle: int = 0) -> LiveState:
        """The live state of a fetch, with lists in an order from ``shuffle``."""
        chance = random.Random(f"{self.seed}:{shuffle}")
        objects = {}
        for kind in ("service", "secret", "config", "volume", "node", "webhook"):
            found = [_live(kind, self.answer(kind, body, chance)) for body in self.all(kind)]
            objects[kind] = tuple(sorted(found, key=lambda live: (live.name, live.id)))
        return LiveState("company_1", "Clinic", "cluster_1", "production", objects, SIZES)

    def answer(self, kind: str, body: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
        answer = {key: list(value) if isinstance(value, list) else value for key, value in body.items()}
        if kind == "secret":
            answer.pop("data", None)
        if kind != "service":
            return answer
        for value in answer.values():
            if isinstance(value, list):
                chance.shuffle(value)
        if self.sparse:
            return {
                key: value
                for key, value in answer.items()
                if value not in UNSET and value != POLICIES.get(key)
            }
        return {field: chance.choice(("", None)) for field in ("command", "args", "protocol")} | answer


def _live(kind: str, body: Mapping[str, Any]) -> Live:
    name = {"node": body["id"], "webhook": body.get("label") or ""}.get(kind) or str(body.get("name"))
    return Live(kind, name, body["id"], KINDS[kind].decode(body), body)


@dataclass
class AppliedStack:
    """A platform and a stack's record after applies."""

    platform: FakePlatform
    record: Record
    others: Mapping[Named, str] = field(default_factory=dict)
    shuffle: int = 0

    def copy(self) -> "AppliedStack":
        return AppliedStack(self.platform.copy(), self.record, self.others, self.shuffle)

    def state(self) -> LiveState:
        self.shuffle += 1
        return self.platform.state(self.shuffle)

    def options(self, desired: Desired, record: Record | None = None, **asked: Any) -> Options:
        same = same_values(desired, record or self.record)
        return Options(
            **{"covered": COVERED, "same_value": same, "digest_key": KEY, "foreign": self.others, **asked}
        )

    def plan(self, desired: Desired, **asked: Any) -> Plan:
        return make_plan(desired, self.state(), self.record, self.options(desired, **asked))

    def apply(self, plan: Plan, *, stop_after: int | None = None, settled: bool = False) -> None:
        """Carry out a plan, or stop after some changes: with the pending changes as recorded at first, or as a
        renewal recorded them.
        """
        digests = _digests(plan.changes)
        intents = {planned.address: intent(planned, digests=digests, key=KEY) for planned in plan.changes}
        state = self.platform.state()
        journal = {
            planned.address: pending_for(planned, intents[planned.address], state) for planned in plan.changes
        }
        owned = {identity(entry): entry for entry in self.record.owned}
        before, pending = self.record, list(journal.values())
        for book in plan.record_only:
            assert book.owned
            owned.pop(identity(book.owned))
            owned |= {identity(book.recorded): book.recorded} if book.recorded else {}
        for entry in plan.released:
            owned.pop(identity(entry))
        done = plan.changes if stop_after is None else plan.changes[:stop_after]
        for change in done:
            object_id = carry_out(self.platform, change)
            _note(owned, change, intents[change.address], object_id)
            pending.remove(journal[change.address])
        if stop_after is None or settled:
            self.record = replace(
                _recorded(before, owned.values(), pending), released=on_offer(before, plan.released, state)
            )
        else:
            self.record = replace(before, pending=tuple(journal.values()))


def applied_stack(*manifests: Manifest, others: Mapping[Named, str] | None = None) -> AppliedStack:
    """A cluster to which these manifests were applied; ``others`` are the stacks that own other objects."""
    stack = AppliedStack(FakePlatform(), empty(), others or {})
    stack.apply(stack.plan(want(*manifests)))
    return stack


def carry_out(platform: FakePlatform, change: Change) -> str:
    """Carry out a change, as ``reconciler.applying.perform`` would; returns the object's id."""
    kind = change.address.kind
    if change.action == "delete":
        platform.delete(kind, change.live.id)
        return change.live.id
    for taken in change.takes:
        giver = platform.get("service", taken.id)
        giver["hosts"] = [host for host in giver.get("hosts") or () if host.strip().lower() != taken.host]
    if is_same_object(change):
        if writes(change):
            _update(platform, change, change.live)
        return change.live.id
    if kind == "node":
        made = [platform.create(kind, {"size_id": change.live_name}) for _ in range(change.spec["count"])]
        return " ".join(made)
    return platform.create(kind, as_sent(KINDS[kind].encode(change.live_name, change.spec)))


def _update(platform: FakePlatform, change: Write, live: Live) -> None:
    if change.address.kind == "webhook":
        platform.get("webhook", live.id).update(
            as_sent(KINDS["webhook"].encode(change.live_name, change.spec))
        )
        return
    assert change.address.kind == "service"
    fields = written_fields(change)
    fresh = platform.answer("service", platform.get("service", live.id), random.Random(0))
    before = KINDS["service"].decode(fresh)
    platform.put(live.id, as_sent(encode_update(fresh, change.spec, fields)))
    after = KINDS["service"].decode(
        platform.answer("service", platform.get("service", live.id), random.Random(0))
    )
    for name in FIELDS - fields:
        assert same(KINDS["service"], name, before.get(name), after.get(name)), f"{name} was lost"


def _note(owned: dict[tuple[str, str, str], Owned], change: Change, after: Owned, object_id: str) -> None:
    """Update the recorded objects as ``reconciler.applying.run`` does; rollouts always succeed here."""
    if change.action == "delete":
        owned.pop(identity(after), None)
    elif change.address.kind != "node":
        if change.owned is not None:
            owned.pop(identity(change.owned), None)
        state = "verified" if after.state == "unverified" else after.state
        owned[identity(after)] = replace(after, id=object_id, state=state)
        for old in change.retires:
            owned[identity(old)] = old


def _recorded(before: Record, owned: Iterable[Owned], pending: Sequence[Pending]) -> Record:
    return replace(before, number=before.number + 1, owned=tuple(owned), pending=tuple(pending))


def same_values(desired: Desired, record: Record) -> dict[str, bool | None]:
    """For each secret with an available value, whether it is the recorded one; as the pipeline determines it."""
    recorded = {
        owned.name: owned.digest for owned in record.owned if owned.kind == "secret" and not owned.retired
    }
    return {
        name: digest.matches(recorded[name], value, key=KEY)
        for (kind, name), manifest in desired.manifests.items()
        if kind == "secret" and recorded.get(name)
        if (value := manifest.spec.get("sealed") or manifest.spec.get("data")) is not None
    }


def _digests(changes: Iterable[Change]) -> dict[Named, str]:
    return {
        (change.address.kind, change.address.name): digest.digest(value, key=KEY, salt=bytes(16))
        for change in changes
        if change.address.kind == "secret" and change.action != "delete"
        if (value := change.spec.get("sealed") or change.spec.get("data")) is not None
    }
