"""Which repository and commit manifests are of, read from git's own files."""

import subprocess

import pytest

from reconciler.pipeline.manifests import load_manifests
from reconciler.pipeline.provenance import commit_of, holder, repository_of


def git(folder, *arguments):
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments], cwd=folder, check=True
    )


@pytest.fixture
def repository(tmp_path):
    git(tmp_path, "init", "-q", "-b", "main", ".")
    (tmp_path / "clusters").mkdir()
    (tmp_path / "clusters" / "a.yaml").write_text("cluster: c\nvolumes: {v: {}}\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    return tmp_path


@pytest.mark.parametrize(
    "url, name",
    [
        ("https://x-access-token:token@GitHub.com/clinic/infra.git", "github.com/clinic/infra"),
        ("git@github.com:clinic/infra.git", "github.com/clinic/infra"),
        ("ssh://git@github.com:22/clinic/infra", "github.com/clinic/infra"),
        ("/srv/git/infra.git", ""),
        ("../infra", ""),
        ("nonsense", ""),
    ],
)
def test_a_repository_goes_by_its_remote_whatever_the_way_there(repository, url, name):
    git(repository, "remote", "add", "origin", url)

    assert repository_of(repository / "clusters") == name


def test_without_a_remote_or_a_repository_there_is_no_name(repository, tmp_path_factory):
    assert repository_of(repository) == ""
    assert repository_of(tmp_path_factory.mktemp("elsewhere")) == ""


def test_a_worktree_is_of_its_repository(repository, tmp_path_factory):
    git(repository, "remote", "add", "origin", "https://github.com/clinic/infra")
    place = tmp_path_factory.mktemp("worktree") / "here"
    git(repository, "worktree", "add", "-q", "--detach", str(place))

    assert repository_of(place) == "github.com/clinic/infra"


def test_the_path_that_is_recorded_tells_repositories_apart(repository):
    def path():
        return load_manifests(repository / "clusters", root=None, variables={}, environment={}).path

    assert path() == "clusters"
    git(repository, "remote", "add", "origin", "https://github.com/clinic/infra")
    assert path() == "github.com/clinic/infra:clusters"


def test_the_commit_is_the_one_checked_out(repository, monkeypatch, tmp_path_factory):
    monkeypatch.delenv("GITHUB_SHA", raising=False)
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=repository, capture_output=True, text=True, check=True
    )

    assert commit_of(repository / "clusters") == head.stdout.strip()
    git(repository, "checkout", "-q", "--detach")
    assert commit_of(repository) == head.stdout.strip()
    assert commit_of(tmp_path_factory.mktemp("elsewhere")) == ""
    monkeypatch.setenv("GITHUB_SHA", "abc")
    assert commit_of(repository) == "abc"


def test_a_commit_that_was_edited_since_says_so(repository, monkeypatch):
    monkeypatch.delenv("GITHUB_SHA", raising=False)
    clean = commit_of(repository / "clusters")
    (repository / "clusters" / "a.yaml").write_text("cluster: d\n")

    assert commit_of(repository / "clusters") == f"{clean}-dirty"
    (repository / "elsewhere").mkdir()
    assert commit_of(repository / "elsewhere") == clean
    monkeypatch.setenv("PATH", "")
    assert commit_of(repository / "clusters") == clean


def test_the_holder_is_the_workflow_s_run_or_who_and_where(monkeypatch):
    monkeypatch.delenv("GITHUB_RUN_ID", raising=False)
    assert "@" in holder()
    monkeypatch.setenv("GITHUB_REPOSITORY", "clinic/infra")
    monkeypatch.setenv("GITHUB_RUN_ID", "7")
    assert holder().endswith("/clinic/infra/actions/runs/7")
