"""Files to documents: every mistake is a diagnostic with its place, and no content raises."""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.checks import check, check_schema
from reconciler.loading import assemble, read
from reconciler.loading.files import MAX_MANIFEST
from reconciler.loading.opened_files import MOST_SHOWN


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current directory, empty and its own root."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder, **files):
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".yaml")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def load(path, root=None, variables=None, **environment):
    return read(path, root=root or path, variables=variables or {}, environment=environment)


def said(documents):
    return [f"{one.location}: {one.message} [{one.check}]" for one in documents.diagnostics]


def test_a_document_knows_its_places(folder):
    write(folder, a="cluster: production\nservices:\n  web:\n    hosts: [x, y]\n")

    documents = load(folder)

    (one,) = documents.documents
    assert one.value == {"cluster": "production", "services": {"web": {"hosts": ["x", "y"]}}}
    assert str(one.marks(("services", "web", "hosts", 1))) == "a.yaml:4:16"
    assert str(one.marks(("services", "web", "hosts", 5))) == "a.yaml:4:5"
    assert str(one.marks(("services", "web", "image"))) == "a.yaml:3:3"
    assert str(one.marks(("services", "web", "hosts", "x", 1))) == "a.yaml:4:5"
    assert str(one.marks(())) == "a.yaml:1:1"
    assert documents.complete


def test_several_documents_and_files_are_read_in_order(folder):
    write(folder, b="cluster: b1\n---\n# nothing\n---\ncluster: b2\n", a="cluster: a\n", c__d="cluster: d\n")

    assert [one.value["cluster"] for one in load(folder).documents] == ["a", "b1", "b2", "d"]


def test_a_byte_order_mark_is_no_part_of_the_text(folder):
    (folder / "a.yaml").write_bytes(b"\xef\xbb\xbfcluster: a\n")

    assert load(folder).documents[0].value == {"cluster": "a"}


@pytest.mark.parametrize(
    "content, expected",
    [
        (b"\xff\xfec\x00", "a.yaml:1:1: 'a.yaml' is not UTF-8 text (at byte 1) [file]"),
        (b"a\0b", "a.yaml:1:1: 'a.yaml' holds a NUL byte, so it is not text [file]"),
        (b"- a", "a.yaml:1:1: not a manifest: it seems to be a list [yaml]"),
        (b"cluster: a\n---\n  text", "a.yaml:3:3: a manifest is a map [yaml]"),
        (b"", "{folder}:1:1: no manifest here [file]"),
        (b"# only a comment\n---\n", "{folder}:1:1: no manifest here [file]"),
    ],
)
def test_what_is_no_manifest_is_told(folder, content, expected):
    (folder / "a.yaml").write_bytes(content)

    documents = load(folder)

    assert said(documents) == [expected.format(folder=folder)]
    assert not documents.complete


def test_a_file_of_50_mb_is_told_without_reading_it(folder):
    with (folder / "a.yaml").open("wb") as file:
        file.truncate(50_000_000)

    assert said(load(folder)) == [f"a.yaml:1:1: 'a.yaml' is larger than {MAX_MANIFEST:,} bytes [file]"]


def test_a_pipe_is_told_and_not_waited_for(folder):
    os.mkfifo(folder / "a.yaml")

    assert said(load(folder)) == ["a.yaml:1:1: 'a.yaml' is not a regular file [file]"]


def test_a_path_that_is_not_there_is_told(folder):
    documents = read(folder / "nope", variables={}, environment={})

    assert said(documents) == ["nope:1:1: 'nope' does not exist [file]"]
    assert not documents.complete


def test_every_problem_of_every_file_is_told(folder):
    write(folder, a="stack: no\ncluster: 0400\nstack: 1\n", b="c: [\n", c="cluster: ${X}\n")

    assert [f"{one.location}: {one.check}" for one in load(folder).diagnostics] == [
        "a.yaml:1:8: yaml", "a.yaml:2:10: yaml", "a.yaml:3:1: yaml", "b.yaml:2:1: yaml", "c.yaml:1:1: variable",
    ]  # fmt: skip


