"""The files of a path are read as documents, with all that they extend."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.loading import assemble, read
from tests.loading.manifests import anything, everything, load, said, write


def test_several_documents_and_files_are_read_in_order(folder):
    write(folder, b="cluster: b1\n---\n# nothing\n---\ncluster: b2\n", a="cluster: a\n", c__d="cluster: d\n")

    assert [document.value["cluster"] for document in load(folder).documents] == ["a", "b1", "b2", "d"]


def test_a_missing_path_is_reported(folder):
    documents = read(folder / "nope", variables={}, environment={})

    assert said(documents) == ["nope:1:1: 'nope' does not exist [file]"]
    assert not documents.complete


def test_a_base_extended_only_by_a_configs_file_is_a_manifest(folder):
    write(
        folder,
        a="cluster: a\nconfigs: {x: {file: held.yaml}}\n",
        held="extends: b.yaml\n",
        b="cluster: b\n",
    )

    documents = load(folder)

    assert [document.value["cluster"] for document in documents.documents if document.standing] == ["a", "b"]
    assert said(documents) == []


def test_a_configs_file_is_not_read_as_a_manifest(folder):
    write(folder, a="configs: {x: {file: grafana.yaml}}\n", grafana="- not: a manifest\n- no\n- a: !x b\n")

    documents = load(folder)

    assert (said(documents), documents.complete) == ([], True)
    assert len(documents.documents) == 1


def test_a_base_is_read_but_declares_nothing_alone(folder):
    write(folder, a="extends: b.yaml\n", b="extends: c/_d.yaml\n", c___d="stack: x\n")

    documents = load(folder)

    assert said(documents) == []
    assert [
        (Path(document.key[0]).relative_to(folder).as_posix(), document.standing) for document in documents.documents
    ] == [
        ("a.yaml", True), ("b.yaml", False), ("c/_d.yaml", False),
    ]  # fmt: skip
    assert documents.documents[0].extends == documents.documents[1].key


@pytest.mark.parametrize(
    "name, expected",
    [
        ("nope.yaml", "'nope.yaml' is not a file"),
        ("a" * 5000, f"'{'a' * 5000}' is not a file"),
        (".", "'.' is not a file"),
        ("/etc/passwd", "'/etc/passwd' lies outside the root {folder}"),
        ("/proc/self/environ", "'/proc/self/environ' lies outside the root {folder}"),
        (".git/config", "'.git/config' lies inside .git, which is never read"),
    ],
)
def test_an_invalid_base_is_reported(folder, name, expected):
    write(folder, a=f"extends: {name}\n")

    documents = load(folder)

    assert said(documents) == [f"a.yaml:1:1: {expected.format(folder=folder.as_posix())} [extends]"]
    assert not documents.complete


def test_extending_a_file_of_several_documents_is_an_error(folder):
    write(folder, a="extends: _b.yaml\n", _b="stack: a\n---\nstack: b\n")

    assert said(load(folder)) == [
        "a.yaml:1:1: extends needs a file with one document; this one has 2 [extends]"
    ]


def test_a_manifest_that_another_file_extends_or_names_is_noted(folder):
    write(
        folder,
        a="cluster: a\n",
        b="extends: a.yaml\ncluster: b\n",
        c="cluster: c\n",
        d="cluster: d\nconfigs: {x: {file: c.yaml}}\n",
    )

    documents = load(folder)

    message = (
        "another file extends or names this file, so it is not applied on its own: its cluster is ignored"
    )
    assert said(documents) == [f"a.yaml:1:1: {message} [extends]", f"c.yaml:1:1: {message} [extends]"]
    assert {diagnostic.severity for diagnostic in documents.diagnostics} == {"warning"}
    assert documents.complete


def test_a_cycle_of_extends_is_reported(folder):
    write(folder, a="extends: b.yaml\n", b="extends: c.yaml\n", c="extends: b.yaml\n", d="extends: d.yaml\n")

    documents = load(folder)

    assert said(documents) == [
        "b.yaml:1:1: extends forms a cycle: b.yaml → c.yaml → b.yaml [extends]",
        "d.yaml:1:1: extends forms a cycle: d.yaml → d.yaml [extends]",
    ]
    assert not documents.complete


def test_a_chain_of_extends_may_be_long(folder):
    for number in range(1500):
        (folder / f"_{number}.yaml").write_text(f"extends: _{number + 1}.yaml\n", encoding="utf-8")
    (folder / "_1500.yaml").write_text("stack: end\n", encoding="utf-8")
    write(folder, a="cluster: c\nextends: _0.yaml\nservices: {a: {image: 'x:1'}}\n")

    documents = load(folder)
    ((desired,), problems) = assemble(documents)

    assert (said(documents), problems, desired.stack) == ([], (), "end")


FIELDS = """cluster stack services secrets configs volumes nodes webhooks removed released extends company image file
env age data external url hosts mounts environment_variables name depends_on lifecycle prevent_destroy key value source
target mode a a:/b a.yaml << ${A} ${X} $${ x-y port replicas placement_constraints node.id==a {{"""


words = st.sampled_from(FIELDS.split())


values = st.recursive(
    words | st.none() | st.booleans() | st.integers(-1, 2**40) | st.floats(allow_nan=False, width=16),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=25,
)


@anything
@given(st.lists(st.dictionaries(words, values, max_size=6), min_size=1, max_size=3))
def test_any_structure_gives_only_diagnostics(folder, documents):
    import json

    (folder / "a.yaml").write_text(
        "\n---\n".join(json.dumps(document) for document in documents), encoding="utf-8"
    )

    everything(folder)
