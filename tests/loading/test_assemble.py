"""Documents to desired state: extended, merged, and marked where each thing is written."""

import pytest

from reconciler.checks import check_schema
from reconciler.loading import assemble, read
from reconciler.model import COMPANY, Lifecycle, Sensitive


@pytest.fixture
def build(tmp_path, monkeypatch):
    """What files of the current directory come to; each document given is a file of its own."""
    monkeypatch.chdir(tmp_path)

    def built(*texts, base=None, middle=None, environment=None):
        for name, text in (
            ("_base", base),
            ("_middle", middle),
            *((f"m{n}", text) for n, text in enumerate(texts)),
        ):
            if text is not None:
                (tmp_path / f"{name}.yaml").write_text(text)
        documents = read(tmp_path, root=tmp_path, variables={}, environment=environment or {})
        checked, shape = check_schema(documents)
        assert (documents.diagnostics, shape) == ((), ())
        desired, problems = assemble(checked)
        return desired, [f"{one.location}: {one.severity}: {one.message}" for one in problems]

    return built


def sound(build, *texts, **options):
    desired, problems = build(*texts, **options)
    assert problems == []
    return desired


def over(build, base, text):
    """The manifests of a document laid over a base."""
    (desired,) = sound(build, f"cluster: c\nextends: _base.yaml\n{text}", base=base)
    return desired.manifests


def test_one_document_is_one_stack(build):
    (one,) = sound(
        build, "cluster: production\ncompany: Clinic\nstack: s\nnodes: {small: 2}\nvolumes: {v: {}}\n"
    )

    assert (one.cluster, one.stack, one.company) == ("production", "s", "Clinic")
    assert str(one.location) == "m0.yaml:1:1"
    assert {named: manifest.spec for named, manifest in one.manifests.items()} == {
        ("node", "small"): {"count": 2}, ("volume", "v"): {},
    }  # fmt: skip
    assert str(one.manifests["volume", "v"].address) == "production/volume/v"
    assert str(one.manifests["volume", "v"].location) == "m0.yaml:5:11"


def test_files_of_the_same_cluster_and_stack_merge(build):
    desired = sound(
        build,
        "cluster: c\nvolumes: {a: {}}\nremoved: {volumes: [x]}\n",
        "cluster: c\ncompany: Clinic\nvolumes: {b: {}}\nremoved: {volumes: [y]}\nreleased: {nodes: [n]}\n",
        "cluster: c\nstack: other\nvolumes: {d: {}}\n",
        "cluster: d\nvolumes: {a: {}}\n",
    )

    assert [(one.cluster, one.stack) for one in desired] == [
        ("c", "default"),
        ("c", "other"),
        ("d", "default"),
    ]
    assert desired[0].manifests.keys() == {("volume", "a"), ("volume", "b")}
    assert desired[0].removed.keys() == {("volume", "x"), ("volume", "y")}
    assert str(desired[0].released["node", "n"]) == "m1.yaml:5:20"
    assert desired[0].company == "Clinic"


def test_a_name_in_two_files_is_told_with_both_places(build):
    _, problems = build("cluster: c\nvolumes: {a: {}}\n", "cluster: c\nvolumes: {a: {}}\n")

    assert problems == [
        "m1.yaml:2:11: error: volume 'a' is declared twice for 'c', stack default; the first is at m0.yaml:2:11"
    ]


def test_a_base_extended_twice_for_one_stack_is_told_where_it_is_extended(build):
    text = "cluster: c\nextends: _base.yaml\n"
    _, problems = build(text, text, base="volumes: {a: {}}\n")

    assert problems == [
        "m1.yaml:2:1: error: volume 'a' is declared twice for 'c', stack default; the first is at _base.yaml:1:11"
    ]


