"""The files that `file:` may read in a CI job, by the index of a real git repository."""

import os
import subprocess

import pytest

from reconciler.errors import UsageError
from reconciler.pipeline.manifests import NOT_RECORDED, load
from reconciler.pipeline.permits import Permits

MANIFEST = "cluster: production\nsecrets: {password: {file: %s}}\n"


@pytest.fixture
def checkout(tmp_path):
    """A repository with a manifest and a tracked value."""
    git(tmp_path, "init", "-q")
    write(tmp_path, "tracked.txt", "a value")
    write(tmp_path, "site.yaml", MANIFEST % "tracked.txt")
    git(tmp_path, "add", ".")
    return tmp_path


def git(place, *words):
    subprocess.run(["git", *words], cwd=place, check=True, capture_output=True)


def write(place, name, text):
    (place / name).parent.mkdir(parents=True, exist_ok=True)
    (place / name).write_text(text, encoding="utf-8")


def errors(place, *allowed):
    """The errors of loading the manifests in a CI job."""
    loaded = load(
        place, root=None, variables={}, environment={}, barred=Permits(place, allowed), sources=NOT_RECORDED
    )
    return [diagnostic.message for diagnostic in loaded.diagnostics if diagnostic.severity == "error"]


def test_in_ci_tracked_or_added_files_are_read(checkout):
    assert errors(checkout) == []


@pytest.mark.parametrize("name", [".env", "gha-creds-1a2b.json", "build/key.pem"])
def test_in_ci_untracked_files_are_not_read(checkout, name):
    write(checkout, name, "a credential of another step")
    write(checkout, "site.yaml", MANIFEST % name)

    assert errors(checkout) == [f"'{name}' is not in git's index, and a CI job reads no other file"]


@pytest.mark.posix("creates symbolic links, which few users may do on Windows")
def test_a_tracked_link_can_not_lead_to_an_untracked_file(checkout):
    write(checkout, ".env", "a credential")
    (checkout / "link.txt").symlink_to(".env")
    write(checkout, "site.yaml", MANIFEST % "link.txt")
    git(checkout, "add", "link.txt", "site.yaml")

    assert len(errors(checkout)) == 1


CREDENTIALS = '{"type": "service_account", "private_key": "of another step"}'
UNTRACKED = "' is not in git's index, and a CI job reads no other file"


def is_refused(place, name):
    """Whether the only error is that the manifests lead to an untracked file."""
    (error,) = errors(place)
    return error.endswith(name + UNTRACKED)


def test_in_a_job_a_manifest_extends_no_file_that_git_does_not_track(checkout):
    write(checkout, "gha-creds.json", CREDENTIALS)
    write(checkout, "site.yaml", "extends: gha-creds.json\n")

    assert is_refused(checkout, "gha-creds.json")
    assert any("private_key" in message for message in errors(checkout, "gha-creds.json"))


@pytest.mark.posix("creates symbolic links, which few users may do on Windows")
@pytest.mark.parametrize("place", ["link.yaml", "sites/link.yaml"])
@pytest.mark.parametrize("path", [".", "the link itself"])
def test_in_a_job_no_link_to_a_manifest_leads_to_a_file_that_git_does_not_track(checkout, place, path):
    write(checkout, "gha-creds.json", CREDENTIALS)
    (checkout / place).parent.mkdir(exist_ok=True)
    (checkout / place).symlink_to(checkout / "gha-creds.json")

    assert is_refused(checkout / (place if path != "." else path), "link.yaml")


@pytest.mark.posix("creates symbolic links, which few users may do on Windows")
def test_in_a_job_no_link_to_a_folder_leads_to_manifests_that_git_does_not_track(checkout):
    write(checkout, "_made/creds.yaml", CREDENTIALS)
    (checkout / "link").symlink_to("_made")

    assert is_refused(checkout, "_made/creds.yaml")


@pytest.mark.posix("creates symbolic links, which few users may do on Windows")
def test_in_a_job_links_and_bases_that_git_tracks_are_read(checkout):
    write(checkout, "_base.yaml", "cluster: production\n")
    write(checkout, "over.yaml", "extends: _base.yaml\nvolumes: {data: {}}\n")
    (checkout / "link.yaml").symlink_to("_base.yaml")
    git(checkout, "add", ".")

    assert errors(checkout) == []


def test_in_a_job_a_manifest_of_path_itself_need_not_be_tracked(checkout):
    write(checkout, "made.yaml", "cluster: production\nvolumes: {data: {}}\n")

    assert errors(checkout) == []


@pytest.mark.parametrize("pattern", ["build/*.pem", "build/*", "*.pem", "build/key.pem"])
def test_the_job_may_allow_files_by_their_path_from_the_top(checkout, pattern):
    write(checkout, "build/key.pem", "made by the job")
    write(checkout, "sites/site.yaml", MANIFEST % "../build/key.pem")

    assert errors(checkout / "sites", pattern) == []
    assert errors(checkout / "sites", "key.pem") != []


def test_git_runs_no_program_that_the_repositorys_settings_name(checkout):
    trap = checkout / "trap"
    trap.write_text("#!/bin/sh\ntouch sprung\n", encoding="utf-8")
    trap.chmod(0o755)
    git(checkout, "config", "core.fsmonitor", str(trap))
    git(checkout, "config", "filter.trap.clean", str(trap))
    write(checkout, ".gitattributes", "* filter=trap\n")

    errors(checkout)

    assert not (checkout / "sprung").exists()


def test_a_missing_git_in_a_checkout_is_an_error(checkout, monkeypatch):
    monkeypatch.setenv("PATH", os.devnull)

    with pytest.raises(UsageError, match=r"git is not installed.*a CI job reads only files that git tracks"):
        errors(checkout)


def test_a_git_folder_without_a_repository_is_an_error(tmp_path):
    (tmp_path / ".git").mkdir()
    write(tmp_path, "value.txt", "a value")
    write(tmp_path, "site.yaml", MANIFEST % "value.txt")

    with pytest.raises(UsageError, match="git cannot read it"):
        errors(tmp_path)


def test_outside_of_a_checkout_only_what_the_job_allows_is_read(tmp_path):
    write(tmp_path, "value.txt", "a value")
    write(tmp_path, "site.yaml", MANIFEST % "value.txt")

    assert len(errors(tmp_path)) == 1
    assert errors(tmp_path, "value.txt") == []


def test_git_is_not_run_if_no_file_is_named(tmp_path):
    (tmp_path / ".git").mkdir()
    write(tmp_path, "site.yaml", "cluster: production\n")

    assert errors(tmp_path) == []
