"""``moved`` moves objects in one apply, without deleting or recreating them, in both directions."""

import json

import pytest

from tests.e2e.conftest import Bench
from tests.e2e.test_ownership import FIRST, SECOND, apply, git, live, planned, repository, sources, values_of
from tests.pipeline.outside import Outside

SECRET = {"RECONCILER_SECRET_V": "one"}


def stack(name: str, body: str) -> str:
    return f"cluster: production\nstack: {name}\n{body}\n"


def test_a_renamed_repository_needs_one_line(bench: Bench) -> None:
    place = repository(bench, "repo", FIRST)
    bench.write("cluster: production\nconfigs: {a: {data: x}, b: {data: x}, c: {data: x}}\n", "repo/m.yaml")
    apply(bench, "repo", ".")
    git(place, "remote", "set-url", "origin", SECOND)

    assert planned(bench, "repo", ".", code=3)["refusals"]
    bench.write(
        "cluster: production\nconfigs: {a: {data: x}, b: {data: x}}\nmoved: {source: GitHub.com/clinic/first}\n",
        "repo/m.yaml",
    )
    document = planned(bench, "repo", ".")
    assert values_of(document["changes"], "action") == [("c", "delete")]
    assert values_of(document["record_only"], "what", "before", "after")[0] == (
        "a",
        "moved",
        "github.com/clinic/first: m.yaml",
        "github.com/clinic/second: m.yaml",
    )
    apply(bench, "repo", ".")

    assert sources(bench) == dict.fromkeys("ab", "github.com/clinic/second: m.yaml")
    again = planned(bench, "repo", ".")
    assert (again["changes"], again["record_only"], again["refusals"]) == ([], [], [])


@pytest.mark.parametrize("giver, taker", [("aa", "zz"), ("zz", "aa")])
def test_objects_move_between_stacks_in_one_apply(bench: Bench, giver: str, taker: str) -> None:
    objects = (
        "secrets: {key: {env: V}}\nconfigs: {app: {data: x}}\nvolumes: {data: {}}\n"
        "services: {web: {image: 'nginx:1', update_monitor: 0, secrets: [key], mounts: ['data:/d']}}\n"
        "webhooks: {ops: {url: 'https://hooks.example/x'}}"
    )
    moves = ["secret/key", "config/app", "volume/data", "service/web", "webhook/ops"]
    bench.write(stack(giver, objects), "one.yaml")
    bench.write(stack(taker, "configs: {own: {data: y}}"), "two.yaml")
    assert bench.run("apply", "--yes", env=SECRET).code == 0
    before = bench.run("status", "--format", "json").out

    bench.write(stack(giver, "configs: {}"), "one.yaml")
    said = "".join(f"\n  - {{from: {move}, stack: {giver}}}" for move in moves)
    bench.write(
        stack(taker, f"{objects.replace('configs: {', 'configs: {own: {data: y}, ')}\nmoved:{said}"),
        "two.yaml",
    )
    plan = bench.plan(env=SECRET)

    assert plan["changes"] == []
    assert sorted(values_of(plan["record_only"], "what")) == sorted(
        (move.partition("/")[2], "moved") for move in moves
    )
    ended = bench.run("apply", "--yes", env=SECRET)
    assert ended.code == 0, ended.text
    assert live(bench) == {f"{taker}/{name}" for name in ("key", "app", "data", "web", "ops", "own")}
    after = bench.plan(env=SECRET)
    assert (after["changes"], after["record_only"], after["refusals"]) == ([], [], [])
    assert before != bench.run("status", "--format", "json").out


