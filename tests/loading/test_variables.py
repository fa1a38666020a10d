"""The sources of variables' values."""

import pytest

from reconciler.checks import check, check_schema
from reconciler.loading import assemble
from tests.loading.manifests import load, said, write


def test_variables_come_from_the_command_line_and_prefixed_environment(folder):
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

    assert [message for message in said(documents) if "variable" in message] == []
    assert {stack.cluster: stack.manifests["service", "web"].spec for stack in desired} == {
        "b": {"image": "web:2", "hosts": ["b.example.org"]},
        "c": {"image": "web:1.0", "hosts": ["a.example.com"]},
        "d": {"image": "web:1.0", "hosts": ["a.example.com"]},
    }
    places = [str(stack.manifests["service", "web"].marks(("image",))) for stack in desired]
    assert places == ["_base.yaml:2:18"] * 3


def test_the_command_line_wins_over_vars_and_vars_over_the_environment(folder):
    write(folder, a="cluster: c\nvars: {A: doc, B: doc}\nservices: {a: {image: '${A}-${B}-${C}'}}\n")

    documents = load(
        folder, None, {"A": "line"}, RECONCILER_VAR_A="env", RECONCILER_VAR_B="env", RECONCILER_VAR_C="env"
    )

    assert documents.documents[0].value["services"]["a"]["image"] == "line-doc-env"


def test_vars_may_use_given_variables_but_not_each_other(folder):
    write(folder, a="cluster: c\nvars: {A: 'x${OUT}', B: '${A}'}\nservices: {a: {image: '${A}'}}\n")

    documents = load(folder, RECONCILER_VAR_OUT="1")

    assert documents.documents[0].value["services"]["a"]["image"] == "x1"
    assert said(documents) == [
        "a.yaml:2:22: B uses A, which is under vars too; variables under vars cannot use each other [variable]"
    ]


@pytest.mark.parametrize("value", ["${OUT}.example.com", "${OUT", "${A}"])
def test_a_failed_variable_under_vars_is_one_error(folder, value):
    web = "services: {web: {image: x, hosts: ['${HOST}'], port: '${HOST}'}}\n"
    write(folder, _b=web, a=f"cluster: c\nextends: _b.yaml\nvars: {{A: 1, HOST: '{value}'}}\n")

    documents = load(folder)
    checked, shape = check_schema(documents)
    desired, problems = assemble(checked)
    found = (*documents.diagnostics, *shape, *problems, *check(desired))
    assert [diagnostic.location.path for diagnostic in found if diagnostic.severity == "error"] == ["a.yaml"]


def test_null_removes_a_variable_of_a_base(folder):
    write(
        folder,
        _b="vars: {A: 1}\nservices: {a: {image: 'x:${A}'}}\n",
        a="cluster: c\nextends: _b.yaml\nvars: {A: }\n",
    )

    assert said(load(folder)) == ["_b.yaml:2:16: the variable A has no value [variable]"]


def test_variables_of_two_stacks_with_the_same_name_are_separate(folder):
    write(
        folder,
        a="cluster: c\nstack: a\nvars: {DOMAIN: a.example}\nservices: {a: {image: x, hosts: ['${DOMAIN}']}}\n",
        b="cluster: c\nstack: b\nvars: {DOMAIN: b.example}\nservices: {b: {image: x, hosts: ['${DOMAIN}']}}\n",
    )

    first, second = load(folder).documents

    assert first.value["services"]["a"]["hosts"] == ["a.example"]
    assert second.value["services"]["b"]["hosts"] == ["b.example"]


def test_a_variable_of_the_document_can_choose_its_base(folder):
    write(folder, a="cluster: c\nvars: {B: _b}\nextends: ${B}.yaml\n", _b="stack: s\n")

    assert assemble(load(folder))[0][0].stack == "s"


def test_a_missing_variable_is_one_error_for_all_its_uses(folder):
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
    assert [
        diagnostic.message
        for diagnostic in (*shape, *problems, *check(desired))
        if diagnostic.severity == "error"
    ] == []
