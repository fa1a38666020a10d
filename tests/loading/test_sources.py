"""Contents of secrets and configs are read unchanged, from files inside the root or from prefixed variables."""

import sys

import pyrage
import pytest

from reconciler.loading.budget import Budget
from reconciler.loading.sources import ARMOR, IDENTITY, SourceReader
from reconciler.model import Sensitive
from reconciler.pipeline.manifests import NOT_RECORDED, load

VALUE = "correct-horse-battery"


@pytest.fixture
def find(tmp_path):
    """The contents of a document in ``tmp_path``, and the problems with them."""

    def found(value, **environment):
        said = []
        sources = SourceReader(tmp_path, environment, Budget())
        contents = sources.contents(value, tmp_path, lambda *problem: said.append(problem))
        assert VALUE not in repr((contents, said))
        return contents, said

    return found


def secret(find, entry, **environment):
    contents, said = find({"secrets": {"s": entry}}, **environment)
    assert said == []
    return contents["secrets", "s"]


def problem(find, section, entry, **environment):
    contents, ((path, message, hint),) = find({section: {"s": entry}}, **environment)
    assert contents == {}
    return path, message, hint


def test_a_secret_is_read_from_a_variable_with_the_secret_prefix(find):
    spec = secret(find, {"env": "PASSWORD"}, RECONCILER_SECRET_PASSWORD=VALUE, PASSWORD="x")

    assert spec == {"data": Sensitive(VALUE), "source": "env:RECONCILER_SECRET_PASSWORD"}


@pytest.mark.parametrize("environment", [{}, {"PASSWORD": VALUE}, {"RECONCILER_SECRET_PASSWORD": ""}])
def test_an_unset_or_empty_variable_is_a_missing_value(find, environment):
    assert secret(find, {"env": "PASSWORD"}, **environment) == {
        "data": None,
        "source": "env:RECONCILER_SECRET_PASSWORD",
    }


@pytest.mark.parametrize("content", [b"x", b"x\n", b"\n", b" x\r\n\n", "é".encode()])
def test_a_file_s_bytes_are_kept_unchanged(find, tmp_path, content):
    (tmp_path / "value").write_bytes(content)

    contents, said = find({"secrets": {"s": {"file": "value"}}, "configs": {"c": {"file": "value"}}})

    assert said == []
    assert contents["secrets", "s"]["data"].reveal().encode() == content
    assert contents["configs", "c"]["data"].encode() == content


def test_a_configs_data_can_be_in_the_manifest(find):
    contents, said = find({"configs": {"c": {"data": "${A}\n"}}})

    assert (contents, said) == ({("configs", "c"): {"data": "${A}\n"}}, [])


def test_an_external_object_has_no_value(find):
    contents, said = find({"configs": {"c": {"external": True}}, "secrets": {"s": {"external": True}}})

    assert said == []
    assert set(map(str, contents.values())) == {"{'external': True}"}


def test_null_or_false_is_not_a_source(find):
    contents, said = find({"secrets": {"s": {"env": None, "external": False, "lifecycle": {}}}})

    assert (contents, said) == ({}, [])


def test_a_value_with_two_sources_is_an_error(find):
    path, message, _ = problem(find, "secrets", {"env": "A", "file": "a"})

    assert (path, message) == (("secrets", "s"), "'s' has 2 sources: env, file")


@pytest.mark.parametrize(
    "section, size, fits",
    [
        ("secrets", 511_999, True),
        ("secrets", 512_000, False),
        ("configs", 1_023_999, True),
        ("configs", 1_024_000, False),
    ],
)
def test_dockers_size_limits_are_checked_while_loading(find, tmp_path, section, size, fits):
    (tmp_path / "value").write_bytes(b"x" * size)

    contents, said = find({section: {"s": {"file": "value"}}})

    assert (bool(contents), bool(said)) == (fits, not fits)


def test_limits_count_bytes_not_characters(find):
    assert "has 512,000 bytes" in problem(find, "secrets", {"env": "A"}, RECONCILER_SECRET_A="é" * 256_000)[1]
    assert "has 1,024,000 bytes" in problem(find, "configs", {"data": "é" * 512_000})[1]


@pytest.mark.parametrize(
    "content, said", [(b"", "is empty"), (b"\xff" * 9, "not UTF-8 text"), (b"a\0b", "NUL")]
)
def test_a_binary_file_is_refused(find, tmp_path, content, said):
    (tmp_path / "value").write_bytes(content)

    for section in ("secrets", "configs"):
        path, message, _ = problem(find, section, {"file": "value"})
        assert path == (section, "s", "file")
        assert said in message


