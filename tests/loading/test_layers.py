"""A document merged over those that it extends."""

from reconciler.model import Lifecycle
from tests.loading.manifests import sound


def over(build, base, text):
    """The manifests of a document that extends a base."""
    (desired,) = sound(build, f"cluster: c\nextends: _base.yaml\n{text}", base=base)
    return desired.manifests


def test_fields_left_out_are_inherited_and_null_removes(build):
    base = "stack: s\ncompany: Clinic\nservices: {a: {image: x, replicas: 2, port: 80, hosts: [h]}, b: {image: x}}\n"
    manifests = over(build, base, "company: null\nservices: {a: {replicas: 3, port: null}, b: null}\n")

    assert manifests.keys() == {("service", "a")}
    assert manifests["service", "a"].spec == {"image": "x", "replicas": 3, "hosts": ["h"]}


def test_null_removes_a_whole_section_and_a_top_level_field(build):
    base = "stack: s\nvolumes: {a: {}}\nremoved: {volumes: [x], services: [y]}\nreleased: {configs: [z]}\n"
    (desired,) = sound(
        build,
        "cluster: c\nextends: _base.yaml\nstack: null\nvolumes: null\nremoved: {volumes: null}\nreleased: null\n",
        base=base,
    )

    assert (desired.stack, desired.manifests, desired.released) == ("default", {}, {})
    assert desired.removed.keys() == {("service", "y")}


def test_null_without_an_inherited_entry_is_reported(build):
    desired, problems = build("cluster: c\nvolumes:\n  data:\nnodes: {small: null}\n")

    assert desired[0].manifests == {}
    assert problems == [
        "m0.yaml:4:9: warning: node 'small' is null, which removes an inherited declaration, but none is inherited",
        "m0.yaml:3:3: warning: volume 'data' is null, which removes an inherited declaration, but none is inherited",
    ]


def test_null_removes_a_variable(build):
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
    assert [(secret["name"], secret["file_name"], secret["mode"]) for secret in spec["secrets"]] == [
        ("s", "s", "0400"), ("t", "f", "0444"), ("u", "u", "0444"),
    ]  # fmt: skip
    assert [(mount["source"], mount["target"], mount["readonly"]) for mount in spec["mounts"]] == [
        ("v", "/a", False), ("w", "/b", True),
    ]  # fmt: skip


def test_an_empty_value_clears_an_inherited_field(build):
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
    (desired,) = sound(build, f"cluster: c\nextends: _base.yaml\n{text}", base=base)
    manifest = desired.manifests["service", "a"]

    assert manifest.spec == {
        "image": "x", "args": "", "port": 0, "update_delay": 0, "update_order": "stop-first", "hosts": [],
        "placement_constraints": [], "secrets": [], "configs": [], "mounts": [], "environment_variables": {},
    }  # fmt: skip
    assert manifest.depends_on == ()
    assert manifest.lifecycle == Lifecycle(prevent_destroy=True)
    assert desired.removed.keys() == {("service", "y")}


def test_an_empty_list_clears_variables_for_later_layers_too(build):
    (desired,) = sound(
        build,
        "cluster: c\nextends: _middle.yaml\nservices: {a: {environment_variables: {B: 2}, secrets: [t]}}\n",
        middle="extends: _base.yaml\nservices: {a: {environment_variables: [], secrets: []}}\n",
        base="services: {a: {image: x, environment_variables: {A: 1}, secrets: [s]}}\n",
    )
    spec = desired.manifests["service", "a"].spec

    assert spec["environment_variables"] == {"B": "2"}
    assert [secret["name"] for secret in spec["secrets"]] == ["t"]


def test_an_empty_map_inherits_sections_objects_and_lifecycle(build):
    base = "volumes: {v: {}}\nservices: {a: {image: x, lifecycle: {prevent_destroy: true}}}\nremoved: {volumes: [w]}\n"
    text = "volumes: {}\nservices: {a: {}, b: {image: y, lifecycle: {}}}\nremoved: {}\n"
    (desired,) = sound(build, f"cluster: c\nextends: _base.yaml\n{text}", base=base)

    assert desired.manifests.keys() == {("volume", "v"), ("service", "a"), ("service", "b")}
    assert desired.manifests["service", "a"].spec == {"image": "x"}
    assert desired.manifests["service", "a"].lifecycle == Lifecycle(prevent_destroy=True)
    assert desired.removed.keys() == {("volume", "w")}


def test_references_are_replaced_by_file_and_mounts_by_target(build):
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

    assert [(secret["name"], secret["file_name"]) for secret in spec["secrets"]] == [
        ("t", "/run/secrets/password"), ("s", "other"),
    ]  # fmt: skip
    assert [(config["name"], config["file_name"]) for config in spec["configs"]] == [("d", "etc/app")]
    assert [(mount["source"], mount["target"]) for mount in spec["mounts"]] == [("w", "/data")]


def test_a_source_replaces_the_inherited_source(build):
    base = "secrets: {s: {external: true}, t: {env: A}}\nconfigs: {c: {data: x}}\n"
    text = "secrets: {s: {env: A}, t: {lifecycle: {prevent_destroy: true}}}\nconfigs: {c: {external: true}}\n"
    manifests = over(build, base, text)

    assert manifests["secret", "s"].spec == {"data": None, "source": "env:RECONCILER_SECRET_A"}
    assert manifests["secret", "t"].spec == {"data": None, "source": "env:RECONCILER_SECRET_A"}
    assert manifests["secret", "t"].lifecycle == Lifecycle(prevent_destroy=True)
    assert manifests["config", "c"].spec == {"external": True}


def test_a_file_of_a_base_is_relative_to_the_base(build, tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "_base.yaml").write_text("configs: {c: {file: c.txt}}\n", encoding="utf-8")
    (tmp_path / "sub" / "c.txt").write_bytes(b"hello\n")

    (desired,) = sound(build, "cluster: c\nextends: sub/_base.yaml\n")

    assert desired.manifests["config", "c"].spec == {"data": "hello\n"}


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


def test_a_chain_is_merged_from_its_base(build):
    (desired,) = sound(
        build,
        "cluster: c\nextends: _middle.yaml\nservices: {a: {replicas: 3}}\n",
        middle="extends: _base.yaml\nservices: {a: {replicas: 2, port: 2}, b: null}\n",
        base="services: {a: {image: x, replicas: 1, port: 1, args: y}, b: {image: x}}\n",
    )

    assert desired.manifests["service", "a"].spec == {"image": "x", "replicas": 3, "port": 2, "args": "y"}
    assert desired.manifests.keys() == {("service", "a")}


def test_an_entry_removed_by_null_can_be_declared_again(build):
    (desired,) = sound(
        build,
        "cluster: c\nextends: _middle.yaml\nservices: {a: {image: y}}\n",
        middle="extends: _base.yaml\nservices: {a: null}\n",
        base="services: {a: {image: x, port: 1}}\n",
    )

    assert desired.manifests["service", "a"].spec == {"image": "y"}


def test_consent_is_inherited_and_extended(build):
    (desired,) = sound(
        build,
        "cluster: c\nextends: _base.yaml\nremoved: {volumes: [b]}\n",
        base="removed: {volumes: [a], nodes: [n]}\n",
    )

    assert {named: str(place) for named, place in desired.removed.items()} == {
        ("volume", "a"): "_base.yaml:1:21", ("node", "n"): "_base.yaml:1:33", ("volume", "b"): "m0.yaml:3:21",
    }  # fmt: skip


def test_marks_lead_to_the_file_with_the_value(build):
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
