"""Random manifests before and after a change, from a seed."""

import json
import random
from typing import Any

from tests.faults.scenarios import Scenario, Side

NAMES = ("alpha", "beta", "gamma", "delta")


def scenario(seed: int) -> Scenario:
    """Two states of a cluster with an allowed difference: deleted objects are named under ``removed``."""
    dice = random.Random(seed)
    secrets = {name.upper(): f"{name}-{dice.randrange(10**9)}" for name in NAMES}
    rotated = {name: value if dice.random() < 0.5 else f"{value}-new" for name, value in secrets.items()}
    before, after = _cluster(dice, 1), _cluster(dice, 2)
    small = dice.randint(1, 3)
    victims = [f"203.0.113.{number + 1}" for number in range(2, small + 1) if dice.random() < 0.5]
    before["nodes"] = {"node_size_kwM9o3B8": small}
    after["nodes"] = {"node_size_kwM9o3B8": small - len(victims) + dice.randint(0, 1)}
    if dice.random() < 0.5:
        after["nodes"]["node_size_eY3J1QgW"] = dice.randint(1, 2)
    after["removed"] = {
        section: sorted(set(before[section]) - set(after[section]))
        for section in ("volumes", "configs", "secrets", "services", "webhooks")
    }
    after["removed"]["nodes"] = victims
    after["removed"] = {section: names for section, names in after["removed"].items() if names}
    return Scenario(
        f"random-{seed}",
        Side({"cluster.yaml": _text(before)}, secrets),
        Side({"cluster.yaml": _text(after)}, rotated),
    )


def _text(document: dict[str, Any]) -> str:
    return json.dumps({field: value for field, value in document.items() if value}, indent=1)


def _cluster(dice: random.Random, side: int) -> dict[str, Any]:
    sample = lambda: [name for name in NAMES if dice.random() < 0.6]  # noqa: E731 - five draws of the same kind
    cluster: dict[str, Any] = {
        "cluster": "production",
        "volumes": {name: {} for name in sample()},
        "configs": {name: {"data": f"{name} {dice.choice((side, 0))}"} for name in sample()},
        "secrets": {name: {"env": name.upper()} for name in sample()},
        "webhooks": {
            name: {"url": f"https://hooks.example.com/{name}-{dice.choice((side, 0))}"} for name in sample()
        },
    }
    cluster["services"] = {}
    for name in sample():
        cluster["services"][name] = _service(dice, side, cluster)
    return cluster


def _service(dice: random.Random, side: int, cluster: dict[str, Any]) -> dict[str, Any]:
    """A service that mounts existing objects and depends on earlier services."""
    pick = lambda section: [name_of_object for name_of_object in cluster[section] if dice.random() < 0.4]  # noqa: E731 - the same
    return {
        "image": f"registry.example.com/app:{dice.choice((side, 0))}",
        "update_monitor": 1,
        "replicas": dice.randint(0, 3),
        "secrets": pick("secrets"),
        "configs": [
            {"name": name_of_object, "file_name": f"/etc/{name_of_object}"}
            for name_of_object in pick("configs")
        ],
        "mounts": [f"{name_of_object}:/srv/{name_of_object}" for name_of_object in pick("volumes")],
        "environment_variables": {"SIDE": str(dice.choice((side, 0))), "API_TOKEN": f"token-{side}"},
        "depends_on": pick("services"),
    }
