"""Each object belongs to the file that declared it last: two folders, two repositories, moved files."""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Bench, Ended

HEAD = "cluster: production\nvolumes: {}\nconfigs:\n"
FIRST, SECOND = "https://me:token@GitHub.com/Clinic/First.git", "git@github.com:clinic/second.git"


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def repository(bench: Bench, folder: str, origin: str = "") -> Path:
    place = bench.folder / folder
    place.mkdir(parents=True, exist_ok=True)
    git(place, "init", "-q")
    if origin:
        git(place, "remote", "add", "origin", origin)
    return place


def declare(bench: Bench, file: str, *names: str, more: str = "") -> Path:
    """A manifest with configs of these names."""
    entries = "".join(f"  {name}: {{data: x}}\n" for name in names)
    return bench.write(f"{HEAD}{entries}{more}", file)


def apply(bench: Bench, folder: str, path: str, *options: str) -> Ended:
    ended = bench.run("apply", path, "--yes", *options, folder=folder)
    assert ended.code == 0, ended.text
    return ended


def live(bench: Bench) -> set[str]:
    """The logical names of the live configs."""
    ended = bench.run("status", "--format", "json")
    objects = json.loads(ended.out)["clusters"][0]["stacks"]
    return {
        f"{stack['stack']}/{item['name']}"
        for stack in objects
        for item in stack["objects"]
        if item["present"] and not item["retired"]
    }


def sources(bench: Bench) -> dict[str, str]:
    """The file that is recorded for each object."""
    ended = bench.run("status", "--format", "json")
    return {
        item["name"]: f"{item['source']['repository']}: {item['source']['file']}"
        for cluster in json.loads(ended.out)["clusters"]
        for stack in cluster["stacks"]
        for item in stack["objects"]
        if item["source"]
    }


def planned(bench: Bench, folder: str, path: str, *options: str, code: int = 0) -> dict[str, Any]:
    ended = bench.run("plan", path, "--format", "json", *options, folder=folder)
    assert ended.code == code, ended.text
    document: dict[str, Any] = json.loads(ended.out)
    return document


def values_of(entries: Iterable[dict[str, Any]], *fields: str) -> list[tuple[Any, ...]]:
    return [(entry["name"], *(entry[field] for field in fields)) for entry in entries]


def test_two_folders_of_a_repository_leave_each_other_s_objects_alone(bench: Bench) -> None:
    repository(bench, "repo", FIRST)
    declare(bench, "repo/a/m.yaml", "a1", "a2", "a3")
    declare(bench, "repo/b/m.yaml", "b1")

    for path in ("a", "b", "a", "b", "."):
        apply(bench, "repo", path)

    assert live(bench) == {"default/a1", "default/a2", "default/a3", "default/b1"}
    assert sources(bench)["b1"] == "github.com/clinic/first: b/m.yaml"
    kept = planned(bench, "repo", "a")["kept"]
    assert values_of(kept, "why") == [("b1", "elsewhere")]
    assert kept[0]["source"] == {"repository": "github.com/clinic/first", "file": "b/m.yaml"}


def test_two_repositories_leave_each_other_s_objects_alone(bench: Bench) -> None:
    repository(bench, "first", FIRST)
    repository(bench, "second", SECOND)
    declare(bench, "first/m.yaml", "a1")
    declare(bench, "second/m.yaml", "b1")

    for folder in ("first", "second", "first", "second"):
        apply(bench, folder, ".")

    assert live(bench) == {"default/a1", "default/b1"}


def test_an_object_removed_from_its_file_is_deleted_by_the_run_of_that_file(
    bench: Bench,
) -> None:
    repository(bench, "repo", FIRST)
    declare(bench, "repo/a/one.yaml", "one", "rest", "left")
    gone = declare(bench, "repo/a/two.yaml", "two")
    declare(bench, "repo/b/m.yaml", "b1")
    apply(bench, "repo", ".")
    declare(bench, "repo/a/one.yaml", "one", "rest")
    gone.unlink()

    assert planned(bench, "repo", "b")["changes"] == []
    apply(bench, "repo", "a")

    assert live(bench) == {"default/one", "default/rest", "default/b1"}


