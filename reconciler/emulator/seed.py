"""The objects of a new cluster: node sizes, a manager, the load balancer."""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from reconciler.emulator.cache import Cache
from reconciler.emulator.call import Call
from reconciler.emulator.identity import docker_id, stable_id
from reconciler.emulator.machines import new_node
from reconciler.emulator.services import LOAD_BALANCER, started
from reconciler.emulator.spec import DEFAULTS, resolve_image
from reconciler.emulator.sqlite import State
from reconciler.errors import UsageError


class SeedSize(Struct, frozen=True):
    """``memory`` in GB."""

    id: str
    title: str
    vcpu: int
    memory: float


NODE_SIZES = (
    SeedSize("node_size_kwM9o3B8", "Small", 2, 4.0),
    SeedSize("node_size_eY3J1QgW", "Medium", 4, 8.0),
    SeedSize("node_size_p7Rz5LcV", "Large", 8, 16.0),
)


def parse_node_size(text: str) -> SeedSize:
    """``TITLE:VCPU:MEMORY``, such as ``Huge:16:64``.

    Raises: UsageError.
    """
    title, _, numbers = text.partition(":")
    vcpu, _, memory = numbers.partition(":")
    try:
        if title:
            return SeedSize(stable_id("node_size", title), title, int(vcpu), float(memory))
    except ValueError:
        pass
    raise UsageError(f"node size {text!r}: expected TITLE:VCPU:MEMORY, such as Huge:16:64")


def seed(state: State, *, labels: Sequence[str], node_sizes: Sequence[SeedSize], now: float) -> None:
    """Add missing clusters, so that each label has as many as it occurs in ``labels``."""
    with state.writing():
        present = Counter(cluster["label"] for cluster in state.all("", "cluster").values())
        for label, wanted in Counter(labels).items():
            for number in range(present[label], wanted):
                _add_cluster(state, label, stable_id("cluster", label, str(number)), node_sizes, now)


def _add_cluster(state: State, label: str, key: str, node_sizes: Sequence[SeedSize], now: float) -> None:
    state.save("", "cluster", {"id": key, "label": label})
    for size in node_sizes:
        record = {"id": size.id, "title": size.title, "vcpu": size.vcpu, "memory": size.memory}
        state.save(key, "node_size", record)
    state.save(key, "node", new_node(number=1, size=node_sizes[0].id, manager=True, ready_at=now))
    call = Call(state=state, cache=Cache(), params={}, cluster=key, body={}, now=now, pace=0.0)
    socket = {
        "type": "bind",
        "target": "/var/run/docker.sock",
        "source": "/var/run/docker.sock",
        "readonly": True,
    }
    wanted = {
        **DEFAULTS,
        "image": resolve_image(call, "traefik:v2.11"),
        "args": "--providers.docker.swarmMode",
        "mounts": [socket],
        "placement_constraints": ["node.role == manager"],
    }
    state.save(key, "service", started(call, docker_id(), LOAD_BALANCER, wanted))
