"""A run reads a limited amount; more is a single clear error."""

import pytest

from reconciler.loading import budget, read
from reconciler.loading.parse import MAX_DOCUMENTS


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    documents = read(folder, root=folder, variables={}, environment={})
    assert not documents.complete
    assert len(documents.documents) <= budget.MAX_DOCUMENTS
    return [diagnostic.message for diagnostic in documents.diagnostics if diagnostic.severity == "error"]


def test_a_file_of_200_000_documents_is_not_read_to_its_end(folder):
    (message,) = said(folder, a="---\ncluster: c\n" * 200_000)

    assert message == f"more than {MAX_DOCUMENTS:,} documents in one file"


def test_many_files_of_many_documents_are_one_error(folder):
    files = {f"m{number}": "---\ncluster: c\n" * 4_900 for number in range(6)}

    assert said(folder, **files) == ["the manifests of this run have more than 20,000 documents"]


@pytest.mark.parametrize("tag", ["1", "${TAG}"])
def test_the_size_of_extended_documents_is_limited(folder, tag):
    services = "".join(f"  s{number}: {{image: 'x:{tag}'}}\n" for number in range(20_000))
    files = {f"m{n}": f"cluster: c{n}\nextends: _base.yaml\nvars: {{TAG: {n}}}\n" for n in range(60)}

    assert said(folder, _base=f"services:\n{services}", **files) == [
        "the manifests of this run have more than 150,000 objects, counting every layer of extends"
    ]


def test_a_base_counts_once_for_each_set_of_variables(folder, monkeypatch):
    monkeypatch.setattr(budget, "MAX_VALUES", 1_000)
    base = "x-note: [" + ", ".join(["1"] * 300) + "]\nstack: ${S:-s}\n"
    files = {f"m{n}": f"cluster: c{n}\nextends: _base.yaml\nvars: {{A: {n}}}\n" for n in range(9)}

    assert said(folder, _base=base, **files) == ["the manifests of this run have more than 1,000 values"]


@pytest.mark.parametrize(
    "limit, what",
    [
        ("MAX_FILES", "files"),
        ("MAX_BYTES", "bytes of manifests"),
        ("MAX_DOCUMENTS", "documents"),
        ("MAX_VALUES", "values"),
    ],
)
def test_every_limit_is_enforced(folder, monkeypatch, limit, what):
    monkeypatch.setattr(budget, limit, 2)
    files = {f"m{n}": f"cluster: c{n}\n" for n in range(3)}

    assert said(folder, **files) == [f"the manifests of this run have more than 2 {what}"]


def test_files_of_secrets_and_configs_share_one_limit(folder, monkeypatch):
    monkeypatch.setattr(budget, "MAX_CONTENT", 10)
    for name in "abc":
        (folder / f"{name}.txt").write_text("12345", encoding="utf-8")

    text = (
        "cluster: c\nconfigs: {a: {file: a.txt}, b: {file: b.txt}, again: {file: b.txt}, c: {file: c.txt}}\n"
    )
    (message,) = said(folder, m=text)

    assert (
        message == "the manifests of this run have more than 10 bytes of files named by secrets and configs"
    )