def test_an_object_moved_to_another_file_stays_in_any_order_of_applies(bench: Bench) -> None:
    repository(bench, "repo", FIRST)
    declare(bench, "repo/a/m.yaml", "a1", "moving")
    declare(bench, "repo/b/m.yaml", "b1")
    apply(bench, "repo", ".")
    declare(bench, "repo/a/m.yaml", "a1")
    declare(bench, "repo/b/m.yaml", "b1", "moving")

    of_a = planned(bench, "repo", "a")
    assert of_a["changes"] == []
    assert ("moving", "declared") in values_of(of_a["kept"], "why")
    of_b = planned(bench, "repo", "b", "--detailed-exitcode")
    assert of_b["changes"] == []
    assert values_of(of_b["record_only"], "what", "before", "after") == [
        ("moving", "file", "a/m.yaml", "b/m.yaml")
    ]
    ended = apply(bench, "repo", "b")
    assert "record only: config/moving: now declared in b/m.yaml (was a/m.yaml)" in ended.err
    assert planned(bench, "repo", "b")["record_only"] == []
    apply(bench, "repo", "a")
    assert "default/moving" in live(bench)


def test_an_object_declared_in_two_files_is_an_error_that_names_both(bench: Bench) -> None:
    repository(bench, "repo", FIRST)
    declare(bench, "repo/a/m.yaml", "both")
    apply(bench, "repo", "a")
    declare(bench, "repo/b/m.yaml", "both", "new")
    declare(bench, "repo/c/m.yaml", "new")
    what = "is declared twice for 'production', stack default: here and in"

    a, b, c = (bench.run("plan", path, folder="repo") for path in "abc")

    assert [a.code, b.code, c.code] == [1, 1, 1]
    assert f"a/m.yaml:4:3: error: config 'both' {what} b/m.yaml" in a.text
    assert f"b/m.yaml:4:3: error: config 'both' {what} a/m.yaml" in b.text
    assert f"b/m.yaml:5:3: error: config 'new' {what} c/m.yaml" in b.text
    assert f"c/m.yaml:4:3: error: config 'new' {what} b/m.yaml" in c.text


def test_the_same_name_in_another_stack_or_cluster_is_not_declared_twice(bench: Bench) -> None:
    repository(bench, "repo", FIRST)
    declare(bench, "repo/a/m.yaml", "shared")
    bench.write("cluster: staging\nconfigs: {shared: {data: x}}\n", "repo/b/m.yaml")
    bench.write("cluster: production\nstack: other\nconfigs: {shared: {external: true}}\n", "repo/c/m.yaml")

    apply(bench, "repo", "a")

    assert [bench.run("plan", path, folder="repo").code for path in "ac"] == [0, 0]


def test_an_object_named_in_an_invalid_yaml_file_is_kept_until_consent(bench: Bench) -> None:
    repository(bench, "repo", FIRST)
    declare(bench, "repo/a/m.yaml", "a1", "unsure", "sure")
    apply(bench, "repo", "a")
    declare(bench, "repo/a/m.yaml", "a1")
    bench.write("cluster: production\nconfigs: {{{ .unsure\n", "repo/chart/values.yaml")
    bench.write("version: '3'\nservices: {sure: {image: x}}\n", "repo/compose.yaml")

    plan = planned(bench, "repo", "a")
    assert values_of(plan["changes"], "action") == [("sure", "delete")]
    assert values_of(plan["kept"], "why") == [("unsure", "unreadable")]
    assert plan["kept"][0]["source"]["file"] == "chart/values.yaml"
    declare(bench, "repo/a/m.yaml", "a1", more="removed: {configs: [unsure]}\n")
    apply(bench, "repo", "a")
    assert live(bench) == {"default/a1"}


