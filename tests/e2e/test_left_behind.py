"""What leaves the manifests by another door than its own line is told, not forgotten and not destroyed."""

from tests.e2e.conftest import Bench

ONE = "cluster: production\nstack: one\nvolumes: {aa: {}, bb: {}}\n"
TWO = "cluster: production\nstack: two\nvolumes: {cc: {}}\n"


def test_a_stack_whose_file_was_deleted_is_told(bench: Bench) -> None:
    bench.write(ONE, "one.yaml")
    two = bench.write(TWO, "two.yaml")
    assert bench.run("apply", "--yes").code == 0
    two.unlink()

    planned = bench.plan()

    assert planned["changes"] == []
    assert any("The stack two of production" in str(note) for note in planned["notes"])


def test_another_repository_deletes_nothing_of_this_one(bench: Bench) -> None:
    for name in ("first", "second"):
        git = bench.folder / name / ".git"
        git.mkdir(parents=True)
        (git / "HEAD").write_text("ref: refs/heads/main\n")
        (git / "config").write_text(f'[remote "origin"]\n\turl = https://github.com/clinic/{name}\n')
    bench.write("cluster: production\nconfigs: {a: {data: x}, b: {data: x}, c: {data: x}}\n", "first/m.yaml")
    bench.write("cluster: production\nconfigs: {c: {data: x}}\n", "second/m.yaml")
    assert bench.run("apply", "--yes", folder="first").code == 0

    ended = bench.run("apply", "--yes", folder="second")

    assert ended.code == 0, ended.text
    assert "nothing is deleted" in ended.err
    assert "No changes" in bench.run("plan", folder="first").out


def test_importing_into_a_stack_that_is_there_is_refused(bench: Bench) -> None:
    bench.write(ONE)
    assert bench.run("apply", "--yes").code == 0

    ended = bench.run("import", "production", "--stack", "one")

    assert ended.code == 1
    assert "owns 2 objects already" in ended.err


def test_what_depends_on_a_service_that_is_down_waits(bench: Bench) -> None:
    text = (
        "cluster: production\nservices:\n  db: {image: 'db:crash', update_monitor: 0}\n"
        "  api: {image: 'api:1', update_monitor: 0, depends_on: [db]}\n"
    )
    bench.write(text.replace("db:crash", "db:1"))
    assert bench.run("apply", "--yes").code == 0
    bench.write(text)
    assert bench.run("apply", "--yes", "--timeout", "5").code == 1
    bench.write(text.replace("api:1", "api:2"))

    ended = bench.run("apply", "--yes", "--timeout", "5")

    assert ended.code == 1
    assert "it needs service/db (failed at its last rollout)" in ended.text
