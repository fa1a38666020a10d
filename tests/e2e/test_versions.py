"""Which versions of a secret are kept over several applies, one of which fails."""

from tests.e2e.conftest import Bench
from tests.pipeline.outside import Outside

MANIFEST = """\
cluster: production
secrets: {{k: {{env: K}}}}
services:
  app: {{image: "{image}", secrets: [k], update_failure_action: rollback, update_monitor: 1}}
"""


def apply(bench: Bench, *, image: str, value: str) -> int:
    bench.write(MANIFEST.format(image=image))
    return bench.run("apply", "--yes", "--timeout", "60", env={"RECONCILER_SECRET_K": value}).code


def versions(outside: Outside) -> list[str]:
    return sorted(secret["name"] for secret in outside.all("secrets"))


def test_the_last_working_version_is_kept_and_a_failed_one_is_deleted(bench: Bench) -> None:
    with Outside(bench.server) as outside:
        assert apply(bench, image="app:1", value="one") == 0
        assert apply(bench, image="app:crash", value="two") == 1
        assert [secret["name"] for secret in outside.named("services", "app")["secrets"]] == ["k.v1"]

        assert apply(bench, image="app:2", value="three") == 0

        assert versions(outside) == ["k.v1", "k.v3"]
        env = {"RECONCILER_SECRET_K": "three"}
        assert "No changes" in bench.run("plan", "--detailed-exitcode", env=env).out
        assert apply(bench, image="app:2", value="four") == 0
        assert versions(outside) == ["k.v3", "k.v4"]