def test_variables_come_from_the_command_line_and_from_names_set_aside(folder):
    write(folder, a="cluster: ${A}-${B}-${C:-c}\n")

    documents = load(
        folder,
        None,
        {"A": "a"},
        RECONCILER_VAR_A="no",
        RECONCILER_VAR_B="b",
        C="no",
        RECONCILER_SECRET_C="no",
    )

    assert documents.documents[0].value == {"cluster": "a-b-c"}


def test_one_base_serves_three_environments_with_the_tag_of_each(folder):
    write(
        folder,
        _base="vars: {DOMAIN: example.com}\nservices: {web: {image: 'web:${TAG}', hosts: ['${HOST}.${DOMAIN}']}}\n",
        a="cluster: a\nextends: _base.yaml\nvars: {TAG: '1.0', HOST: a}\n",
        b="cluster: b\nextends: _base.yaml\nvars: {TAG: 2, HOST: b, DOMAIN: example.org}\n",
        c="cluster: c\nextends: a.yaml\n",
        d="cluster: d\nextends: _base.yaml\nvars: {TAG: '1.0', HOST: a}\n",
    )

    documents = load(folder)
    desired, _ = assemble(documents)

    assert [one for one in said(documents) if "variable" in one] == []
    assert {one.cluster: one.manifests["service", "web"].spec for one in desired} == {
        "b": {"image": "web:2", "hosts": ["b.example.org"]},
        "c": {"image": "web:1.0", "hosts": ["a.example.com"]},
        "d": {"image": "web:1.0", "hosts": ["a.example.com"]},
    }
    places = [str(one.manifests["service", "web"].marks(("image",))) for one in desired]
    assert places == ["_base.yaml:2:18"] * 3


def test_the_command_line_wins_over_vars_and_vars_over_the_environment(folder):
    write(folder, a="cluster: c\nvars: {A: doc, B: doc}\nservices: {a: {image: '${A}-${B}-${C}'}}\n")

    documents = load(
        folder, None, {"A": "line"}, RECONCILER_VAR_A="env", RECONCILER_VAR_B="env", RECONCILER_VAR_C="env"
    )

    assert documents.documents[0].value["services"]["a"]["image"] == "line-doc-env"


def test_vars_may_use_variables_from_outside_and_not_those_beside_them(folder):
    write(folder, a="cluster: c\nvars: {A: 'x${OUT}', B: '${A}'}\nservices: {a: {image: '${A}'}}\n")

    documents = load(folder, RECONCILER_VAR_OUT="1")

    assert documents.documents[0].value["services"]["a"]["image"] == "x1"
    assert said(documents) == [
        "a.yaml:2:22: B uses A, which is under vars too; variables under vars can't use each other [variable]"
    ]


@pytest.mark.parametrize("value", ["${OUT}.example.com", "${OUT", "${A}"])
def test_a_variable_under_vars_that_cannot_be_filled_in_is_one_error_wherever_it_is_used(folder, value):
    web = "services: {web: {image: x, hosts: ['${HOST}'], port: '${HOST}'}}\n"
    write(folder, _b=web, a=f"cluster: c\nextends: _b.yaml\nvars: {{A: 1, HOST: '{value}'}}\n")

    documents = load(folder)
    checked, shape = check_schema(documents)
    desired, problems = assemble(checked)
    found = (*documents.diagnostics, *shape, *problems, *check(desired))
    assert [one.location.path for one in found if one.severity == "error"] == ["a.yaml"]


def test_null_takes_back_a_variable_of_a_base(folder):
    write(
        folder,
        _b="vars: {A: 1}\nservices: {a: {image: 'x:${A}'}}\n",
        a="cluster: c\nextends: _b.yaml\nvars: {A: }\n",
    )

    assert said(load(folder)) == ["_b.yaml:2:16: the variable A has no value [variable]"]


def test_two_stacks_that_use_one_name_do_not_meet(folder):
    write(
        folder,
        a="cluster: c\nstack: a\nvars: {DOMAIN: a.example}\nservices: {a: {image: x, hosts: ['${DOMAIN}']}}\n",
        b="cluster: c\nstack: b\nvars: {DOMAIN: b.example}\nservices: {b: {image: x, hosts: ['${DOMAIN}']}}\n",
    )

    first, second = load(folder).documents

    assert first.value["services"]["a"]["hosts"] == ["a.example"]
    assert second.value["services"]["b"]["hosts"] == ["b.example"]