def test_without_a_cluster_a_document_holds_the_company_s_webhooks(build):
    (one,) = sound(build, "webhooks: {w: {url: 'https://h.example.com'}}\nremoved: {webhooks: [x]}\n")

    assert one.cluster == COMPANY
    assert one.manifests["webhook", "w"].spec == {"url": Sensitive("https://h.example.com")}
    assert one.removed.keys() == {("webhook", "x")}


def test_without_a_cluster_nothing_else_can_be_declared(build):
    desired, problems = build(
        "services: {a: {image: x}}\nremoved: {volumes: [v]}\nvolumes: {}\nconfigs: null\n"
    )

    assert desired == ()
    assert problems == [
        "m0.yaml:1:1: error: no cluster is given, and services, volumes belong to one",
    ]


def test_a_document_that_declares_nothing_for_nobody_is_passed_over(build):
    assert sound(build, "x-note: hello\ncompany: Clinic\n", "cluster: c\n")[0].cluster == "c"


def test_a_cluster_can_not_be_called_company(build):
    desired, problems = build("cluster: company\n")

    assert desired == ()
    assert problems[0].startswith("m0.yaml:1:1: error: a cluster can't have the name 'company'")


def test_fields_left_out_are_inherited_and_null_removes(build):
    base = "stack: s\ncompany: Clinic\nservices: {a: {image: x, replicas: 2, port: 80, hosts: [h]}, b: {image: x}}\n"
    manifests = over(build, base, "company: null\nservices: {a: {replicas: 3, port: null}, b: null}\n")

    assert manifests.keys() == {("service", "a")}
    assert manifests["service", "a"].spec == {"image": "x", "replicas": 3, "hosts": ["h"]}


def test_null_removes_a_whole_section_and_a_top_level_field(build):
    base = "stack: s\nvolumes: {a: {}}\nremoved: {volumes: [x], services: [y]}\nreleased: {configs: [z]}\n"
    (one,) = sound(
        build,
        "cluster: c\nextends: _base.yaml\nstack: null\nvolumes: null\nremoved: {volumes: null}\nreleased: null\n",
        base=base,
    )

    assert (one.stack, one.manifests, one.released) == ("default", {}, {})
    assert one.removed.keys() == {("service", "y")}


def test_null_over_nothing_is_told_since_other_tools_take_it_for_a_declaration(build):
    desired, problems = build("cluster: c\nvolumes:\n  data:\nnodes: {small: null}\n")

    assert desired[0].manifests == {}
    assert problems == [
        "m0.yaml:4:9: warning: node 'small' is null, which means not declared, and nothing was inherited to remove",
        "m0.yaml:3:3: warning: volume 'data' is null, which means not declared, and nothing was inherited to remove",
    ]


def test_null_of_one_variable_removes_it(build):
    base = "services: {a: {image: x, environment_variables: {A: 1, B: two}}}\n"
    manifests = over(build, base, "services: {a: {environment_variables: {A: null, C: ''}}}\n")

    assert manifests["service", "a"].spec["environment_variables"] == {"B": "two", "C": ""}


def test_maps_merge_by_name_references_and_mounts_by_key_and_lists_are_replaced(build):
    base = """
services:
  a:
    image: x
    hosts: [one, two]
    placement_constraints: [node.id == a]
    secrets: [s, {name: t, file_name: f}]
    mounts: ["v:/a", "v:/b"]
"""
    text = """
services:
  a:
    hosts: [three]
    placement_constraints: []
    secrets: [{name: s, mode: "0400"}, u]
    mounts: ["w:/b:ro"]
"""
    spec = over(build, base, text)["service", "a"].spec

    assert (spec["hosts"], spec["placement_constraints"]) == (["three"], [])
    assert [(one["name"], one["file_name"], one["mode"]) for one in spec["secrets"]] == [
        ("s", "s", "0400"), ("t", "f", "0444"), ("u", "u", "0444"),
    ]  # fmt: skip
    assert [(one["source"], one["target"], one["readonly"]) for one in spec["mounts"]] == [
        ("v", "/a", False), ("w", "/b", True),
    ]  # fmt: skip