def test_a_binary_environment_variable_is_refused(find):
    assert "not UTF-8" in problem(find, "secrets", {"env": "A"}, RECONCILER_SECRET_A="\udcff")[1]


@pytest.mark.parametrize("name", ["nope", "../x", "/etc/passwd", ".git/config", "a\0b", "."])
def test_a_file_that_must_not_be_read_is_identified_by_its_name(find, name):
    path, message, _ = problem(find, "secrets", {"file": name})

    assert path == ("secrets", "s", "file")
    assert message.startswith(repr(name))


def test_encrypted_text_is_decrypted_with_the_available_identity(find):
    identity = pyrage.x25519.Identity.generate()
    sealed = pyrage.encrypt(f"{VALUE}\n".encode(), [identity.to_public()], armored=True).decode()
    keys = f"# created: today\n\n{identity}\n"

    assert secret(find, {"age": sealed}, **{IDENTITY: keys}) == {
        "sealed": sealed,
        "data": Sensitive(f"{VALUE}\n"),
        "source": f"age:{IDENTITY}",
    }
    assert secret(find, {"age": sealed}) == {
        "sealed": sealed,
        "data": None,
        "source": f"age:{IDENTITY}",
    }


def test_encrypted_text_that_can_not_be_decrypted_is_reported_without_it(find):
    mine, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    sealed = pyrage.encrypt(VALUE.encode(), [other.to_public()], armored=True).decode()

    assert "cannot be decrypted" in problem(find, "secrets", {"age": sealed}, **{IDENTITY: str(mine)})[1]
    for identity in (VALUE, f"{mine}\udcff"):
        assert "not an age identity" in problem(find, "secrets", {"age": sealed}, **{IDENTITY: identity})[1]
    assert "is not an age-encrypted file" in problem(find, "secrets", {"age": VALUE})[1]
    assert (
        "cannot be decrypted" in problem(find, "secrets", {"age": sealed[:90]}, **{IDENTITY: str(other)})[1]
    )


def test_encrypted_text_needs_its_library(find, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyrage", None)

    _, message, hint = problem(find, "secrets", {"age": ARMOR}, **{IDENTITY: "x"})
    assert (message, hint) == (
        "the text under age cannot be decrypted: the library pyrage is not installed",
        "pip install pyrage",
    )


@pytest.mark.parametrize(
    "value",
    [
        {}, {"secrets": None}, {"secrets": []}, {"secrets": {"s": None}}, {"secrets": {"s": "x"}},
        {"secrets": {"s": {"env": 5}}}, {"configs": {"c": {"data": ["x"]}}}, {"configs": {"c": {"file": {}}}},
        {"secrets": {"s": {"env": []}}}, {"configs": {"c": {"data": 3.5}}},
    ],
)  # fmt: skip
def test_invalid_entries_are_skipped(find, value):
    assert find(value) == ({}, [])


@pytest.mark.parametrize("entry", [{"external": "yes"}, {"env": True}, {"age": True}, {"file": True}])
def test_a_source_of_the_wrong_type_is_reported_by_the_schema(find, entry):
    contents, said = find({"secrets": {"s": entry}})

    assert said == []
    assert contents in ({}, {("secrets", "s"): {"external": True}})


SECRET = "cluster: production\nsecrets: {s: {env: S}}\n"
WEBHOOK = "webhooks: {out: {url: {env: S}}}\n"


@pytest.mark.parametrize(
    "files",
    [
        {"a.yaml": SECRET + WEBHOOK},
        {"a.yaml": SECRET, "b.yaml": f"cluster: production\nstack: other\n{WEBHOOK}"},
        {"a.yaml": f"{SECRET}---\n{WEBHOOK}"},
        {"_base.yaml": SECRET, "a.yaml": f"extends: _base.yaml\n{WEBHOOK}"},
        {"a.yaml": SECRET, "b.yaml": "webhooks: {out: {url: {env: '${N}'}}}\n"},
    ],
    ids=["one document", "another stack", "company-wide", "what it extends", "by a variable"],
)
def test_a_secrets_value_can_not_be_a_webhooks_url(tmp_path, files):
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    environment = {"RECONCILER_SECRET_S": f"https://{VALUE}.example"}

    loaded = load(tmp_path, root=None, variables={"N": "S"}, environment=environment, sources=NOT_RECORDED)

    (only,) = [diagnostic for diagnostic in loaded.diagnostics if diagnostic.severity == "error"]
    assert "RECONCILER_SECRET_S is the value of a secret" in only.message
    assert VALUE not in str(loaded.diagnostics)
