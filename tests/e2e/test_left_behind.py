"""Objects that are no longer declared because a whole file was deleted are reported, and not deleted."""

from tests.e2e.conftest import Bench

STACK_ONE = "cluster: production\nstack: one\nvolumes: {aa: {}, bb: {}}\n"
STACK_TWO = "cluster: production\nstack: two\nvolumes: {cc: {}}\n"


def test_a_stack_whose_file_was_deleted_is_reported(bench: Bench) -> None:
    bench.write(STACK_ONE, "one.yaml")
    two = bench.write(STACK_TWO, "two.yaml")
    assert bench.run("apply", "--yes").code == 0
    two.unlink()

    planned = bench.plan()

    assert planned["changes"] == []
    (note,) = [entry["message"] for entry in planned["notes"] if "stack two" in entry["message"]]
    assert note.startswith("The stack two of production was declared by two.yaml and is no longer declared")


def test_a_cluster_whose_only_file_was_deleted_is_reported(bench: Bench) -> None:
    bench.write(STACK_ONE, "one.yaml")
    staging = bench.write(STACK_TWO.replace("production", "staging"), "staging.yaml")
    bench.write("cluster: staging\nvolumes: {dd: {}}\n", "elsewhere/staging.yaml")
    assert bench.run("apply", "--yes").code == 0
    staging.unlink()
    (bench.folder / "elsewhere/staging.yaml").unlink()

    notes = [note["message"] for note in bench.plan()["notes"]]
    of_one_file = bench.run("plan", "one.yaml")
    of_one_cluster = bench.run("plan", "--cluster", "production")

    assert sorted(note.partition(":")[0] for note in notes if "staging" in note) == [
        "The stack default of staging was declared by elsewhere/staging.yaml and is no longer declared",
        "The stack two of staging was declared by staging.yaml and is no longer declared",
    ]
    assert "staging" not in of_one_file.text + of_one_cluster.text


def test_importing_into_an_existing_stack_is_refused(bench: Bench) -> None:
    bench.write(STACK_ONE)
    assert bench.run("apply", "--yes").code == 0

    ended = bench.run("import", "production", "--stack", "one")

    assert ended.code == 1
    assert "owns 2 objects already" in ended.err


def test_a_service_waits_for_a_dependency_that_is_down(bench: Bench) -> None:
    text = (
        "cluster: production\nservices:\n  db: {image: 'db:crash', update_monitor: 1}\n"
        "  api: {image: 'api:1', update_monitor: 1, depends_on: [db]}\n"
    )
    bench.write(text.replace("db:crash", "db:1"))
    assert bench.run("apply", "--yes").code == 0
    bench.write(text)
    assert bench.run("apply", "--yes", "--timeout", "60").code == 1
    bench.write(text.replace("api:1", "api:2"))

    ended = bench.run("apply", "--yes", "--timeout", "60")

    assert ended.code == 1
    assert "it needs service/db (failed)" in ended.text
