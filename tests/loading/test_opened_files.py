"""Manifest files are parsed, each once."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.loading.files import MAX_MANIFEST
from reconciler.loading.opened_files import MOST_SHOWN
from tests.loading.manifests import anything, everything, load, said, write


def test_a_document_has_the_places_of_its_values(folder):
    write(folder, a="cluster: production\nservices:\n  web:\n    hosts: [x, y]\n")

    documents = load(folder)

    (document,) = documents.documents
    assert document.value == {"cluster": "production", "services": {"web": {"hosts": ["x", "y"]}}}
    assert str(document.marks(("services", "web", "hosts", 1))) == "a.yaml:4:16"
    assert str(document.marks(("services", "web", "hosts", 5))) == "a.yaml:4:5"
    assert str(document.marks(("services", "web", "image"))) == "a.yaml:3:3"
    assert str(document.marks(("services", "web", "hosts", "x", 1))) == "a.yaml:4:5"
    assert str(document.marks(())) == "a.yaml:1:1"
    assert documents.complete


def test_a_byte_order_mark_is_removed(folder):
    (folder / "a.yaml").write_bytes(b"\xef\xbb\xbfcluster: a\n")

    assert load(folder).documents[0].value == {"cluster": "a"}


@pytest.mark.parametrize(
    "content, expected",
    [
        (b"\xff\xfec\x00", "a.yaml:1:1: 'a.yaml' is not UTF-8 text (at byte 1) [file]"),
        (b"a\0b", "a.yaml:1:1: 'a.yaml' contains a NUL byte, so it is not text [file]"),
        (b"- a", "a.yaml:1:1: not a manifest: it looks like a list [yaml]"),
        (b"cluster: a\n---\n  text", "a.yaml:3:3: a manifest is a map [yaml]"),
        (b"", "{folder}:1:1: no manifest here [file]"),
        (b"# only a comment\n---\n", "{folder}:1:1: no manifest here [file]"),
    ],
)
def test_a_file_that_is_no_manifest_is_reported(folder, content, expected):
    (folder / "a.yaml").write_bytes(content)

    documents = load(folder)

    assert said(documents) == [expected.format(folder=folder.as_posix())]
    assert not documents.complete


def test_a_file_of_50_mb_is_reported_without_reading_it(folder):
    with (folder / "a.yaml").open("wb") as file:
        file.truncate(50_000_000)

    assert said(load(folder)) == [f"a.yaml:1:1: 'a.yaml' is larger than {MAX_MANIFEST:,} bytes [file]"]


@pytest.mark.posix("opens a named pipe")
def test_a_pipe_is_reported_without_waiting(folder):
    os.mkfifo(folder / "a.yaml")

    assert said(load(folder)) == ["a.yaml:1:1: 'a.yaml' is not a regular file [file]"]


def test_every_problem_of_every_file_is_reported(folder):
    write(folder, a="stack: no\ncluster: 0400\nstack: 1\n", b="c: [\n", c="cluster: ${X}\n")

    assert [f"{diagnostic.location}: {diagnostic.check}" for diagnostic in load(folder).diagnostics] == [
        "a.yaml:1:8: yaml", "a.yaml:2:10: yaml", "a.yaml:3:1: yaml", "b.yaml:2:1: yaml", "c.yaml:1:1: variable",
    ]  # fmt: skip


def test_only_the_first_errors_of_a_file_are_shown(folder):
    write(folder, a="cluster: c\nservices: {a: {hosts: [" + ", ".join(["'${'"] * 1000) + "]}}\n")

    assert len(load(folder).diagnostics) == MOST_SHOWN


def test_a_file_that_many_entries_name_is_read_once(folder):
    write(folder, a="configs:\n" + "".join(f"  c{number}: {{file: x.txt}}\n" for number in range(100)))
    (folder / "x.txt").write_text("x" * 1000, encoding="utf-8")

    contents = load(folder).documents[0].contents

    assert len(contents) == 100
    assert len({id(content["data"]) for content in contents.values()}) == 1


@anything
@given(st.binary())
def test_any_bytes_give_only_diagnostics(folder, content):
    (folder / "a.yaml").write_bytes(content)

    desired, found = everything(folder)

    assert desired or found