def test_a_move_with_a_change_is_one_apply_and_moving_back_another(bench: Bench) -> None:
    service = "services: {web: {image: 'nginx:%s', update_monitor: 0}}"
    bench.write(stack("one", service % 1), "one.yaml")
    bench.write(stack("two", "configs: {own: {data: y}}"), "two.yaml")
    assert bench.run("apply", "--yes").code == 0

    bench.write(stack("one", "configs: {}"), "one.yaml")
    bench.write(
        stack(
            "two", f"configs: {{own: {{data: y}}}}\n{service % 2}\nmoved: {{from: service/web, stack: one}}"
        ),
        "two.yaml",
    )
    assert values_of(bench.plan()["changes"], "action") == [("web", "update")]
    assert bench.run("apply", "--yes").code == 0
    assert live(bench) == {"two/own", "two/web"}

    bench.write(stack("two", "configs: {own: {data: y}}"), "two.yaml")
    bench.write(stack("one", f"{service % 3}\nmoved: {{from: service/web, stack: two}}"), "one.yaml")
    assert values_of(bench.plan()["changes"], "action") == [("web", "update")]
    assert bench.run("apply", "--yes").code == 0
    assert live(bench) == {"two/own", "one/web"}
    assert bench.plan()["changes"] == []


def test_an_object_of_another_repositorys_stack_moves_after_its_release(bench: Bench) -> None:
    repository(bench, "first", FIRST)
    repository(bench, "second", SECOND)
    bench.write(stack("one", "configs: {own: {data: y}}\nsecrets: {key: {env: V}}"), "first/m.yaml")
    bench.write(
        stack("two", "secrets: {key: {env: V}}\nmoved: {from: secret/key, stack: one}"), "second/m.yaml"
    )
    assert bench.run("apply", "--yes", folder="first", env=SECRET).code == 0

    ended = bench.run("plan", folder="second", env=SECRET)
    assert ended.code == 3
    assert "First name it under released there" in ended.text
    bench.write(stack("one", "configs: {own: {data: y}}\nreleased: {secrets: [key]}"), "first/m.yaml")
    assert bench.run("apply", "--yes", folder="first", env=SECRET).code == 0
    ended = bench.run("apply", "--yes", folder="second", env=SECRET)

    assert ended.code == 0, ended.text
    assert live(bench) == {"one/own", "two/key"}
    assert bench.run("plan", folder="first", env=SECRET).code == 0


def test_a_secret_a_config_and_a_webhook_are_renamed_without_a_new_object(bench: Bench) -> None:
    text = (
        "cluster: production\nsecrets: {%s: {env: V}}\nconfigs: {%s: {data: x}}\n"
        "webhooks: {%s: {url: 'https://hooks.example/x'}}\n"
    )
    bench.write(text % ("key", "app", "ops"))
    assert bench.run("apply", "--yes", env=SECRET).code == 0
    moves = (
        "moved:\n  - {from: secret/key, to: secret/token}\n  - {from: config/app, to: config/conf}\n"
        "  - {from: webhook/ops, to: webhook/alerts}\n"
    )
    bench.write(text % ("token", "conf", "alerts") + moves)

    plan = bench.plan(env=SECRET)

    assert values_of(plan["changes"], "action") == [("alerts", "update")]
    ended = bench.run("apply", "--yes", env=SECRET)
    assert ended.code == 0, ended.text
    assert live(bench) == {"default/token", "default/conf", "default/alerts"}
    assert bench.plan(env=SECRET)["changes"] == []
    bench.write(text % ("token", "conf", "alerts"))
    changed = bench.run("apply", "--yes", env={"RECONCILER_SECRET_V": "two"})
    assert changed.code == 0, changed.text
    assert bench.plan(env={"RECONCILER_SECRET_V": "two"})["changes"] == []


def test_a_renamed_service_is_shown_as_a_create_and_a_delete(bench: Bench) -> None:
    text = "cluster: production\nservices: {%s: {image: 'nginx:1', update_monitor: 0}, rest: {image: 'nginx:1'}}\n"
    bench.write(text % "web")
    assert bench.run("apply", "--yes").code == 0
    bench.write(text % "site" + "moved: {from: service/web, to: service/site}\n")

    plan = bench.plan()

    assert values_of(plan["changes"], "action", "consented") == [
        ("site", "create", False),
        ("web", "delete", True),
    ]
    assert any("the platform cannot rename a service" in note["message"] for note in plan["notes"])
    assert bench.run("apply", "--yes").code == 0
    assert live(bench) == {"default/site", "default/rest"}
    again = bench.plan()
    assert (again["changes"], [note for note in again["notes"] if "rename" in note["message"]]) == ([], [])


