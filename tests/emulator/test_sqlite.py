"""The state survives restarts and killed processes, and several processes can share it."""

import sqlite3

import pytest

from reconciler.emulator import Emulator, serve
from reconciler.emulator.sqlite import State
from reconciler.errors import UsageError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "below" / "state.sqlite3"


def everything(api):
    lists = [
        f"{api.cluster}/{kind}" for kind in ("nodes", "services", "secrets", "configs", "volumes", "tasks")
    ]
    return [api.get(collection).body for collection in [*lists, f"{api.company}/webhooks/outgoing"]]


def fill(api):
    api.create("secrets", name="s", data="x")
    api.create("configs", name="c", data="ä\n")
    api.create("volumes", name="vol")
    api.create("nodes", size_id=api.get(f"{api.cluster}/node-sizes").data[0]["id"])
    api.call("POST", f"{api.company}/webhooks/outgoing", {"url": "https://example.com"})
    api.create("services", name="api", image="redis", secrets=[{"name": "s"}])


def test_state_survives_a_restart(start, path):
    with start(state=path, pace=0) as api:
        fill(api)
        before = everything(api)
    with start(state=path, pace=0) as api:
        assert everything(api) == before
        check = {"cluster": "production", "name": "s", "value": "x"}
        assert api.send("POST", "/_emulator/check-secret", check).body == {"equal": True}


def test_answered_writes_survive_a_killed_process(api, start, spawn, path):
    process = spawn(path)
    url = [process.stdout.readline() for _ in range(4)][1].partition("=")[2].strip()
    port = int(url.rpartition(":")[2].partition("/")[0])
    other = type(api)(Emulator(url=url, port=port, key="k", value="v"))
    fill(other)
    before = everything(other)
    process.kill()
    process.wait()
    other.connection.close()
    with start(state=path, pace=0) as restarted:
        assert everything(restarted) == before


def test_secret_value_is_not_in_the_file(start, path):
    with start(state=path) as api:
        api.create("secrets", name="s", data="correct horse battery")
        stored = b"".join(each.read_bytes() for each in path.parent.iterdir())
    assert b"correct horse" not in stored


@pytest.mark.posix("Windows has no permissions for the owner alone")
@pytest.mark.parametrize("existed", [False, True])
def test_database_files_are_readable_only_by_their_owner(start, path, existed):
    if existed:
        with start(state=path):
            pass
        path.chmod(0o644)
    with start(state=path) as api:
        fill(api)
        modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}

    assert len(modes) > 1
    assert set(modes.values()) == {0o600}


def test_missing_cluster_labels_are_added(start, path):
    with start(state=path, clusters=["production"]) as api:
        first = api.get(f"{api.company}/clusters").data
    with start(state=path, clusters=["staging", "production"]) as api:
        clusters = api.get(f"{api.company}/clusters").data
    assert clusters[: len(first)] == first
    assert [cluster["label"] for cluster in clusters] == ["production", "staging"]


def test_two_servers_with_the_same_file_see_each_others_writes(start, path):
    with start(state=path, pace=0) as first, start(state=path, pace=0) as other:
        fill(first)
        assert everything(other) == everything(first)
        other.create("secrets", name="other", data="x")
        assert first.call("POST", f"{first.cluster}/secrets", {"name": "other", "data": "x"}).status == 409


def test_refused_write_changes_nothing():
    state = State(None)
    with state.writing():
        state.save("c", "thing", {"id": "1", "name": "One"})

    def refused():
        with state.writing():
            state.save("c", "thing", {"id": "1", "name": "Other"})
            state.save("c", "thing", {"id": "2", "name": "Two"})
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        refused()
    assert state.all("c", "thing") == {"1": {"id": "1", "name": "One"}}
    assert state.named("c", "thing", "ONE") == {"id": "1", "name": "One"}
    assert state.named("c", "thing", "Other") is None
    state.close()


@pytest.mark.parametrize("make", ["text", "newer"])
def test_file_that_is_not_a_database_is_a_usage_error(path, make):
    path.parent.mkdir()
    if make == "text":
        path.write_text(
            "not a database, and long enough to be told apart from an empty file" * 20, encoding="utf-8"
        )
    else:
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA user_version = 99")
        db.close()
    with pytest.raises(UsageError, match="not a state file of the emulator"), serve(state=path):
        pass
