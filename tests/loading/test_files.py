"""Nothing outside the root is read, for any name in a manifest and any target of a link."""

import os
from pathlib import Path

import pytest

from reconciler.loading.files import (
    MAX_MANIFEST,
    UnreadableFile,
    is_file,
    is_folder,
    manifests,
    read_bytes,
    root_of,
    shown,
    text_of,
    within,
)


@pytest.fixture
def root(tmp_path):
    """A root with files outside it."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.yaml").write_text("cluster: theirs\n", encoding="utf-8")
    inside = tmp_path / "root"
    (inside / "below").mkdir(parents=True)
    return inside


def names(path, root):
    return [
        (Path(os.path.relpath(file, root)).as_posix(), str(trouble) if trouble else "")
        for file, trouble in manifests(path, root)
    ]


def test_the_root_is_the_repository_of_the_path(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "x.yaml").touch()

    assert root_of(tmp_path / "a" / "b") == tmp_path
    assert root_of(tmp_path / "a" / "b" / "x.yaml") == tmp_path


def test_a_worktrees_git_file_marks_a_repository_too(tmp_path):
    (tmp_path / ".git").write_text("gitdir: elsewhere", encoding="utf-8")
    (tmp_path / "a").mkdir()

    assert root_of(tmp_path / "a") == tmp_path


def test_without_a_repository_the_root_is_the_folder(tmp_path, monkeypatch):
    (tmp_path / "x.yaml").touch()
    monkeypatch.setattr(os.path, "lexists", lambda path: False)

    assert root_of(tmp_path) == tmp_path
    assert root_of(tmp_path / "x.yaml") == tmp_path


def test_a_folder_gives_its_yaml_files_sorted_without_hidden_ones(root):
    for name in ("b.yaml", "a.yml", "c.json", "_base.yaml", ".hidden.yaml", "below/d.yaml", "README"):
        (root / name).touch()
    for name in ("_parts", ".github"):
        (root / name).mkdir()
        (root / name / "x.yaml").touch()

    assert names(root, root) == [("a.yml", ""), ("b.yaml", ""), ("below/d.yaml", "")]


def test_a_file_given_as_path_may_have_any_name(root):
    (root / "_base").touch()

    assert names(root / "_base", root) == [("_base", "")]


def test_a_missing_path_is_reported(root):
    assert [str(trouble) for _, trouble in manifests(root / "nope", root)] == ["does not exist"]


@pytest.mark.posix("creates symbolic links, which few users may do on Windows")
def test_a_link_is_followed_within_the_root_and_read_once(root):
    (root / "below" / "a.yaml").touch()
    (root / "again.yaml").symlink_to(root / "below" / "a.yaml")
    (root / "folder").symlink_to(root / "below")
    (root / "below" / "up").symlink_to(root)

    assert names(root, root) == [("below/a.yaml", "")]


@pytest.mark.posix("creates symbolic links, which few users may do on Windows")
@pytest.mark.parametrize(
    "target", ["../outside/secret.yaml", "/etc/passwd", "/proc/self/environ", "/dev/zero"]
)
def test_a_link_that_leads_outside_is_refused(root, target):
    (root / "link.yaml").symlink_to(target)

    ((name, trouble),) = names(root, root)
    assert name == "link.yaml"
    assert trouble.startswith("lies outside the root")


@pytest.mark.posix("creates symbolic links, which few users may do on Windows")
def test_a_link_to_a_folder_outside_is_refused(root):
    (root / "folder").symlink_to(root.parent / "outside")

    ((name, trouble),) = names(root, root)
    assert (name, trouble.startswith("lies outside the root")) == ("folder", True)


def test_a_path_outside_a_given_root_is_refused(root):
    assert names(root.parent / "outside", root)[0][1].startswith("lies outside the root")


@pytest.mark.posix("creates symbolic links, which few users may do on Windows")
def test_a_loop_of_links_is_refused(root):
    (root / "a.yaml").symlink_to(root / "b.yaml")
    (root / "b.yaml").symlink_to(root / "a.yaml")

    for file, trouble in manifests(root, root):
        assert trouble or _refused(file)


def _refused(file):
    with pytest.raises(UnreadableFile):
        read_bytes(file, limit=10)
    return True


@pytest.mark.parametrize(
    "name", ["../outside/secret.yaml", "/etc/passwd", "below/../../outside/secret.yaml", "/proc/self/environ"]
)
def test_a_name_with_a_path_outside_is_refused(root, name):
    with pytest.raises(UnreadableFile, match="lies outside the root"):
        within(root / name, root)


def test_a_folder_whose_name_begins_like_the_root_is_outside(root):
    (root.parent / "root-two").mkdir()

    with pytest.raises(UnreadableFile, match="lies outside the root"):
        within(root / "../root-two/x", root)


@pytest.mark.parametrize("name", [".git/config", "below/.git/config", ".GIT/config", "below/../.git/config"])
def test_the_git_folder_is_never_read(root, name):
    with pytest.raises(UnreadableFile, match="lies inside"):
        within(root / name, root)


@pytest.mark.parametrize("name", ["a\0b", "a" * 5000])
def test_an_invalid_path_is_refused(root, name):
    with pytest.raises(UnreadableFile):
        read_bytes(within(root / name, root), limit=10)


@pytest.mark.posix("opens a named pipe")
def test_a_special_file_is_refused_without_waiting(root):
    os.mkfifo(root / "pipe.yaml")

    for path in (root / "pipe.yaml", root / "below"):
        with pytest.raises(UnreadableFile):
            read_bytes(str(path), limit=10)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(root):
    with (root / "large.yaml").open("wb") as file:
        file.truncate(50_000_000)

    with pytest.raises(UnreadableFile, match="larger than 8,000,000 bytes"):
        read_bytes(str(root / "large.yaml"), limit=MAX_MANIFEST)


def test_a_file_of_exactly_the_limit_is_read(root):
    (root / "x").write_bytes(b"12345")

    assert read_bytes(str(root / "x"), limit=5) == b"12345"
    with pytest.raises(UnreadableFile, match="larger than 4 bytes"):
        read_bytes(str(root / "x"), limit=4)


def test_a_file_that_hides_its_size_is_measured_while_it_is_read(root, monkeypatch):
    (root / "x").write_bytes(b"123456")
    monkeypatch.setattr(os, "fstat", lambda _: os.stat_result((0o100644, 0, 0, 1, 0, 0, 0, 0, 0, 0)))

    with pytest.raises(UnreadableFile, match="larger than 5 bytes"):
        read_bytes(str(root / "x"), limit=5)


def test_an_unreadable_file_is_refused(root, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    assert names(root, root) == [(".", "cannot be read: Permission denied")]

    monkeypatch.setattr(os, "stat", refuse)
    assert (is_folder(root), is_file(root / "a.yaml")) == (False, False)


def test_a_git_folder_with_another_name_is_never_read(root):
    kept = root / "kept-apart"
    for name in ("objects", "refs"):
        (kept / name).mkdir(parents=True)
    (kept / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
    (kept / "config").write_text("[http]\n\textraheader = AUTHORIZATION: basic c2VjcmV0\n", encoding="utf-8")

    with pytest.raises(UnreadableFile, match="inside a git folder"):
        within(kept / "config", root)


def test_a_file_with_another_name_is_read_as_a_manifest_and_not_for_a_source(root):
    (root / "one.txt").write_text("text", encoding="utf-8")
    (root / "other.txt").hardlink_to(root / "one.txt")

    assert read_bytes(str(root / "other.txt"), limit=100) == b"text"
    with pytest.raises(UnreadableFile, match="hard link"):
        read_bytes(str(root / "other.txt"), limit=100, linked=False)


def test_text_is_utf_8_and_kept_unchanged():
    assert text_of("é\r\n\n".encode()) == "é\r\n\n"
    with pytest.raises(UnreadableFile, match=r"not UTF-8 text \(at byte 2\)"):
        text_of(b"a\xff")
    with pytest.raises(UnreadableFile, match="NUL"):
        text_of(b"a\0")


def _gone():
    raise FileNotFoundError


def test_paths_are_shown_relative_to_the_current_directory(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    assert shown(str(tmp_path / "here" / "a.yaml")) == "a.yaml"
    assert shown(str(tmp_path / "a.yaml")) == (tmp_path / "a.yaml").as_posix()
    assert shown(str(tmp_path / "here-too.yaml")) == (tmp_path / "here-too.yaml").as_posix()
    monkeypatch.setattr(Path, "cwd", _gone)
    assert shown(str(tmp_path / "a.yaml")) == (tmp_path / "a.yaml").as_posix()


def test_paths_are_shown_without_control_characters(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    assert shown(str(tmp_path / "here" / "é\udcff.yaml")) == "é\\udcff.yaml"
    assert shown(str(tmp_path / "here" / "a\x1b[31m\n.yaml")) == "a\\x1b[31m\\n.yaml"