def test_an_empty_list_or_map_or_text_clears_what_was_inherited(build):
    base = """
removed: {volumes: [x], services: [y]}
services:
  a:
    image: x
    args: run
    port: 80
    update_delay: 5
    update_order: start-first
    hosts: [one]
    placement_constraints: [node.id == a]
    secrets: [s]
    configs: [c]
    mounts: ["v:/a"]
    environment_variables: {A: 1}
    depends_on: [b]
    lifecycle: {ignore_changes: [replicas], prevent_destroy: true}
"""
    text = """
removed: {volumes: []}
services:
  a:
    args: ""
    port: ""
    update_delay: ""
    update_order: ""
    hosts: []
    placement_constraints: []
    secrets: []
    configs: []
    mounts: []
    environment_variables: {}
    depends_on: []
    lifecycle: {ignore_changes: []}
"""
    (one,) = sound(build, f"cluster: c\nextends: _base.yaml\n{text}", base=base)
    manifest = one.manifests["service", "a"]

    assert manifest.spec == {
        "image": "x", "args": "", "port": 0, "update_delay": 0, "update_order": "stop-first", "hosts": [],
        "placement_constraints": [], "secrets": [], "configs": [], "mounts": [], "environment_variables": {},
    }  # fmt: skip
    assert manifest.depends_on == ()
    assert manifest.lifecycle == Lifecycle(prevent_destroy=True)
    assert one.removed.keys() == {("service", "y")}


def test_an_empty_list_clears_variables_too_and_a_later_layer_adds_to_nothing(build):
    (one,) = sound(
        build,
        "cluster: c\nextends: _middle.yaml\nservices: {a: {environment_variables: {B: 2}, secrets: [t]}}\n",
        middle="extends: _base.yaml\nservices: {a: {environment_variables: [], secrets: []}}\n",
        base="services: {a: {image: x, environment_variables: {A: 1}, secrets: [s]}}\n",
    )
    spec = one.manifests["service", "a"].spec

    assert spec["environment_variables"] == {"B": "2"}
    assert [one["name"] for one in spec["secrets"]] == ["t"]


def test_an_empty_map_inherits_sections_objects_and_lifecycle(build):
    base = "volumes: {v: {}}\nservices: {a: {image: x, lifecycle: {prevent_destroy: true}}}\nremoved: {volumes: [w]}\n"
    text = "volumes: {}\nservices: {a: {}, b: {image: y, lifecycle: {}}}\nremoved: {}\n"
    (one,) = sound(build, f"cluster: c\nextends: _base.yaml\n{text}", base=base)

    assert one.manifests.keys() == {("volume", "v"), ("service", "a"), ("service", "b")}
    assert one.manifests["service", "a"].spec == {"image": "x"}
    assert one.manifests["service", "a"].lifecycle == Lifecycle(prevent_destroy=True)
    assert one.removed.keys() == {("volume", "w")}


def test_a_reference_replaces_the_inherited_one_at_the_same_file_and_a_mount_that_at_the_same_target(build):
    base = """
services:
  a:
    image: x
    secrets: [{name: s, file_name: password}, {name: s, file_name: other}]
    configs: [{name: c, file_name: /etc/app}]
    mounts: ["v:/data/"]
"""
    text = """
services:
  a:
    secrets: [{name: t, file_name: /run/secrets/password}]
    configs: [{name: d, file_name: etc/app}]
    mounts: ["w:/data"]
"""
    spec = over(build, base, text)["service", "a"].spec

    assert [(one["name"], one["file_name"]) for one in spec["secrets"]] == [
        ("t", "/run/secrets/password"), ("s", "other"),
    ]  # fmt: skip
    assert [(one["name"], one["file_name"]) for one in spec["configs"]] == [("d", "etc/app")]
    assert [(one["source"], one["target"]) for one in spec["mounts"]] == [("w", "/data")]