def test_a_base_is_chosen_by_a_variable_of_the_document(folder):
    write(folder, a="cluster: c\nvars: {B: _b}\nextends: ${B}.yaml\n", _b="stack: s\n")

    assert assemble(load(folder))[0][0].stack == "s"


def test_a_variable_without_a_value_is_one_error_however_often_it_is_used(folder):
    write(
        folder,
        a="cluster: c\nservices: {a: {image: 'x:${X}', replicas: '${X}', secrets: [{name: s, mode: '${X}'}]}}\n",
        b="cluster: d\nservices: {a: {image: '${X}/${Y}'}}\n",
    )

    documents = load(folder)
    checked, shape = check_schema(documents)
    desired, problems = assemble(checked)

    assert said(documents) == [
        "a.yaml:2:16: the variable X has no value; it is used in 4 places [variable]",
        "b.yaml:2:16: the variable Y has no value [variable]",
    ]
    assert [one.message for one in (*shape, *problems, *check(desired)) if one.severity == "error"] == []


@pytest.mark.parametrize(
    "text, kind",
    [
        (
            "name: CI\non: [push]\njobs: {a: {steps: [{run: '${{ x }}', if: no}]}}\n",
            "a workflow of GitHub Actions",
        ),
        ("services: {web: {image: x, ports: ['80:80']}}\n", "a Docker Compose file"),
        ("version: '3.8'\nservices: {web: {image: x}}\nnetworks: {a: {}}\n", "a Docker Compose file"),
        ("apiVersion: v1\nkind: Pod\n---\napiVersion: v1\nkind: Secret\n", "a Kubernetes object"),
        ("- hosts: all\n  tasks: []\n", "a list"),
        ("hello\n", "plain text"),
        ("title: x\nmode: 0400\nday: 2024-01-01\n", "something else"),
    ],
)
def test_a_file_that_is_no_manifest_gets_one_error(folder, text, kind):
    write(folder, a=text, b="cluster: b\n")

    documents = load(folder)

    assert said(documents) == [f"a.yaml:1:1: not a manifest: it seems to be {kind} [yaml]"]
    assert not documents.complete
    assert [one.value for one in documents.documents] == [{"cluster": "b"}]


@pytest.mark.parametrize(
    "text",
    [
        "clutser: c\nservces: {}\n",
        "cluster: c\nversion: 3\nservices: {web: {ports: [80]}}\n",
        "services: {web: {image: x}}\n",
        "webhooks: {w: {url: 'https://x'}}\nname: x\n",
        "x-note: {}\n",
    ],
)
def test_a_manifest_with_mistakes_is_still_one(folder, text):
    write(folder, a=text)

    assert len(load(folder).documents) == 1


def test_a_base_that_only_a_file_of_a_config_extends_stands_on_its_own(folder):
    write(
        folder,
        a="cluster: a\nconfigs: {x: {file: held.yaml}}\n",
        held="extends: b.yaml\n",
        b="cluster: b\n",
    )

    documents = load(folder)

    assert [one.value["cluster"] for one in documents.documents if one.standing] == ["a", "b"]
    assert said(documents) == []


def test_what_a_variable_spoils_is_set_aside(folder):
    write(folder, a="cluster: c\nservices: {a: {image: '${X}'}, b: {image: x}}\n")

    documents = load(folder)

    assert documents.documents[0].invalid == {("services", "a", "image")}
    assert documents.complete


def test_a_field_of_the_whole_that_a_variable_spoils_spoils_the_whole(folder):
    write(folder, a="cluster: ${X}\n")

    assert not load(folder).complete


def test_a_file_full_of_errors_shows_the_first(folder):
    write(folder, a="cluster: c\nservices: {a: {hosts: [" + ", ".join(["'${'"] * 1000) + "]}}\n")

    assert len(load(folder).diagnostics) == MOST_SHOWN


def test_contents_are_read_relative_to_their_own_file(folder):
    write(folder, c__a="configs: {x: {file: ../x.txt}, y: {file: nope}}\n")
    (folder / "x.txt").write_text("content\n")

    documents = load(folder)

    assert documents.documents[0].contents == {("configs", "x"): {"data": "content\n"}}
    assert said(documents) == ["c/a.yaml:1:36: 'nope' does not exist [source]"]


