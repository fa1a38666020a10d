"""What other manifests of a repository declare of an object that a run would delete."""

from pathlib import Path

import pytest

from reconciler.loading.other_manifests import Candidate, OtherManifests, Searched
from reconciler.model import Source

API = ("service", "api")


def looked(folder: Path, files: dict[str, str]) -> dict[str, str]:
    """How each searched object is declared, by name."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    candidates = [Candidate(folder / name, Source("repo", name)) for name in files]
    sought = Searched(frozenset({API}), frozenset({"production", "cluster_1"}), "default")
    found = OtherManifests(candidates, root=folder).search(sought)
    return {name: f"{there.how} in {there.source.file}" for (_, name), there in found.items()}


def test_objects_of_other_manifests_are_found_by_cluster_label_or_id(tmp_path: Path) -> None:
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
def test_other_files_are_skipped(tmp_path: Path, text: str) -> None:
    assert looked(tmp_path, {"b/m.yaml": text}) == {}


@pytest.mark.parametrize("name", [r"\x61pi", r"\u0061pi", r"\U00000061pi", "ap\\\n  i"])
def test_a_name_written_with_escapes_is_found(tmp_path: Path, name: str) -> None:
    text = f'cluster: production\nservices:\n  ? "{name}"\n  : {{image: x}}\n'

    assert looked(tmp_path, {"b/m.yaml": text}) == {"api": "declared in b/m.yaml"}


def test_an_overlay_declares_the_objects_of_its_base_and_the_base_alone_none(tmp_path: Path) -> None:
    base = "cluster: production\nservices: {api: {image: x}}\n"

    assert looked(tmp_path, {"b/_base.yaml": base}) == {}
    assert looked(tmp_path, {"b/_base.yaml": base, "b/m.yaml": "extends: _base.yaml\n"}) == {
        "api": "declared in b/m.yaml"
    }


def test_a_variable_as_cluster_or_stack_may_mean_the_searched_one(tmp_path: Path) -> None:
    for head in ("cluster: ${WHERE}", "cluster: production\nstack: ${WHICH}"):
        text = f"{head}\nservices: {{api: {{image: x}}}}\n"
        assert looked(tmp_path, {"b/m.yaml": text}) == {"api": "unclear in b/m.yaml"}


def test_a_name_in_an_invalid_yaml_file_may_be_declared(tmp_path: Path) -> None:
    assert looked(tmp_path, {"b/m.yaml": "services: {{{ api\n"}) == {"api": "unreadable in b/m.yaml"}
    assert looked(tmp_path, {"b/m.yaml": "services: {{{ apis\n"}) == {}


def test_a_certain_declaration_goes_before_a_possible_one(tmp_path: Path) -> None:
    sure = "cluster: production\nservices: {api: {image: x}}\n"
    files = {
        "b/broken.yaml": "{{ api",
        "c/m.yaml": sure,
        "d/unclear.yaml": sure.replace("production", "${X}"),
    }

    assert looked(tmp_path, files) == {"api": "declared in c/m.yaml"}
