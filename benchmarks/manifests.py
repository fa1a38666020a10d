"""Manifests for measurements: of N resources, half are services with about twenty fields, half are configs with
eight lines.
"""

from pathlib import Path

CONFIG = "  cfg-{i:05d}:\n    data: |\n" + "".join(
    f"      line {line} of config {{i}}: key{line} = value\n" for line in range(8)
)
SERVICE = """\
  svc-{i:05d}:
    image: registry.example.com/team/app-{app}:1.{minor}.0
    replicas: {replicas}
    args: --port 8080 --verbose
    hosts: [svc-{i}.example.com]
    port: 8080
    protocol: http
    healthcheck_path: /healthz
    healthcheck_interval: 10
    healthcheck_timeout: 3
    configs:
      - {{name: "cfg-{config:05d}", file_name: /etc/app/app.conf, mode: "0400"}}
    environment_variables:
      LOG_LEVEL: info
      REGION: ca-central
      SHARD: "{i}"
    placement_constraints: ["node.labels.size != small"]
    update_order: start-first
    update_delay: 60
    update_parallelism: 1
    update_monitor: 1
    update_failure_action: pause
    rollback_order: stop-first
"""


def write(folder: Path, resources: int, *, cluster: str = "bench", changed: int = 0) -> Path:
    """Write a manifest of ``resources`` objects; ``changed`` services of them have one more replica.

    The file name is always the same, since a second file would declare the objects twice.
    """
    half = resources // 2
    configs = "".join(CONFIG.format(i=i) for i in range(half))
    services = "".join(
        SERVICE.format(
            i=i, app=i % 37, minor=i % 9, replicas=1 + i % 3 + (i < changed), config=i % max(1, half)
        )
        for i in range(resources - half)
    )
    path = folder / f"{resources}.yaml"
    path.write_text(f"cluster: {cluster}\nconfigs:\n{configs}services:\n{services}", encoding="utf-8")
    return path
