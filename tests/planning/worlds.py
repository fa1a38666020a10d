"""Random clusters with a history, and random manifests for them.

A world has unmanaged objects, an apply, changes outside git, and then new manifests. Everything that must never be
shown contains the text ``LEAK``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from hypothesis import strategies as st

from reconciler.guard import guard, missing_values
from reconciler.model import Desired, Manifest, Named, Plan, Sensitive
from tests.planning.build import declare, empty, want
from tests.planning.platform import AppliedStack, FakePlatform

LEAK = "hunter2"
NAMES: Mapping[str, Sequence[str]] = {
    "secret": ("db", "token"),
    "config": ("app", "nginx"),
    "volume": ("cache", "data"),
    "service": ("api", "db", "web"),
    "webhook": ("dev", "ops"),
}
HOSTS = ("a.example", "b.example", "c.example")
IMAGES = (
    "nginx",
    "nginx:1",
    "registry.example:5000/clinic/api:2",
    "docker.io/redis",
    "redis@sha256:" + "ab" * 32,
)
SCALARS: Mapping[str, Sequence[Any]] = {
    "replicas": (0, 1, 2),
    "port": (80, 8080),
    "command": ("", "serve"),
    "healthcheck_path": ("", "/up"),
    "update_order": ("", "stop-first", "start-first"),
    "update_delay": (0, 3),
    "update_parallelism": (0, 1, 2),
    "update_max_failure_ratio": (0, 0.0, 0.33, 1),
    "rollback_monitor": (0, 5, 9),
}
VARIABLES: Mapping[str, Sequence[Any]] = {
    "LOG": ("", "info", "debug"),
    "__MODE": ("a", "b"),
    "DB_PASSWORD": (f"{LEAK}-1", f"{LEAK}-2"),
    "URL": ("http://x", f"amqp://me:{LEAK}@mq"),
}
IGNORABLE = ("replicas", "environment_variables", "secrets", "hosts", "image")


def subset(chance: Random, values: Iterable[Any]) -> list[Any]:
    kept = [item for item in values if chance.random() < 0.5]
    chance.shuffle(kept)
    return kept


def some_fields(chance: Random, values: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    return {key: chance.choice(values[key]) for key in values if chance.random() < 0.3}


def protection(chance: Random) -> bool | None:
    return chance.choice((None, None, None, None, True, False))


def references(chance: Random, names: Sequence[str]) -> list[Any]:
    given: list[Any] = []
    for name in subset(chance, names):
        item = {"name": name, "mode": chance.choice(("0444", "0400", "0000")), "uid": chance.choice((0, 7))}
        given.append(chance.choice((name, item, {**item, "file_name": f"/etc/{name}"})))
    return given


def services(chance: Random, mine: Mapping[str, Sequence[str]]) -> list[Manifest]:
    owner_of = {host: chance.choice((*NAMES["service"], "")) for host in HOSTS}
    made = []
    names = subset(chance, NAMES["service"])
    for name in names:
        spec = {"image": chance.choice(IMAGES), **some_fields(chance, SCALARS)}
        if chance.random() < 0.5:
            spec["hosts"] = [host for host in HOSTS if owner_of[host] == name]
        if chance.random() < 0.5:
            spec["environment_variables"] = some_fields(chance, VARIABLES)
        for section in ("secret", "config"):
            if chance.random() < 0.7:
                spec[f"{section}s"] = references(chance, mine[section])
        if chance.random() < 0.5:
            spec["mounts"] = [f"{volume}:/{volume}" for volume in subset(chance, mine["volume"])]
        made.append(
            declare(
                "service",
                name,
                spec,
                depends_on=subset(chance, [other for other in names if other < name]),
                ignore=subset(chance, IGNORABLE) if chance.random() < 0.3 else (),
                protect=protection(chance),
            )
        )
    return made


def value(chance: Random, kind: str) -> Any:
    number = chance.choice((1, 2))
    if kind == "secret":
        text = f"{LEAK}-{number}"
        return text if chance.random() < 0.7 else {"sealed": f"age {text}", "data": Sensitive(text)}
    return f"number {number}\n" if kind == "config" else None


def manifests(chance: Random) -> Desired:
    """A stack's declarations, with most of the consents that its plan may need."""
    mine = {kind: subset(chance, NAMES[kind]) for kind in ("secret", "config", "volume")}
    made = [
        declare(kind, name, value(chance, kind), protect=protection(chance))
        for kind, names in mine.items()
        for name in names
    ]
    outside = ["outside"] if chance.random() < 0.3 else []
    made += [declare("secret", name, {"external": True}) for name in outside]
    made += services(chance, {**mine, "secret": [*mine["secret"], *outside]})
    made += [
        declare("webhook", name, f"https://hooks.example/{LEAK}-{chance.choice((1, 2))}")
        for name in subset(chance, NAMES["webhook"])
    ]
    counts: dict[str, int] = chance.choice(
        ({}, {}, {"size_small": 2}, {"Small": 3}, {"size_big": 1, "Small": 1})
    )
    made += [declare("node", size, count) for size, count in counts.items()]
    declared = {(manifest.address.kind, manifest.address.name) for manifest in made}
    gone = [(kind, name) for kind, names in NAMES.items() for name in names if (kind, name) not in declared]
    consents: list[Named] = gone if chance.random() < 0.8 else subset(chance, gone)
    released = [identity for identity in gone if identity not in consents or chance.random() < 0.1]
    consents = [identity for identity in consents if identity not in released]
    chance.shuffle(made)
    return want(*made, removed=consents, released=released if chance.random() < 0.5 else ())


