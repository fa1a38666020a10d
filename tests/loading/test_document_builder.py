"""Building a document from its parsed form."""

from tests.loading.manifests import load, said, write


def test_a_part_with_a_failed_variable_is_left_out(folder):
    write(folder, a="cluster: c\nservices: {a: {image: '${X}'}, b: {image: x}}\n")

    documents = load(folder)

    assert documents.documents[0].invalid == {("services", "a", "image")}
    assert documents.complete


def test_a_failed_variable_in_a_top_level_field_invalidates_the_document(folder):
    write(folder, a="cluster: ${X}\n")

    assert not load(folder).complete


def test_contents_are_read_relative_to_their_own_file(folder):
    write(folder, c__a="configs: {x: {file: ../x.txt}, y: {file: nope}}\n")
    (folder / "x.txt").write_bytes(b"content\n")

    documents = load(folder)

    assert documents.documents[0].contents == {("configs", "x"): {"data": "content\n"}}
    assert said(documents) == ["c/a.yaml:1:36: 'nope' does not exist [source]"]


def test_a_secrets_value_is_in_no_repr(folder):
    write(folder, a="secrets: {s: {env: A}}\nwebhooks: {w: {url: 5}}\n")

    documents = load(folder, RECONCILER_SECRET_A="correct-horse-battery")

    assert "correct-horse-battery" not in repr(documents)
