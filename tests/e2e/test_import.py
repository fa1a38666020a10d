"""Taking over a manually created cluster with import, plan and apply --adopt, without rewriting it."""

from collections.abc import Iterator

import pytest

from tests.pipeline.outside import Outside


@pytest.fixture
def outside(bench) -> Iterator[Outside]:
    """A cluster with objects of every kind."""
    with Outside(bench.server) as outside:
        outside.make("secrets", name="key", data="correct-horse")
        outside.make("configs", name="prometheus.yml", data="scrape: ${TARGET}\n")
        outside.make("volumes", name="data")
        outside.make(
            "services",
            name="api",
            image="nginx:1.27",
            args="--greeting '${HELLO}'",
            replicas=1,
            hosts=["www.example.com"],
            port=80,
            secrets=[{"name": "key", "file_name": "key", "mode": "256"}],
            configs=[{"name": "prometheus.yml", "file_name": "/etc/prometheus.yml"}],
            mounts=[{"source": "data", "target": "/data"}],
            environment_variables=[{"key": "LOG", "value": "on"}],
            update_max_failure_ratio=0.3,
        )
        outside.make(
            "services",
            name="leaky",
            image="redis:7",
            environment_variables=[{"key": "PASSWORD", "value": "hunter2"}],
        )
        hook = {
            "url": "https://hooks.example.com/hunter2",
            "label": "deploys",
            "cluster_id": outside.cluster_id,
        }
        outside.ask("POST", f"{outside.company}/webhooks/outgoing", hook)
        yield outside


def test_imported_objects_are_adopted_without_a_write(bench, outside):
    before = outside.all("services")

    imported = bench.run("import", "production", "--out", "environments")
    assert imported.code == 0, imported.text
    planned = bench.plan()
    wrote = outside.writes()
    applied = bench.run("apply", "--adopt", "--yes")

    assert (bench.folder / "environments/configs/prometheus.yml").read_text(
        encoding="utf-8"
    ) == "scrape: ${TARGET}\n"
    assert [(change["action"], change["fields"]) for change in planned["changes"]] == [("adopt", [])] * 4
    assert applied.code == 0, applied.text
    assert set(outside.writes()[len(wrote) :]) <= {"POST configs"}  # the record's versions
    assert outside.all("services") == before
    assert bench.run("plan", "--detailed-exitcode").code == 0
    assert bench.run("drift").code == 0


def test_an_import_writes_no_credential(bench, outside):
    shown = bench.run("import", "production")
    bench.run("import", "production", "--out", ".")

    written = [path.read_text(encoding="utf-8") for path in bench.folder.rglob("*") if path.is_file()]
    assert len(written) == 3  # with the schema
    assert not [text for text in (shown.text, *written) if "hunter2" in text or "correct-horse" in text]
    assert "PASSWORD looks like a credential" in " ".join(shown.out.replace("# ", "").split())


def test_the_printed_import_is_one_valid_manifest(bench, outside):
    bench.write(bench.run("import", "production").out)

    planned = bench.plan()

    assert [(change["action"], change["fields"]) for change in planned["changes"]] == [("adopt", [])] * 4


def test_an_import_overwrites_nothing(bench, outside):
    assert bench.run("import", "production", "--out", ".").code == 0
    kept = (bench.folder / "production.yaml").read_bytes()

    ended = bench.run("import", "production", "--out", ".")

    assert ended.code == 1
    assert "production.yaml, configs/prometheus.yml are there already" in ended.err
    assert (bench.folder / "production.yaml").read_bytes() == kept


def test_objects_that_a_stack_owns_are_not_imported(bench, outside):
    bench.run("import", "production", "--out", "environments")
    assert bench.run("apply", "--adopt", "--yes").code == 0

    shown = bench.run("import", "production", "--stack", "second")

    assert "# api is left out: the stack default owns it." in shown.out
    assert "services:" not in shown.out


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["import", "productoin"], "did you mean 'production'?"),
        (["import", "production", "--stack", "Not A Stack"], "stack"),
        (["import"], "name one CLUSTER"),
    ],
)
def test_a_usage_error_is_reported(bench, arguments, said):
    ended = bench.run(*arguments)

    assert ended.code == 1
    assert said in ended.err