Deed = Callable[[FakePlatform], None]
"""A change outside git."""


def make_service(name: str, *, secret: str = "", image: str = "nginx:1", host: str = "") -> Deed:
    def deed(platform: FakePlatform) -> None:
        if platform.named("service", name) is None:
            section = [{"name": secret, "file_name": secret, "uid": "0", "gid": "0", "mode": "292"}]
            mounts = secret and platform.named("secret", secret) is not None
            body = {
                "name": name,
                "image": image,
                "hosts": [host] if host and platform.has_free([host]) else [],
                "secrets": section if mounts else [],
            }
            platform.create("service", body)

    return deed


def make(kind: str, body: Mapping[str, Any]) -> Deed:
    def deed(platform: FakePlatform) -> None:
        if "name" not in body or platform.named(kind, body["name"]) is None:
            platform.create(kind, body)

    return deed


def lose(kind: str, name: str) -> Deed:
    """Delete an object; for a secret or config that a service uses, also delete the service."""

    def deed(platform: FakePlatform) -> None:
        for body in [
            candidate
            for candidate in platform.all(kind)
            if candidate.get("name", candidate.get("label")) == name
        ]:
            section, part = {"volume": ("mounts", "source")}.get(kind, (f"{kind}s", "name"))
            for user in list(platform.all("service")):
                if any(item[part] == name for item in user.get(section) or ()):
                    platform.all("service").remove(user)
            platform.delete(kind, body["id"])

    return deed


def edit(name: str, changed: Mapping[str, Any]) -> Deed:
    def deed(platform: FakePlatform) -> None:
        service = platform.named("service", name)
        if service is not None and platform.has_free(changed.get("hosts"), service["id"]):
            service.update(changed)

    return deed


def again(name: str) -> Deed:
    """Delete a service and create it again with the same name."""

    def deed(platform: FakePlatform) -> None:
        if (service := platform.named("service", name)) is not None:
            service["id"] = platform.new_id()

    return deed


DEEDS: Mapping[str, Deed] = {
    "hand-made service": make_service("web", host="a.example"),
    "hand-made service with our secret": make_service("cron", secret="db.v1"),
    "hand-made service with an adopted secret": make_service("cron", secret="db"),
    "hand-made secret": make("secret", {"name": "db", "data": LEAK}),
    "hand-made version": make("secret", {"name": "db.v4", "data": LEAK}),
    "version in capitals": make("secret", {"name": "TOKEN.v2", "data": LEAK}),
    "version of another stack": make("secret", {"name": "token.v7", "data": LEAK}),
    "hand-made config": make("config", {"name": "app.v2", "data": "two\n"}),
    "hand-made volume": make("volume", {"name": "data"}),
    "hand-made webhook": make(
        "webhook", {"label": "ops", "url": f"https://h.example/{LEAK}", "cluster_id": "cluster_1"}
    ),
    "webhook of the company": make("webhook", {"label": "ops", "url": f"https://h.example/{LEAK}"}),
    "node": make("node", {"size_id": "size_small"}),
    "lost service": lose("service", "api"),
    "lost secret": lose("secret", "db.v1"),
    "lost config": lose("config", "app.v1"),
    "lost volume": lose("volume", "data"),
    "lost webhook": lose("webhook", "ops"),
    "other replicas": edit("api", {"replicas": 7}),
    "other variables": edit("api", {"environment_variables": [{"key": "DB_PASSWORD", "value": f"{LEAK}-9"}]}),
    "other hosts": edit("web", {"hosts": ["B.example", "other.example"]}),
    "other image": edit("db", {"image": "nginx:9"}),
    "another service of the name": again("api"),
}
OTHERS = {("secret", "token.v7"): "other", ("service", "theirs"): "other"}


@dataclass(frozen=True)
class RandomWorld:
    """A stack with a history, and new manifests for it; ``world(seed)`` creates it again."""

    seed: int
    stack: AppliedStack
    desired: Desired


def plan_to_apply(stack: AppliedStack, desired: Desired) -> Plan | None:
    """The plan, if an apply may carry it out with every consent."""
    plan = stack.plan(desired, prune=True)
    refusals = guard(plan, desired, stack.state(), stack.record, adopt=True)
    return None if refusals or missing_values(plan, desired) else plan


def world(seed: int) -> RandomWorld:
    """Unmanaged objects, up to two applies, changes outside git, and new manifests."""
    chance = Random(seed)
    stack = AppliedStack(FakePlatform(chance.randrange(10), chance.random() < 0.5), empty(), OTHERS)
    make_service("loadbalancer", image="traefik:2", host="lb.example")(stack.platform)
    make_service("theirs")(stack.platform)
    make("secret", {"name": "outside", "data": LEAK})(stack.platform)
    make("node", {"size_id": "size_small"})(stack.platform)
    for deed in chance.sample(sorted(DEEDS), chance.randrange(4)):
        DEEDS[deed](stack.platform)
    for _ in range(chance.randrange(3)):
        past = manifests(chance)
        if (plan := plan_to_apply(stack, past)) is not None:
            stack.apply(plan)
    for deed in chance.sample(sorted(DEEDS), chance.randrange(4)):
        DEEDS[deed](stack.platform)
    if chance.random() < 0.05:
        stack.record = empty()
    return RandomWorld(seed, stack, manifests(chance))


worlds = st.randoms(use_true_random=True).map(lambda chance: world(chance.getrandbits(64)))
"""Worlds from a seed: this is ten times as fast as drawing every choice."""