def test_a_variable_without_a_value_is_an_error_unless_it_takes_back_an_inherited_one(build):
    base = (
        "services: {a: {image: x, environment_variables: {A: 1, D: 1}},"
        " b: {image: x, environment_variables: {A: }}}\n"
    )
    text = "services: {a: {environment_variables: [{key: A}, {key: B}, {key: D, value: null}, C=]}}\n"
    desired, problems = build(f"cluster: c\nextends: _base.yaml\n{text}", base=base)

    assert desired[0].manifests["service", "a"].spec["environment_variables"] == {"C": ""}
    assert problems == [
        "m0.yaml:3:50: error: 'B' of service 'a' has no value",
        "_base.yaml:1:102: error: 'A' of service 'b' has no value",
    ]


def test_a_variable_twice_in_a_list_is_an_error_with_both_places(build):
    text = "services: {a: {image: x, environment_variables: [B=hunter2, {key: B, value: hunter3}, C=]}}\n"
    _, problems = build(f"cluster: c\n{text}")

    assert problems == [
        "m0.yaml:2:61: error: 'B' of service 'a' is given twice; the first is at m0.yaml:2:50"
    ]


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


def test_a_source_replaces_the_source_that_was_inherited(build):
    base = "secrets: {s: {external: true}, t: {env: A}}\nconfigs: {c: {data: x}}\n"
    text = "secrets: {s: {env: A}, t: {lifecycle: {prevent_destroy: true}}}\nconfigs: {c: {external: true}}\n"
    manifests = over(build, base, text)

    assert manifests["secret", "s"].spec == {"data": None, "source": "env:RECONCILER_SECRET_A"}
    assert manifests["secret", "t"].spec == {"data": None, "source": "env:RECONCILER_SECRET_A"}
    assert manifests["secret", "t"].lifecycle == Lifecycle(prevent_destroy=True)
    assert manifests["config", "c"].spec == {"external": True}


def test_a_file_of_a_base_is_relative_to_the_base(build, tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "_base.yaml").write_text("configs: {c: {file: c.txt}}\n")
    (tmp_path / "sub" / "c.txt").write_text("hello\n")

    (one,) = sound(build, "cluster: c\nextends: sub/_base.yaml\n")

    assert one.manifests["config", "c"].spec == {"data": "hello\n"}


def test_lifecycle_merges_by_field_and_depends_on_is_replaced(build):
    base = (
        "services: {a: {image: x, depends_on: [b, c],"
        " lifecycle: {ignore_changes: [replicas], prevent_destroy: true, on_failure: rollback}}}\n"
    )
    text = "services: {a: {depends_on: [d], lifecycle: {prevent_destroy: null, on_failure: fail}}}\n"
    manifest = over(build, base, text)["service", "a"]

    assert manifest.depends_on == ("d",)
    assert manifest.lifecycle == Lifecycle(("replicas",), None, "fail")
    assert "lifecycle" not in manifest.spec
    assert "depends_on" not in manifest.spec


@pytest.mark.parametrize(
    "kind", ["volumes: {a: {", "configs: {a: {data: x, ", "webhooks: {a: {url: 'https://x', "]
)
def test_every_kind_can_be_protected(build, kind):
    (one,) = sound(build, f"cluster: c\n{kind}lifecycle: {{prevent_destroy: false}}}}}}\n")
    (manifest,) = one.manifests.values()

    assert manifest.lifecycle.prevent_destroy is False
    assert "lifecycle" not in manifest.spec


def test_a_chain_is_laid_over_from_the_far_end(build):
    (one,) = sound(
        build,
        "cluster: c\nextends: _middle.yaml\nservices: {a: {replicas: 3}}\n",
        middle="extends: _base.yaml\nservices: {a: {replicas: 2, port: 2}, b: null}\n",
        base="services: {a: {image: x, replicas: 1, port: 1, args: y}, b: {image: x}}\n",
    )

    assert one.manifests["service", "a"].spec == {"image": "x", "replicas": 3, "port": 2, "args": "y"}
    assert one.manifests.keys() == {("service", "a")}


