"""Scenarios for faults: states of a cluster before and after a change that needs every kind of write."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.pipeline.manifests import Manifests, load
from reconciler.pipeline.sources import Sources


@dataclass(frozen=True)
class Side:
    """Manifests by file name, and the values of their secrets by the name in ``env:``."""

    files: Mapping[str, str]
    secrets: Mapping[str, str]

    @property
    def environment(self) -> dict[str, str]:
        return {f"RECONCILER_SECRET_{name}": value for name, value in self.secrets.items()}


@dataclass(frozen=True)
class Scenario:
    """``before`` is None for a new cluster."""

    name: str
    before: Side | None
    after: Side


BEFORE = """\
cluster: production
nodes: {node_size_kwM9o3B8: 3}
volumes: {data: {}, cache: {}, old: {}}
configs:
  nginx: {data: "server { listen 80; }"}
  tuning: {data: "max_connections = 200"}
  left: {data: "nobody needs this"}
secrets:
  database-password: {env: DATABASE}
  session: {env: SESSION}
  old-secret: {env: OLD}
services:
  db:
    image: postgres:16.6
    update_monitor: 1
    mounts: ["data:/var/lib/postgresql/data"]
    secrets: [database-password]
    placement_constraints: ["node.hostname == node-1"]
  api:
    image: registry.example.com/clinic/api:1.0
    update_monitor: 1
    replicas: 2
    secrets: [database-password, session]
    configs: [{name: tuning, file_name: /etc/tuning.conf}]
    environment_variables: {LOG_LEVEL: info, API_TOKEN: first-token-value}
    depends_on: [db]
  worker: {image: "redis:7.4", update_monitor: 1, replicas: 1, mounts: ["cache:/data"]}
  legacy:
    image: nginx:1.25.1
    update_monitor: 1
    hosts: [www.example.com]
    port: 80
    secrets: [old-secret]
    mounts: ["old:/srv"]
    configs: [{name: nginx, file_name: /etc/nginx/nginx.conf}]
webhooks:
  deploys: {url: "https://hooks.example.com/first-deploys-hook"}
  audit: {url: "https://hooks.example.com/audit-hook-path"}
  old-hook: {url: "https://hooks.example.com/old-hook-path"}
"""

AFTER = """\
cluster: production
nodes: {node_size_kwM9o3B8: 2, node_size_eY3J1QgW: 2}
volumes: {data: {}, cache: {}, fresh: {}}
configs:
  nginx: {data: "server { listen 80; server_tokens off; }"}
  tuning: {data: "max_connections = 200"}
  added: {data: "new"}
secrets:
  database-password: {env: DATABASE}
  session: {env: SESSION}
  fresh-secret: {env: FRESH}
services:
  db:
    image: postgres:16.7
    update_monitor: 1
    mounts: ["data:/var/lib/postgresql/data"]
    secrets: [database-password]
    placement_constraints: ["node.hostname == node-1"]
  api:
    image: registry.example.com/clinic/api:1.0
    update_monitor: 1
    replicas: 2
    secrets: [database-password, session, fresh-secret]
    configs: [{name: tuning, file_name: /etc/tuning.conf}]
    environment_variables: {LOG_LEVEL: debug, API_TOKEN: second-token-value}
    depends_on: [db]
  worker: {image: "redis:7.4", update_monitor: 1, replicas: 3, mounts: ["cache:/data"]}
  web:
    image: nginx:1.27.3
    update_monitor: 1
    hosts: [www.example.com]
    port: 80
    mounts: ["fresh:/srv"]
    configs: [{name: nginx, file_name: /etc/nginx/nginx.conf}, added]
    depends_on: [api]
webhooks:
  deploys: {url: "https://hooks.example.com/second-deploys-hook"}
  audit: {url: "https://hooks.example.com/audit-hook-path"}
  fresh-hook: {url: "https://hooks.example.com/fresh-hook-path"}
removed:
  nodes: [203.0.113.4]
  services: [legacy]
  volumes: [old]
  secrets: [old-secret]
  configs: [left]
  webhooks: [old-hook]
"""

COMPANY = """\
webhooks:
  everything: {url: "https://hooks.example.com/everything-hook"}
"""

STAGING = """\
cluster: staging
volumes: {data: {}}
configs: {nginx: {data: "staging"}}
secrets: {session: {env: SESSION}}
services:
  web:
    image: nginx:1.27.3
    update_monitor: 1
    secrets: [session]
    configs: [{name: nginx, file_name: /etc/nginx/nginx.conf}]
    mounts: ["data:/srv"]
webhooks: {staging: {url: "https://hooks.example.com/staging-hook"}}
"""

SECRETS = {"DATABASE": "first-database-value", "SESSION": "session-value", "OLD": "old-secret-value"}
ROTATED = {**SECRETS, "DATABASE": "second-database-value", "FRESH": "fresh-secret-value"}
START = Side({"cluster.yaml": BEFORE}, SECRETS)
MOVE = Scenario("move", START, Side({"cluster.yaml": AFTER}, ROTATED))
"""Of every kind, an object is created, one is changed if possible, and one is deleted."""
FIRST = Scenario(
    "first",
    None,
    Side({"cluster.yaml": BEFORE, "company.yaml": COMPANY, "staging.yaml": STAGING}, SECRETS),
)
"""A first apply: three stacks, two of them in one cluster, without records."""
SCENARIOS = {scenario.name: scenario for scenario in (MOVE, FIRST)}


def written(side: Side, folder: Path) -> Path:
    """The manifests as files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in side.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def loaded(side: Side, folder: Path) -> Manifests:
    """The loaded manifests; ``folder`` must be the same for all sides, since other files' objects are not deleted."""
    for file in folder.glob("*.yaml"):
        file.unlink()
    path = written(side, folder)
    sources = Sources(path, root=folder)
    found = load(path, root=folder, variables={}, environment=side.environment, sources=sources)
    found.raise_if_invalid()
    return found
