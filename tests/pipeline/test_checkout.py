"""The data that git returns of a checkout; no program that a repository names is run."""

import gc
import os
import subprocess
import warnings
from pathlib import Path

import pytest

from reconciler.errors import UsageError
from reconciler.model import Covered, Source
from reconciler.pipeline.checkout import Asked, checkout_of, origin_of, tracked
from reconciler.pipeline.sources import Sources, commit_of


def git(folder: Path, *arguments: str) -> str:
    ran = subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    return ran.stdout.strip()


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.delenv("GITHUB_SHA", raising=False)
    git(tmp_path, "init", "-q", "-b", "main", ".")
    (tmp_path / "clusters").mkdir()
    (tmp_path / "clusters" / "a.yaml").write_text("cluster: c\nvolumes: {v: {}}\n", encoding="utf-8")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    return tmp_path.resolve()


def checkout(folder):
    found = checkout_of(folder)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "url, name",
    [
        ("https://x-access-token:token@GitHub.com/Clinic/infra.git", "github.com/clinic/infra"),
        ("git@github.com:clinic/Infra.git", "github.com/clinic/infra"),
        ("ssh://git@github.com:22/clinic/infra", "github.com/clinic/infra"),
        ("/srv/git/Infra.git", Path("/srv/git/infra").absolute().as_posix().lower()),
        ("file:///srv/git/infra", Path("/srv/git/infra").absolute().as_posix().lower()),
        ("", ""),
    ],
)
def test_a_repository_is_identified_by_its_remote_without_credentials(url, name):
    assert origin_of(url, Path("/here")) == name


def test_a_repository_without_a_remote_is_identified_by_its_folder(repository):
    assert checkout(repository / "clusters").repository == repository.as_posix()
    git(repository, "remote", "add", "origin", "https://me:secret@github.com/clinic/infra")
    assert checkout(repository / "clusters").repository == "github.com/clinic/infra"


def test_outside_a_checkout_there_is_no_repository(tmp_path):
    assert checkout_of(tmp_path) is None
    assert commit_of(tmp_path) == ""


def test_a_worktree_has_its_repository_and_commit(repository, tmp_path_factory):
    git(repository, "remote", "add", "origin", "https://github.com/clinic/infra")
    place = tmp_path_factory.mktemp("worktree") / "here"
    git(repository, "worktree", "add", "-q", "-b", "other", str(place))

    found = checkout(place / "clusters")

    assert (found.repository, found.top) == ("github.com/clinic/infra", place.resolve())
    assert found.commit == git(repository, "rev-parse", "HEAD")


def test_the_commit_is_found_in_every_form_of_gits_references(repository):
    head = git(repository, "rev-parse", "HEAD")

    assert commit_of(repository / "clusters") == head
    git(repository, "pack-refs", "--all")
    assert commit_of(repository / "clusters") == head
    git(repository, "checkout", "-q", "--detach")
    assert commit_of(repository) == head


def test_before_the_first_commit_there_is_no_commit(tmp_path):
    git(tmp_path, "init", "-q", ".")

    assert checkout(tmp_path).commit == ""


def test_a_commit_with_edited_manifests_is_marked(repository):
    clean = commit_of(repository / "clusters")
    manifest = repository / "clusters" / "a.yaml"

    manifest.write_bytes(manifest.read_bytes().replace(b"\n", b"\r\n"))
    assert commit_of(repository / "clusters") == clean
    manifest.write_text("cluster: d\n", encoding="utf-8")
    assert commit_of(repository / "clusters") == f"{clean}-dirty"
    (repository / "elsewhere").mkdir()
    assert commit_of(repository / "elsewhere") == clean
    manifest.unlink()
    assert commit_of(repository / "clusters") == f"{clean}-dirty"


def test_a_files_name_is_spelled_as_in_the_index(repository):
    (repository / "clusters" / "a.yaml").rename(repository / "clusters" / "x.yaml")
    (repository / "clusters").rename(repository / "Clusters")
    (repository / "Clusters" / "x.yaml").rename(repository / "Clusters" / "A.yaml")

    found = checkout(repository)

    assert found.spelled(repository / "Clusters" / "A.yaml") == "clusters/a.yaml"
    assert found.spelled(repository / "Clusters") == "clusters"
    assert found.spelled(repository) == ""
    assert found.spelled(repository / "new" / "B.yaml") == "new/B.yaml"


