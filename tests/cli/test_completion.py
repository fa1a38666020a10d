"""Shell completion: clusters and addresses of the manifests, and no text with shell syntax."""

from pathlib import Path

import pytest

from tests.e2e.conftest import command

MANIFESTS = """\
cluster: production
services: {web: {image: 'nginx:1'}, worker: {image: 'nginx:1'}}
volumes: {data: {}}
---
cluster: staging
services: {web: {image: 'nginx:1'}, "a$(touch x)b": {image: 'nginx:1'}}
"""


def offered(folder: Path, words: str) -> list[str]:
    """The completions after ``words``; the last word may be empty, after a space."""
    env = {
        "_RECONCILER_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    ended = command(cwd=folder, env={**env, "CI": "", "GITHUB_ACTIONS": ""})
    assert ended.err == ""
    return [line.partition(",")[2] for line in ended.out.splitlines() if line]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "all").mkdir()
    (tmp_path / "all" / "m.yaml").write_text(MANIFESTS, encoding="utf-8")
    return tmp_path


def test_clusters_and_addresses_of_path_are_completed(folder: Path) -> None:
    assert offered(folder, "reconciler plan all --cluster ") == ["production", "staging"]
    assert offered(folder, "reconciler apply all --target production/service/w") == [
        "production/service/web",
        "production/service/worker",
    ]


def test_services_and_clusters_of_the_working_directory_are_completed(folder: Path) -> None:
    assert offered(folder / "all", "reconciler restart production/") == [
        "production/service/web",
        "production/service/worker",
    ]
    assert offered(folder / "all", "reconciler unlock st") == ["staging"]
    assert offered(folder / "all", "reconciler status --cluster p") == ["production"]


def test_a_name_with_shell_syntax_is_not_completed(folder: Path) -> None:
    assert offered(folder, "reconciler plan all --target staging/") == ["staging/service/web"]


def test_unreadable_manifests_complete_nothing(folder: Path) -> None:
    (folder / "all" / "m.yaml").write_text("cluster: [", encoding="utf-8")

    assert offered(folder, "reconciler plan all --cluster ") == []
