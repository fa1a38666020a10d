"""The command as a process: exit codes, signals, and outputs."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from reconciler import record
from tests.faults.cases import LEASE_IS_OVER, Tally
from tests.faults.world import FOR_GOOD, FaultWorld

MANIFEST = """\
cluster: production
configs: {one: {data: "1"}, two: {data: "2"}}
volumes: {data: {}}
services: {api: {image: "nginx:1.27.3", update_monitor: 1, configs: [one, two], mounts: ["data:/data"]}}
"""
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(platform: FaultWorld, tmp_path: Path) -> Start:
    """Starts the command in a folder with a manifest; keywords are added to its environment."""
    platform.reset()
    (tmp_path / "cluster.yaml").write_text(MANIFEST, encoding="utf-8")

    def begin(*args: str, **environment: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "reconciler", *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env={
                **os.environ,
                "MEDSTACK_API_URL": platform.url,
                "MEDSTACK_TOKEN_KEY": platform.key,
                "MEDSTACK_TOKEN_VALUE": platform.value,
                "XDG_CACHE_HOME": str(tmp_path / "cache"),
                "PYTHONPATH": str(Path(__file__).parents[2]),
                **environment,
            },
            encoding="utf-8",
        )

    return begin


def ended(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=600)
    return process.returncode, out, err


HELD = {"kind": "hang-after", "match": {"method": "POST", "path_regex": "/volumes$"}, "seconds": FOR_GOOD}


def until_it_says_so(process: "subprocess.Popen[str]") -> None:
    """Wait until a run reports that it was interrupted."""
    assert process.stderr is not None
    while "Interrupted" not in (line := process.stderr.readline()):
        assert line, "it ended without a word of the signal"


def until_configs_were_made(world: FaultWorld, count: int) -> None:
    """Wait until this number of configs was created."""
    end = time.monotonic() + 120
    while sum(
        request["method"] == "POST" and request["processed"] and request["path"].endswith("/configs")
        for request in world.journal()
    ) < count:  # fmt: skip
        assert time.monotonic() < end
        time.sleep(0.005)


def the_record(world: FaultWorld) -> Any:
    bodies = [body for _, kind, body in world.state()["objects"] if kind == "config"]
    return record.read(bodies, "default").record


@contextmanager
def without_record(world: FaultWorld) -> Iterator[None]:
    """The state after a manual delete of the record's configs."""
    state = world.state()
    kept = [
        body for body in state["objects"] if not (body[1] == "config" and record.is_record(body[2]["name"]))
    ]
    world.ask("PUT", "/_emulator/state", {"objects": kept})
    yield


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_after_a_signal_running_writes_are_finished_and_recorded_and_the_lease_freed(
    platform: FaultWorld, start: Start, tally: Tally, number: signal.Signals, code: int
):
    platform.faults(HELD)
    process = start("apply", "--yes", "--format", "json")
    platform.wait_until_struck("processed")
    until_configs_were_made(platform, 3)  # the record's, and two of the manifest
    process.send_signal(number)
    until_it_says_so(process)
    platform.release()
    found, out, err = ended(process)
    platform.faults()
    tally.runs_interrupted += 1
    tally.runs += 2
    assert found == code, err
    reports = {
        f"{outcome['kind']}/{outcome['name']}": outcome["status"] for outcome in json.loads(out)["outcomes"]
    }
    assert reports == {
        "config/one": "applied",
        "config/two": "applied",
        "volume/data": "applied",
        "service/api": "skipped",
    }
    left = the_record(platform)
    assert left.lease is None
    assert left.pending == ()
    assert {owned.name for owned in left.owned} == {"one", "two", "data"}
    assert ended(start("apply", "--yes"))[0] == 0


def test_a_second_signal_ends_the_run_at_once_and_the_next_run_takes_over(
    platform: FaultWorld, start: Start, tally: Tally
):
    platform.faults(HELD)
    process = start("apply", "--yes")
    platform.wait_until_struck("processed")
    process.send_signal(signal.SIGINT)
    until_it_says_so(process)
    process.send_signal(signal.SIGINT)
    try:
        process.wait(120)
    finally:
        process.kill()
    out, err = process.communicate()
    platform.faults()
    tally.runs_interrupted += 1
    tally.runs += 2
    assert process.returncode == 130, err
    assert "Stopped with requests under way" in err
    assert "applied" not in out

    assert ended(start("apply", "--yes"))[0] == 3
    platform.age_leases(LEASE_IS_OVER)
    assert ended(start("apply", "--yes"))[0] == 0
    left = the_record(platform)
    assert (left.lease, left.pending) == (None, ())
    assert {owned.name for owned in left.owned} == {"one", "two", "data", "api"}


