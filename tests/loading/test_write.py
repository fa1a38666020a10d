"""Written manifests load unchanged, and text from a cluster cannot break out of its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.loading.interpolate import expand, interpolate
from reconciler.loading.parse import parse
from reconciler.loading.write import comment, decimal, escaped, is_writable, manifest_file, manifest_text

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
tricky = st.sampled_from(
    ["yes", "NO", "~", "", "0400", "1e3", "1_000", "0o17", "2.10", "2024-01-01", "1:30", "<<", "=", "- a", "a: b",
     "a #b", "&a", "*a", "!a", "%a", "@a", "`a", "{a", "[a", "'", '"', "\\", "\t", "\r\n", "\n", " a ", "\x85",
     "\u2028", "\ufeff", "\u202e", "\0", "😀", "${A}", "$${A}", "${", "$${A:-${B}}", "${A:-x$${B}y}", "$$", "$${"]
)  # fmt: skip
strings = text | tricky | st.builds("".join, st.lists(tricky, max_size=4))
scalars = (
    strings
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False).filter(is_writable)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(strings, inner, max_size=4),
    max_leaves=12,
)


def loaded(written):
    parsed = parse(written)
    assert not parsed.problems, (written, parsed.problems)
    (value,) = parsed.values

    def report(path, message, hint):
        raise AssertionError((path, message))

    return interpolate(value, parsed.places, {}, report)


def refuse(message, hint):
    raise AssertionError(message)


@given(strings)
def test_an_escaped_text_is_expanded_to_itself(original):
    assert expand(escaped(original), {}, refuse) == original


@given(st.dictionaries(strings, values, max_size=4), strings)
def test_written_manifests_load_unchanged(entries, note):
    sections = {"services": entries} if entries else {}

    written = manifest_text(
        {"cluster": "production"}, sections, head=[note], notes={("services",): [note], ("webhooks",): [note]}
    )

    assert loaded(written) == {"cluster": "production", **sections}


@given(strings)
def test_a_configs_content_is_written_unchanged_and_not_interpolated(content):
    configs = {"nginx": {"data": content}, "other": {"data": content}}

    assert loaded(manifest_text({"cluster": "a"}, {"configs": configs, "volumes": {"data": {}}})) == {
        "cluster": "a",
        "configs": configs,
        "volumes": {"data": {}},
    }


@given(strings)
def test_a_comment_stays_a_comment(note):
    lines = comment(note).splitlines()

    assert all(line.startswith("# ") and line.isprintable() for line in lines)
    assert parse(comment(note)).values == []


def test_the_written_text_is_readable():
    written = manifest_text(
        {"cluster": "production"},
        {
            "configs": {"site": {"data": "a\n  b\n"}, "shared": {"external": True}},
            "services": {
                "api": {
                    "image": "nginx:1.27",
                    "replicas": 2,
                    "hosts": ["a.example.com"],
                    "secrets": ["key", {"name": "cert", "mode": "0400"}],
                    "environment_variables": {"LOG": "on", "MODE": "plain"},
                }
            },
        },
        head=["From the cluster."],
        notes={("services", "api"): ["As it is."]},
    )

    assert (
        written
        == """\
# From the cluster.

cluster: production

configs:
  site:
    data: |
      a
        b
  shared: {external: true}

services:
  # As it is.
  api:
    image: nginx:1.27
    replicas: 2
    hosts: [a.example.com]
    secrets:
    - key
    - {name: cert, mode: "0400"}
    environment_variables:
      LOG: "on"
      MODE: plain
"""
    )


@pytest.mark.parametrize("value, shown", [(0.25, "0.25"), (1.0, "1.0"), (1e-07, "0.0000001")])
def test_a_ratio_is_written_as_a_plain_decimal(value, shown):
    assert decimal(value) == shown


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 1e-30, "\ud800", {"a": ["\ud800"]}, 10**30, b""]
)
def test_unwritable_values_are_detected_beforehand(value):
    assert not is_writable(value)


@pytest.mark.parametrize(
    "name, file",
    [
        ("production", "production"),
        ("Clinic, West", "Clinic-West"),
        ("../../etc/passwd", "etc-passwd"),
        ("\u202e..", "cluster"),
        ("CON", "manifest-CON"),
        ("aux.west", "manifest-aux.west"),
        ("console", "console"),
    ],
)
def test_a_manifest_has_a_file_name_that_every_system_accepts(name, file):
    assert manifest_file(name, instead="cluster") == file