def test_what_a_null_removed_can_be_declared_anew(build):
    (one,) = sound(
        build,
        "cluster: c\nextends: _middle.yaml\nservices: {a: {image: y}}\n",
        middle="extends: _base.yaml\nservices: {a: null}\n",
        base="services: {a: {image: x, port: 1}}\n",
    )

    assert one.manifests["service", "a"].spec == {"image": "y"}


def test_consent_is_inherited_and_added_to(build):
    (one,) = sound(
        build,
        "cluster: c\nextends: _base.yaml\nremoved: {volumes: [b]}\n",
        base="removed: {volumes: [a], nodes: [n]}\n",
    )

    assert {named: str(place) for named, place in one.removed.items()} == {
        ("volume", "a"): "_base.yaml:1:21", ("node", "n"): "_base.yaml:1:33", ("volume", "b"): "m0.yaml:3:21",
    }  # fmt: skip


def test_marks_lead_to_the_file_that_says_it(build):
    base = """
services:
  a:
    image: x
    hosts: [one]
    mounts: ["v:/a", "v:/b"]
    environment_variables: {A: 1}
    depends_on: [b]
"""
    text = """
services:
  a:
    hosts:
      - two
    mounts: ["w:/b"]
    environment_variables:
      - {key: B, value: 2}
"""
    marks = over(build, base, text)["service", "a"].marks

    def at(*path):
        return str(marks(path))

    assert at() == "m0.yaml:5:3"
    assert at("image") == "_base.yaml:4:5"
    assert at("hosts") == "m0.yaml:6:5"
    assert at("hosts", 0) == "m0.yaml:7:9"
    assert at("mounts", 0) == "_base.yaml:6:14"
    assert at("mounts", 1) == "m0.yaml:8:14"
    assert at("environment_variables", "A") == "_base.yaml:7:29"
    assert at("environment_variables", "B") == "m0.yaml:10:9"
    assert at("depends_on", 0) == "_base.yaml:8:18"
    assert at("port") == "m0.yaml:5:3"
    assert at("hosts", 9) == "m0.yaml:5:3"
    assert at("environment_variables", "Z") == "m0.yaml:5:3"


def test_a_field_that_was_found_invalid_is_left_out_and_its_service_known_as_partial(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "_base.yaml").write_text("services: {a: {imge: x}, b: {image: x}}\nvolumes: {v: {}}\n")
    (tmp_path / "a.yaml").write_text("cluster: c\nextends: _base.yaml\nservices: {a: {replicas: 1}}\n")

    checked, problems = check_schema(read(tmp_path, root=tmp_path, variables={}, environment={}))
    ((one,), _) = assemble(checked)

    assert [str(problem.location) for problem in problems] == ["_base.yaml:1:16"]
    assert one.partial == {("service", "a")}
    assert one.manifests["service", "a"].spec == {"replicas": 1}
    assert one.manifests.keys() == {("service", "a"), ("service", "b"), ("volume", "v")}


def test_an_entry_that_is_invalid_as_a_whole_is_known_but_not_assembled(tmp_path):
    (tmp_path / "a.yaml").write_text("cluster: c\nservices: {a: 5, b: {image: x}}\n")

    checked, problems = check_schema(read(tmp_path, root=tmp_path, variables={}, environment={}))
    ((one,), _) = assemble(checked)

    assert len(problems) == 1
    assert one.invalid == {("service", "a")}
    assert one.manifests.keys() == {("service", "b")}


def test_nothing_is_assembled_from_what_is_not_complete(tmp_path):
    (tmp_path / "a.yaml").write_text("cluster: c\nservces: {}\n")
    (tmp_path / "b.yaml").write_text("cluster: d\n")

    checked, problems = check_schema(read(tmp_path, root=tmp_path, variables={}, environment={}))

    assert len(problems) == 1
    assert assemble(checked) == ((), ())