OBJECTS = (
    "secrets: {key: {env: V}}\nconfigs: {app: {data: x}}\nvolumes: {data: {}}\n"
    "services: {web: {image: 'nginx:%s', update_monitor: 1, secrets: [key], mounts: ['data:/d']}}\n"
)


@pytest.mark.parametrize("giver, taker", [("aa", "zz"), ("zz", "aa")])
def test_a_move_that_is_killed_at_any_write_is_finished_by_the_next_run(
    bench: Bench, giver: str, taker: str
) -> None:
    """Each write is carried out, and the run is killed before its answer. The record of the receiving stack decides."""
    bench.write(stack(giver, OBJECTS % 1), "one.yaml")
    bench.write(stack(taker, "volumes: {own: {}}"), "two.yaml")
    assert bench.run("apply", "--yes", env=SECRET).code == 0
    bench.write(stack(giver, "configs: {}"), "one.yaml")
    moves = ", ".join(
        f"{{from: {origin}, stack: {giver}}}"
        for origin in ("secret/key", "config/app", "volume/data", "service/web")
    )
    here = OBJECTS.replace("volumes: {", "volumes: {own: {}, ") % 2
    bench.write(stack(taker, f"{here}moved: [{moves}]"), "two.yaml")
    with Outside(bench.server) as outside:
        before, ids = outside.ask("GET", "/_emulator/state"), _ids(outside)
        outside.ask("DELETE", "/_emulator/requests")
        assert bench.run("apply", "--yes", env=SECRET).code == 0
        methods = [write.partition(" ")[0] for write in outside.writes()]
        assert len(methods) >= 8
        for number, method in enumerate(methods):
            outside.ask("PUT", "/_emulator/state", before)
            _kill_at(bench, outside, method, methods[: number + 1].count(method))
            for stack_name in (giver, taker):
                bench.run("unlock", "production", "--stack", stack_name, "--force", "--yes")
            died = f"killed at write {number}, {method}"
            owned = _owned(bench)
            assert len(owned) == len(set(owned)) == len(ids), f"{died}: {owned}"

            ended = bench.run("apply", "--yes", env=SECRET)

            assert ended.code == 0, f"{died}: {ended.text}"
            assert live(bench) == {f"{taker}/{name}" for name in ("own", "key", "app", "data", "web")}, died
            assert _ids(outside) == ids, died
            left = bench.run("plan", "--detailed-exitcode", env=SECRET)
            assert left.code == 0, f"{died}: {left.text}"


def _kill_at(bench: Bench, outside: Outside, method: str, nth: int) -> None:
    """Kill an apply as soon as its n-th request of this method was carried out."""
    outside.hold("hang-after", "", method, nth=nth)
    process = bench.begin("apply", "--yes", env=SECRET)
    while not outside.ask("GET", "/_emulator/faults")["faults"][0]["seen"] >= nth:
        assert process.poll() is None, f"it ended before its {method} number {nth}"
    outside.ask("DELETE", "/_emulator/faults")
    process.kill()
    process.wait()


def _owned(bench: Bench) -> list[tuple[str, str]]:
    """Kind and live name of all objects in the records of all stacks."""
    ended = bench.run("status", "--format", "json")
    stacks = json.loads(ended.out)["clusters"][0]["stacks"]
    return [(item["kind"], item["live_name"]) for each in stacks for item in each["objects"]]


def _ids(outside: Outside) -> dict[str, str]:
    """The ids of all live objects except records, by kind and name."""
    return {
        f"{kind}/{body['name']}": body["id"]
        for kind in ("secrets", "configs", "volumes", "services")
        for body in outside.all(kind)
        if not body["name"].startswith("reconciler.") and body["name"] != "loadbalancer"
    }
