"""Documents become the desired state of each stack."""

import pytest

from reconciler.checks import check_schema
from reconciler.loading import assemble, read
from reconciler.model import COMPANY, Sensitive
from tests.loading.manifests import sound


def test_one_document_is_one_stack(build):
    (desired,) = sound(
        build, "cluster: production\ncompany: Clinic\nstack: s\nnodes: {small: 2}\nvolumes: {v: {}}\n"
    )

    assert (desired.cluster, desired.stack, desired.company) == ("production", "s", "Clinic")
    assert str(desired.location) == "m0.yaml:1:1"
    assert {named: manifest.spec for named, manifest in desired.manifests.items()} == {
        ("node", "small"): {"count": 2}, ("volume", "v"): {},
    }  # fmt: skip
    assert str(desired.manifests["volume", "v"].address) == "production/volume/v"
    assert str(desired.manifests["volume", "v"].location) == "m0.yaml:5:11"


def test_files_of_the_same_cluster_and_stack_merge(build):
    desired = sound(
        build,
        "cluster: c\nvolumes: {a: {}}\nremoved: {volumes: [x]}\n",
        "cluster: c\ncompany: Clinic\nvolumes: {b: {}}\nremoved: {volumes: [y]}\nreleased: {nodes: [n]}\n",
        "cluster: c\nstack: other\nvolumes: {d: {}}\n",
        "cluster: d\nvolumes: {a: {}}\n",
    )

    assert [(stack.cluster, stack.stack) for stack in desired] == [
        ("c", "default"),
        ("c", "other"),
        ("d", "default"),
    ]
    assert desired[0].manifests.keys() == {("volume", "a"), ("volume", "b")}
    assert desired[0].removed.keys() == {("volume", "x"), ("volume", "y")}
    assert str(desired[0].released["node", "n"]) == "m1.yaml:5:20"
    assert desired[0].company == "Clinic"


def test_a_name_in_two_files_is_reported_with_both_places(build):
    _, problems = build("cluster: c\nvolumes: {a: {}}\n", "cluster: c\nvolumes: {a: {}}\n")

    assert problems == [
        "m1.yaml:2:11: error: volume 'a' is declared twice for 'c', stack default; the first is at m0.yaml:2:11"
    ]


def test_a_base_extended_twice_in_a_stack_is_reported(build):
    text = "cluster: c\nextends: _base.yaml\n"
    _, problems = build(text, text, base="volumes: {a: {}}\n")

    assert problems == [
        "m1.yaml:2:1: error: volume 'a' is declared twice for 'c', stack default; the first is at _base.yaml:1:11"
    ]


def test_a_document_without_a_cluster_declares_the_companys_webhooks(build):
    (desired,) = sound(build, "webhooks: {w: {url: 'https://h.example.com'}}\nremoved: {webhooks: [x]}\n")

    assert desired.cluster == COMPANY
    assert desired.manifests["webhook", "w"].spec == {"url": Sensitive("https://h.example.com")}
    assert desired.removed.keys() == {("webhook", "x")}


def test_a_document_without_a_cluster_may_only_rename_the_repository(build):
    (desired,) = sound(build, "moved: {source: github.com/old/name}\n")
    assert (desired.cluster, [move.source for move in desired.moved]) == (COMPANY, ["github.com/old/name"])


def test_a_document_without_a_cluster_can_declare_nothing_else(build):
    desired, problems = build(
        "services: {a: {image: x}}\nremoved: {volumes: [v]}\nvolumes: {}\nconfigs: null\n"
    )

    assert desired == ()
    assert problems == [
        "m0.yaml:1:1: error: cluster is missing, and services, volumes belong to a cluster",
    ]


def test_an_empty_document_is_skipped(build):
    assert sound(build, "x-note: hello\ncompany: Clinic\n", "cluster: c\n")[0].cluster == "c"


def test_a_cluster_cannot_be_called_company(build):
    desired, problems = build("cluster: company\n")

    assert desired == ()
    assert problems[0].startswith("m0.yaml:1:1: error: a cluster cannot be named 'company'")


def test_shorthands_of_docker_compose_are_read(build):
    text = """cluster: c
services:
  a:
    image: x
    command: [serve, --name, "Clinic One", 8080]
    args: ["it's"]
    environment_variables: ["A=1=2", "B="]
    depends_on: {b: {condition: service_healthy}, d: }
    healthcheck_interval: 1m30s
    healthcheck_timeout: "10"
    update_delay: 1h
    update_monitor: 10s
  b: {image: x}
  d: {image: x}
"""
    manifest = sound(build, text)[0].manifests["service", "a"]

    assert manifest.spec == {
        "image": "x",
        "command": "serve --name 'Clinic One' 8080",
        "args": "'it'\"'\"'s'",
        "environment_variables": {"A": "1=2", "B": ""},
        "healthcheck_interval": 90,
        "healthcheck_timeout": 10,
        "update_delay": 3600,
        "update_monitor": 10,
    }
    assert manifest.depends_on == ("b", "d")
    assert str(manifest.marks(("depends_on", 1))) == "m0.yaml:8:51"
    assert str(manifest.marks(("environment_variables", "B"))) == "m0.yaml:7:38"


@pytest.mark.parametrize(
    "kind", ["volumes: {a: {", "configs: {a: {data: x, ", "webhooks: {a: {url: 'https://x', "]
)
def test_every_kind_can_be_protected(build, kind):
    (desired,) = sound(build, f"cluster: c\n{kind}lifecycle: {{prevent_destroy: false}}}}}}\n")
    (manifest,) = desired.manifests.values()

    assert manifest.lifecycle.prevent_destroy is False
    assert "lifecycle" not in manifest.spec


def test_an_invalid_field_is_left_out_and_its_service_is_partial(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "_base.yaml").write_text(
        "services: {a: {imge: x}, b: {image: x}}\nvolumes: {v: {}}\n", encoding="utf-8"
    )
    (tmp_path / "a.yaml").write_text(
        "cluster: c\nextends: _base.yaml\nservices: {a: {replicas: 1}}\n", encoding="utf-8"
    )

    checked, problems = check_schema(read(tmp_path, root=tmp_path, variables={}, environment={}))
    ((desired,), _) = assemble(checked)

    assert [str(problem.location) for problem in problems] == ["_base.yaml:1:16"]
    assert desired.partial == {("service", "a")}
    assert desired.manifests["service", "a"].spec == {"replicas": 1}
    assert desired.manifests.keys() == {("service", "a"), ("service", "b"), ("volume", "v")}


def test_an_invalid_entry_is_known_but_not_assembled(tmp_path):
    (tmp_path / "a.yaml").write_text("cluster: c\nservices: {a: 5, b: {image: x}}\n", encoding="utf-8")

    checked, problems = check_schema(read(tmp_path, root=tmp_path, variables={}, environment={}))
    ((desired,), _) = assemble(checked)

    assert len(problems) == 1
    assert desired.invalid == {("service", "a")}
    assert desired.manifests.keys() == {("service", "b")}


def test_incomplete_documents_are_not_assembled(tmp_path):
    (tmp_path / "a.yaml").write_text("cluster: c\nservces: {}\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("cluster: d\n", encoding="utf-8")

    checked, problems = check_schema(read(tmp_path, root=tmp_path, variables={}, environment={}))

    assert len(problems) == 1
    assert assemble(checked) == ((), ())