def test_a_lost_record_is_reported_and_objects_can_be_adopted_again(
    platform: FaultWorld, start: Start, tally: Tally
):
    assert ended(start("apply", "--yes"))[0] == 0
    before = [body for body in platform.state()["objects"] if body[1] != "config"]
    with without_record(platform):
        code, _, err = ended(start("apply", "--yes"))
        assert code == 3
        assert "exists and is not managed" in err
        code, _, err = ended(start("apply", "--yes", "--adopt"))
        assert code == 0, err
        code, out, err = ended(start("plan", "--detailed-exitcode"))
        assert code == 0, out + err
    tally.runs += 3
    assert [body for body in platform.state()["objects"] if body[1] != "config"] == before


def test_a_killed_run_blocks_others_until_its_lease_expires(platform: FaultWorld, start: Start, tally: Tally):
    platform.faults({**HELD, "match": {"method": "POST", "path_regex": "/services$"}})
    process = start("apply", "--yes")
    platform.wait_until_struck("processed")
    process.kill()
    ended(process)
    platform.faults()
    tally.processes_killed += 1
    tally.runs += 3
    code, _, err = ended(start("apply", "--yes"))
    assert code == 3
    assert "holds the lease until" in err
    platform.age_leases(LEASE_IS_OVER)
    code, _, err = ended(start("apply", "--yes"))
    assert code == 0, err
    assert "An earlier apply did not finish" in err
    assert the_record(platform).pending == ()
    assert ended(start("plan", "--detailed-exitcode"))[0] == 0


KEY = "0123456789abcdef0123456789abcdef"


def forged(text: str) -> str:
    plan = json.loads(text)
    plan["changes"][0]["reason"] = plan["changes"][0]["fields"] = plan["expires"] = "2099-01-01T00:00:00Z"
    return json.dumps(plan)


SPOILED: dict[str, Callable[[str], str]] = {
    "forged": forged,
    "expired": lambda text: text.replace(json.loads(text)["meta"]["expires"], "2020-01-01T00:00:00Z"),
    "truncated": lambda text: text[: len(text) // 2],
    "empty": lambda _: "",
    "of something else": lambda _: json.dumps({"format_version": 1}),
    "without its signature": lambda text: json.dumps(
        {k: v for k, v in json.loads(text).items() if k != "signature"}
    ),
}


@pytest.mark.parametrize("how", SPOILED)
def test_a_damaged_plan_file_approves_nothing(
    platform: FaultWorld, start: Start, tally: Tally, tmp_path: Path, how: str
):
    key = "" if how == "expired" else KEY  # otherwise the signature would be wrong
    assert ended(start("plan", "--out", "plan.json", RECONCILER_PLAN_KEY=key))[0] == 0
    text = (tmp_path / "plan.json").read_text(encoding="utf-8")
    (tmp_path / "plan.json").write_text(SPOILED[how](text), encoding="utf-8")
    before = platform.state()
    code, out, err = ended(start("apply", "--yes", "--plan", "plan.json", RECONCILER_PLAN_KEY=key))
    tally.runs += 1
    assert code == 3, out + err
    assert "Traceback" not in err
    assert platform.state() == before
    assert how != "expired" or "expired" in err
    (tmp_path / "plan.json").write_text(text, encoding="utf-8")
    assert ended(start("apply", "--yes", "--plan", "plan.json", RECONCILER_PLAN_KEY=key))[0] == 0


@pytest.mark.parametrize("kind", ["drop-before", "drop-after", "500-after", "502-html", "429", "half-json"])
@pytest.mark.parametrize("collection", ["configs", "services", "volumes"])
def test_with_default_retries_transient_faults_do_not_fail_a_run(
    platform: FaultWorld, start: Start, tally: Tally, kind: str, collection: str
):
    platform.faults(
        {"kind": kind, "match": {"path_regex": f"/{collection}$", "nth": 1}, "seconds": 0},
        {"kind": kind, "match": {"method": "POST", "path_regex": f"/{collection}$", "nth": 1}, "seconds": 0},
    )
    code, out, err = ended(start("apply", "--yes"))
    tally.faults_injected += 2
    tally.runs += 1
    tally.absorbed_in_the_same_run += 1
    assert code == 0, out + err
    assert ended(start("plan", "--detailed-exitcode"))[0] == 0
