"""What the other manifests of a repository say of an object that a run would delete."""

from pathlib import Path

import pytest

from reconciler.loading.other_manifests import Candidate, OtherManifests, Searched
from reconciler.model import Source

API = ("service", "api")


def looked(folder: Path, files: dict[str, str]) -> dict[str, str]:
    """How each object that is sought is declared, by its name."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    candidates = [Candidate(folder / name, Source("repo", name)) for name in files]
    sought = Searched(frozenset({API}), frozenset({"production", "cluster_1"}), "default")
    found = OtherManifests(candidates, root=folder).search(sought)
    return {name: f"{there.how} in {there.source.file}" for (_, name), there in found.items()}


def test_what_another_manifest_declares_is_found_by_label_and_by_id(tmp_path: Path) -> None:
    for cluster in ("production", "cluster_1"):
        text = f"cluster: {cluster}\nservices: {{api: {{image: x}}}}\n"
        assert looked(tmp_path, {"b/m.yaml": text}) == {"api": "declared in b/m.yaml"}


@pytest.mark.parametrize(
    "text",
    [
        "cluster: staging\nservices: {api: {image: x}}\n",
        "cluster: production\nstack: other\nservices: {api: {image: x}}\n",
        "cluster: production\nservices: {web: {image: api}}\n",
        "cluster: production\nservices: {api: null}\n",
        "services: {api: {image: x}}\n",
        "- api\n",
        "api\n",
    ],
)
def test_what_declares_something_else_or_is_no_manifest_is_passed_over(tmp_path: Path, text: str) -> None:
    assert looked(tmp_path, {"b/m.yaml": text}) == {}


@pytest.mark.parametrize("name", [r"\x61pi", r"\u0061pi", r"\U00000061pi", "ap\\\n  i"])
def test_a_name_that_is_spelled_with_escapes_is_found(tmp_path: Path, name: str) -> None:
    text = f'cluster: production\nservices:\n  ? "{name}"\n  : {{image: x}}\n'

    assert looked(tmp_path, {"b/m.yaml": text}) == {"api": "declared in b/m.yaml"}


def test_an_overlay_declares_what_its_base_has_and_the_base_alone_nothing(tmp_path: Path) -> None:
    base = "cluster: production\nservices: {api: {image: x}}\n"

    assert looked(tmp_path, {"b/_base.yaml": base}) == {}
    assert looked(tmp_path, {"b/_base.yaml": base, "b/m.yaml": "extends: _base.yaml\n"}) == {
        "api": "declared in b/m.yaml"
    }


def test_a_cluster_or_stack_that_is_a_variable_may_be_this_one(tmp_path: Path) -> None:
    for head in ("cluster: ${WHERE}", "cluster: production\nstack: ${WHICH}"):
        text = f"{head}\nservices: {{api: {{image: x}}}}\n"
        assert looked(tmp_path, {"b/m.yaml": text}) == {"api": "unclear in b/m.yaml"}


def test_a_name_in_a_file_that_is_no_yaml_may_be_declared_there(tmp_path: Path) -> None:
    assert looked(tmp_path, {"b/m.yaml": "services: {{{ api\n"}) == {"api": "unreadable in b/m.yaml"}
    assert looked(tmp_path, {"b/m.yaml": "services: {{{ apis\n"}) == {}


def test_what_is_declared_for_sure_goes_before_what_may_be(tmp_path: Path) -> None:
    sure = "cluster: production\nservices: {api: {image: x}}\n"
    files = {
        "b/broken.yaml": "{{ api",
        "c/m.yaml": sure,
        "d/unclear.yaml": sure.replace("production", "${X}"),
    }

    assert looked(tmp_path, files) == {"api": "declared in c/m.yaml"}