def test_another_repository_takes_an_object_over_only_with_consent(bench: Bench) -> None:
    repository(bench, "first", FIRST)
    repository(bench, "second", SECOND)
    declare(bench, "first/m.yaml", "a1", "shared")
    declare(bench, "second/m.yaml", "shared")
    apply(bench, "first", ".")

    refused = planned(bench, "second", ".", code=3)
    assert (
        "was last declared by another repository, github.com/clinic/first: m.yaml"
        in refused["refusals"][0]["message"]
    )
    assert values_of(refused["changes"], "action") == [("shared", "adopt")]
    apply(bench, "second", ".", "--adopt")

    assert sources(bench)["shared"] == "github.com/clinic/second: m.yaml"
    assert planned(bench, "second", ".")["changes"] == []
    declare(bench, "first/m.yaml", "a1")
    apply(bench, "first", ".")
    assert live(bench) == {"default/a1", "default/shared"}


def test_prune_deletes_objects_of_other_files_and_names_the_files(bench: Bench) -> None:
    repository(bench, "first", FIRST)
    repository(bench, "second", SECOND)
    declare(bench, "first/m.yaml", "a1", "a2", "a3")
    declare(bench, "second/m.yaml", "b1")
    apply(bench, "first", ".")
    apply(bench, "second", ".")

    document = planned(bench, "second", ".", "--prune", code=3)

    assert values_of(document["changes"], "action", "reason") == [
        (name, "delete", "no longer in the manifests; last declared by github.com/clinic/first: m.yaml")
        for name in ("a1", "a2", "a3")
    ]
    assert "3 of the 4 objects" in document["refusals"][0]["message"]


def test_with_source_the_location_of_the_files_does_not_matter(bench: Bench) -> None:
    declare(bench, "build-1/m.yaml", "a1", "a2")
    declare(bench, "build-2/m.yaml", "a1")
    apply(bench, "build-1", ".", "--source", "rendered")

    assert planned(bench, "build-2", ".", code=3)["refusals"]
    apply(bench, "build-2", ".", "--source", "rendered")

    assert live(bench) == {"default/a1"}
    assert sources(bench) == {"a1": "rendered: m.yaml"}


def test_a_field_removed_from_the_manifest_is_reported_once_with_how_to_clear_it(bench: Bench) -> None:
    text = "cluster: production\nservices:\n  web: {image: 'nginx:1', port: 80, update_monitor: 0%s}\n"
    bench.write(text % ", healthcheck_path: /up")
    assert bench.run("apply", "--yes").code == 0
    bench.write(text % "")

    ended = bench.run("plan", "--detailed-exitcode")

    assert ended.code == 0
    assert (
        'service/web: no longer declares healthcheck_path; the live value stays: healthcheck_path: "/up".'
        in ended.out
    )
    assert 'To clear it, declare healthcheck_path: ""' in ended.out
    assert bench.run("apply", "--yes").code == 0
    assert "no longer declares" not in bench.run("plan").out


def test_a_missing_git_is_an_error_only_in_a_checkout(bench: Bench) -> None:
    declare(bench, "m.yaml", "a1")
    assert bench.run("plan", env={"PATH": ""}).code == 0
    repository(bench, ".", FIRST)

    ended = bench.run("plan", env={"PATH": ""})

    assert ended.code == 1
    assert "git is not installed" in ended.err
    assert bench.run("plan", "--source", "x", env={"PATH": ""}).code == 0
    assert bench.run("validate", env={"PATH": ""}).code == 0


@pytest.mark.parametrize("name", [" x", "a\nb", "x" * 201])
def test_an_invalid_source_is_refused(bench: Bench, name: str) -> None:
    declare(bench, "m.yaml", "a1")

    assert "--source" in bench.run("plan", "--source", name).err


def test_folders_without_a_remote_may_declare_the_same_names(bench: Bench) -> None:
    declare(bench, "one.yaml", "both")
    declare(bench, "other.yaml", "both")

    apply(bench, ".", "one.yaml")

    assert bench.run("plan", "one.yaml").code == 0
    other = bench.run("plan", "other.yaml")
    assert (other.code, "declared twice" in other.text) == (1, True)