def test_files_left_out_by_a_sparse_checkout_are_known(repository):
    (repository / "b").mkdir()
    (repository / "b" / "b.yaml").write_text("cluster: c\n", encoding="utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "two")
    git(repository, "sparse-checkout", "set", "clusters")

    entries = checkout(repository).entries

    assert {path: entry.is_checked_out for path, entry in entries.items()} == {
        "b/b.yaml": False,
        "clusters/a.yaml": True,
    }


@pytest.mark.parametrize(
    "settings",
    [
        [("core.fsmonitor", "{}")],
        [("filter.x.clean", "{}"), ("filter.x.smudge", "{}"), ("diff.external", "{}")],
        [("core.hooksPath", "hooks"), ("core.pager", "{}"), ("core.editor", "{}")],
    ],
)
def test_programs_in_the_repositorys_settings_are_not_run(repository, settings):
    trace = repository / "ran"
    program = repository / "evil.sh"
    program.write_text(f"#!/bin/sh\ntouch '{trace}'\ncat\n", encoding="utf-8")
    program.chmod(0o755)
    for name, value in settings:
        git(repository, "config", name, value.format(program))
    (repository / ".gitattributes").write_text("*.yaml filter=x diff=x\n", encoding="utf-8")
    (repository / "clusters" / "a.yaml").write_text("cluster: d\n", encoding="utf-8")

    assert commit_of(repository / "clusters").endswith("-dirty")

    assert not trace.exists()


@pytest.mark.posix("runs a shell script as git")
def test_git_gets_no_environment_variable_that_could_be_a_credential(
    repository, monkeypatch, tmp_path_factory
):
    folder = tmp_path_factory.mktemp("bin")
    seen = folder / "seen"
    (folder / "git").write_text(
        f"#!/bin/sh\nenv >> '{seen}'\nexec /usr/bin/env -i /usr/bin/git \"$@\"\n", encoding="utf-8"
    )
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("MEDSTACK_TOKEN_VALUE", "hunter2")
    monkeypatch.setenv("GIT_DIR", "/nowhere")

    checkout_of(repository)

    assert "hunter2" not in seen.read_text(encoding="utf-8")
    assert "GIT_DIR" not in seen.read_text(encoding="utf-8")


def test_a_missing_git_in_a_checkout_is_an_error_with_a_hint(repository, monkeypatch):
    monkeypatch.setenv("PATH", "")

    with pytest.raises(UsageError, match=r"git is not installed.*--source NAME"):
        checkout_of(repository)


def test_git_in_the_working_directory_is_not_run(repository, monkeypatch):
    for name in ("git", "git.bat", "git.exe"):  # Windows looks into the working directory first
        (repository / name).write_text("#!/bin/sh\ntouch ran\n", encoding="utf-8")
        (repository / name).chmod(0o755)
    monkeypatch.chdir(repository)
    monkeypatch.setenv("PATH", f".{os.pathsep}{Path('bin')}")

    with pytest.raises(UsageError, match="git is not installed"):
        checkout_of(repository)
    assert not (repository / "ran").exists()


def test_a_damaged_checkout_is_an_error_with_a_hint(tmp_path):
    (tmp_path / ".git").write_text("gitdir: /nowhere\n", encoding="utf-8")

    with pytest.raises(UsageError, match=r"git cannot read it.*--source NAME"):
        checkout_of(tmp_path)


def test_an_unneeded_git_process_is_ended(repository):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        Asked(repository)
        gc.collect()

    assert [str(warning.message) for warning in seen if issubclass(warning.category, ResourceWarning)] == []


def test_a_checkout_whose_settings_name_other_files_is_an_error_with_a_hint(repository, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    git(repository, "config", "core.worktree", str(elsewhere))

    with pytest.raises(UsageError, match=r"core\.worktree.*--source NAME"):
        checkout_of(repository / "clusters")


def test_a_name_that_the_record_cannot_hold_is_recorded_with_escapes(repository):
    place = repository / "clusters" / "a\u00a0b.yaml"
    place.write_text("cluster: c\nvolumes: {w: {}}\n", encoding="utf-8")
    git(repository, "add", ".")
    sources = Sources(repository / "clusters" / "a.yaml")
    recorded = Source(repository.as_posix(), "clusters/a\\xa0b.yaml")

    assert sources.of(str(place)) == recorded
    assert Covered(*recorded) in sources.covered([str(place)])


def test_an_index_that_git_can_only_partly_read_is_an_error_and_nothing_is_fetched(
    repository, tmp_path_factory
):
    trap, sprung = (tmp_path_factory.mktemp("outside") / name for name in ("trap", "sprung"))
    trap.write_text(f"#!/bin/sh\ntouch {sprung}\n", encoding="utf-8")
    trap.chmod(0o755)
    (repository / "top.yaml").write_text("cluster: c\n", encoding="utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "two")
    git(repository, "sparse-checkout", "set", "--cone", "--sparse-index")
    for name, value in {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "theirs",
        "remote.theirs.url": f"ext::{trap}",
        "remote.theirs.promisor": "true",
        "protocol.ext.allow": "always",
    }.items():
        git(repository, "config", name, value)
    tree = git(repository, "rev-parse", "HEAD:clusters")
    stored = repository / ".git" / "objects" / tree[:2] / tree[2:]
    stored.chmod(0o600)  # Windows deletes no file that is read-only
    stored.unlink()

    with pytest.raises(UsageError, match="git cannot read it"):
        checkout_of(repository)
    with pytest.raises(UsageError, match="git cannot read it"):
        tracked(repository)
    assert not sprung.exists()