def test_a_file_that_a_config_holds_is_no_manifest(folder):
    write(folder, a="configs: {x: {file: grafana.yaml}}\n", grafana="- not: a manifest\n- no\n- a: !x b\n")

    documents = load(folder)

    assert (said(documents), documents.complete) == ([], True)
    assert len(documents.documents) == 1


def test_what_is_extended_is_read_and_does_not_stand_alone(folder):
    write(folder, a="extends: b.yaml\n", b="extends: c/_d.yaml\n", c___d="stack: x\n")

    documents = load(folder)

    assert said(documents) == []
    assert [(os.path.relpath(one.key[0], folder), one.standing) for one in documents.documents] == [
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
def test_what_can_not_be_extended_is_told(folder, name, expected):
    write(folder, a=f"extends: {name}\n")

    documents = load(folder)

    assert said(documents) == [f"a.yaml:1:1: {expected.format(folder=folder)} [extends]"]
    assert not documents.complete


def test_extending_a_file_of_several_documents_is_told(folder):
    write(folder, a="extends: _b.yaml\n", _b="stack: a\n---\nstack: b\n")

    assert said(load(folder)) == [
        "a.yaml:1:1: extends needs a file with one document; this one has 2 [extends]"
    ]


def test_a_manifest_that_another_extends_or_holds_is_told_to_stand_no_more(folder):
    write(
        folder,
        a="cluster: a\n",
        b="extends: a.yaml\ncluster: b\n",
        c="cluster: c\n",
        d="cluster: d\nconfigs: {x: {file: c.yaml}}\n",
    )

    documents = load(folder)

    message = (
        "another file extends or names this file, so it is not applied by itself: its cluster is ignored"
    )
    assert said(documents) == [f"a.yaml:1:1: {message} [extends]", f"c.yaml:1:1: {message} [extends]"]
    assert {one.severity for one in documents.diagnostics} == {"warning"}
    assert documents.complete


def test_a_circle_is_told(folder):
    write(folder, a="extends: b.yaml\n", b="extends: c.yaml\n", c="extends: b.yaml\n", d="extends: d.yaml\n")

    documents = load(folder)

    assert said(documents) == [
        "b.yaml:1:1: extends forms a cycle: b.yaml → c.yaml → b.yaml [extends]",
        "d.yaml:1:1: extends forms a cycle: d.yaml → d.yaml [extends]",
    ]
    assert not documents.complete


def test_a_chain_may_be_long(folder):
    for number in range(1500):
        (folder / f"_{number}.yaml").write_text(f"extends: _{number + 1}.yaml\n")
    (folder / "_1500.yaml").write_text("stack: end\n")
    write(folder, a="cluster: c\nextends: _0.yaml\nservices: {a: {image: 'x:1'}}\n")

    documents = load(folder)
    ((desired,), problems) = assemble(documents)

    assert (said(documents), problems, desired.stack) == ([], (), "end")


def test_a_file_that_many_entries_name_is_read_once(folder):
    write(folder, a="configs:\n" + "".join(f"  c{number}: {{file: x.txt}}\n" for number in range(100)))
    (folder / "x.txt").write_text("x" * 1000)

    contents = load(folder).documents[0].contents

    assert len(contents) == 100
    assert len({id(one["data"]) for one in contents.values()}) == 1


def test_a_secret_s_value_is_in_no_representation(folder):
    write(folder, a="secrets: {s: {env: A}}\nwebhooks: {w: {url: 5}}\n")

    documents = load(folder, RECONCILER_SECRET_A="correct-horse-battery")

    assert "correct-horse-battery" not in repr(documents)


def everything(path):
    documents = read(
        path, root=path, variables={"A": "1", "B": "x"}, environment={"RECONCILER_SECRET_A": "x"}
    )
    checked, shape = check_schema(documents)
    desired, joining = assemble(checked)
    found = (*documents.diagnostics, *shape, *joining, *check(desired))
    assert all(str(one.location) and one.message for one in found)
    return desired, found


anything = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@anything
@given(st.binary())
def test_any_bytes_give_diagnostics(folder, content):
    (folder / "a.yaml").write_bytes(content)

    desired, found = everything(folder)

    assert desired or found


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
def test_any_structure_gives_diagnostics(folder, documents):
    import json

    (folder / "a.yaml").write_text("\n---\n".join(json.dumps(one) for one in documents))

    everything(folder)
