"""The plan of an import only adopts objects unchanged, for any cluster."""

import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import UsageError
from reconciler.export import export
from reconciler.fetch import live as decoded
from reconciler.model import LiveState, NodeSize, Record
from reconciler.pipeline.imports import Imported, prove, write
from reconciler.pipeline.manifests import NOT_RECORDED, load
from reconciler.planning import Options, make_plan
from tests.words import refusals_of

TOP = {"cluster": "production"}
SIZES = (NodeSize("node_size_a", "Small"), NodeSize("node_size_b", "Large"))


def cluster(**kinds):
    """A cluster from the API's bodies: ``service=[…]``, ``config=[…]``, …"""
    objects = {
        kind: tuple(
            decoded(kind, {"id": f"{kind}-{number}", **body})
            for number, body in enumerate(kinds.get(kind, ()))
        )
        for kind in ("service", "secret", "config", "volume", "node", "webhook")
    }
    return LiveState("company_1", "Clinic", "cluster_1", "production", objects, node_sizes=SIZES)


def imported(live, owners=None, top=None):
    made = export(live, owners or {})
    refusals = prove(top or TOP, made, live, owners or {})
    return Imported("production.yaml", "production", top or TOP, made, refusals)


def planned(result, live, owners=None, *, inline=False):
    """The plan of written manifests, through files, as ``reconciler plan`` makes it."""
    with tempfile.TemporaryDirectory() as folder:
        if inline:
            (Path(folder) / "all.yaml").write_text(result.text(), encoding="utf-8", newline="")
        else:
            write(result, Path(folder) / "out")
        manifests = load(Path(folder), root=None, variables={}, environment={}, sources=NOT_RECORDED)
        manifests.raise_if_invalid()
        (desired,) = manifests.desired
        return make_plan(desired, live, Record("default"), Options(foreign=owners or {}))


def adopted(plan):
    assert not refusals_of(plan)
    assert {change.action for change in plan.changes} <= {"adopt"}
    assert [change.fields for change in plan.changes if change.fields] == []
    return sorted(f"{change.address.kind}/{change.address.name}" for change in plan.changes)


def service(name="api", **fields):
    return {"name": name, "image": "nginx:1.27@sha256:" + 64 * "a", **fields}


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    [
        "${A}",
        "$${B}",
        "on",
        "0400",
        "1e3",
        "${A:-${B}}",
        " x ",
        "a: b",
        "{{.Node}}",
        "\ud800",
        "",
        "-",
        "é\u202e",
    ]
)
names = st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,20}[a-zA-Z0-9]", fullmatch=True)
references = st.lists(
    st.fixed_dictionaries(
        {"id": texts, "name": st.sampled_from(["one", "two.v3", "three", "gone"])},
        optional={
            "file_name": texts,
            "uid": st.integers(0, 2**33),
            "gid": st.none() | st.integers(0, 5),
            "mode": st.sampled_from(["292", "256", "420", "2541", "", None, "odd"]),
        },
    ),
    max_size=3,
)
bodies = st.fixed_dictionaries(
    {"name": names, "image": texts | st.just("redis:7"), "object": st.just("service")},
    optional={
        "replicas": st.integers(-1, 9),
        "command": st.none() | texts,
        "args": texts,
        "port": st.integers(0, 70000),
        "protocol": texts,
        "healthcheck_path": texts,
        "hosts": st.lists(texts | st.just("a.example.com"), max_size=2),
        "update_order": st.sampled_from(["stop-first", "start-first", "sideways"]),
        "update_monitor": st.integers(0, 9),
        "update_max_failure_ratio": st.floats(0, 1, width=32),
        "rollback_failure_action": st.sampled_from(["pause", "continue"]),
        "secrets": references,
        "configs": references,
        "mounts": st.lists(
            st.fixed_dictionaries(
                {"type": st.just("volume"), "source": st.sampled_from(["data", "gone"]), "target": texts},
                optional={"readonly": st.booleans()},
            ),
            max_size=2,
        ),
        "environment_variables": st.lists(
            st.fixed_dictionaries({"key": texts | st.sampled_from(["LOG", "DB_PASSWORD"]), "value": texts}),
            max_size=3,
            unique_by=lambda variable: variable["key"],
        ),
        "placement_constraints": st.lists(texts | st.just("node.role == manager"), max_size=2),
    },
)


@given(st.lists(bodies, max_size=3, unique_by=lambda body: str(body["name"]).lower()), texts, st.booleans())
def test_any_cluster_is_imported_to_a_plan_that_only_adopts(services, data, inline):
    live = cluster(
        service=services,
        secret=[{"name": "one"}, {"name": "two.v3"}],
        config=[
            {"name": "one", "data": data},
            {"name": "two.v3", "data": "x"},
            {"name": "three", "data": "y\n"},
        ],
        volume=[{"name": "data"}],
    )

    adopted(planned(imported(live), live, inline=inline))


def test_a_whole_cluster_is_imported():
    live = cluster(
        service=[
            service(
                replicas=2,
                secrets=[{"id": "s", "name": "key", "file_name": "key", "uid": 0, "gid": 0, "mode": "292"}],
                configs=[{"id": "c", "name": "site", "file_name": "/etc/site", "mode": "256"}],
                mounts=[{"type": "volume", "source": "data", "target": "/data"}],
                environment_variables=[{"key": "LOG", "value": "on"}],
                update_parallelism=1,
                update_monitor=15,
            ),
            {"name": "loadbalancer", "image": "traefik:2"},
        ],
        secret=[{"name": "key"}],
        config=[{"name": "site", "data": "a: ${B}\n"}],
        volume=[{"name": "data"}],
        node=[
            {"id": "n1", "size": "Small", "status": "Ready"},
            {"id": "n2", "size": "Small", "status": "Deleting"},
        ],
    )

    result = imported(live)

    assert result.files() == {
        "configs/site": "a: ${B}\n",
        "production.yaml": """\
# yaml-language-server: $schema=manifest.schema.json
# Written by `reconciler import` from the objects of the cluster production. Nothing is adopted yet:
# review this file, then run `reconciler plan --adopt`, then `reconciler apply --adopt`.

cluster: production

nodes:
  # Small
  node_size_a: 1

volumes:
  data: {}

configs:
  site: {file: configs/site}

# A secret's value cannot be read back, so each is external: it must exist and is never written. To
# manage one, write where its value is, such as {env: NAME}.
secrets:
  key: {external: true}

services:
  api:
    image: nginx:1.27
    replicas: 2
    update_monitor: 15
    secrets: [key]
    configs:
    - {name: site, file_name: /etc/site, mode: "0400"}
    mounts: ["data:/data"]
    environment_variables:
      LOG: "on"
""",
    }
    assert adopted(planned(result, live)) == ["config/site", "service/api", "volume/data"]


def test_an_import_writes_no_credential():
    live = cluster(
        service=[
            service(
                args="--url postgres://clinic:hunter2@db/clinic",
                environment_variables=[
                    {"key": "DB_PASSWORD", "value": "hunter2"},
                    {"key": "A", "value": "b"},
                ],
            )
        ],
        webhook=[{"url": "https://hooks.example.com/hunter2", "label": "deploys", "cluster_id": "cluster_1"}],
    )

    text = imported(live).text()

    assert "hunter2" not in text
    entry = yaml.safe_load(text)["services"]["api"]
    assert entry["environment_variables"] == {"A": "b"}
    assert entry["lifecycle"] == {"ignore_changes": ["environment_variables.DB_PASSWORD"]}
    assert "DB_PASSWORD looks like a credential, so no value is written here" in text.replace("\n    # ", " ")
    assert "DB_PASSWORD looks like a credential" in text.replace("\n  # ", " ")
    assert "args is left out" in text
    assert "This cluster has these webhooks: deploys." in text
    assert adopted(planned(imported(live), live)) == ["service/api"]


def test_owned_objects_are_left_out_unless_mounted():
    live = cluster(
        service=[service(configs=[{"name": "site.v2", "file_name": "/site"}]), service("theirs")],
        config=[{"name": "site.v2", "data": "x"}, {"name": "other.v1", "data": "y"}],
        secret=[{"name": "key.v1"}],
        volume=[{"name": "data"}],
        webhook=[{"label": "deploys", "cluster_id": "cluster_1", "url": "https://a.example"}],
    )
    theirs = (
        *("service theirs", "config site.v2", "config other.v1", "secret key.v1", "volume data"),
        "webhook webhook-0",
    )
    owners = {(kind, name): "clinic" for kind, _, name in (listed.partition(" ") for listed in theirs)}

    result = imported(live, owners)

    text = result.text()
    for name in ("theirs", "other.v1", "key.v1", "data", "deploys"):
        assert f"# {name} is left out: the stack clinic owns it" in text
    assert "  # External, because the stack clinic owns it.\n  site.v2: {external: true}" in text
    assert adopted(planned(result, live, owners)) == ["service/api"]


@pytest.mark.parametrize(
    "configs, why",
    [
        ([{"name": "site", "data": "a"}, {"name": "site.v1", "data": "b"}], "there are versions of it"),
        ([{"name": "site", "data": ""}], "its content is empty"),
        ([{"name": "reconciler.site", "data": "a"}], "names that begin with reconciler."),
        ([{"name": 60 * "a", "data": "a"}], "longer than 56"),
    ],
)
def test_a_mounted_config_that_can_not_be_declared_is_external(configs, why):
    name = configs[0]["name"]
    mounted = cluster(config=configs, service=[service(configs=[{"name": name, "file_name": "/f"}])])

    assert "{external: true}" in imported(mounted).text()
    assert adopted(planned(imported(mounted), mounted)) == ["service/api"]
    assert why in imported(cluster(config=configs)).text().replace("\n# ", " ")


def test_a_service_that_an_update_would_damage_is_left_out():
    live = cluster(
        service=[service(mounts=[{"type": "bind", "source": "/", "target": "/host"}]), service("fine")]
    )

    result = imported(live)

    assert "api is left out: its mount at /host is of type bind" in result.text().replace("\n# ", " ")
    assert adopted(planned(result, live)) == ["service/fine"]


def test_a_field_that_no_manifest_may_hold_is_left_out_with_the_reason():
    live = cluster(service=[service(hosts=["not a host"], replicas=2)])

    result = imported(live)

    assert result.made.sections["services"]["api"] == {"image": "nginx:1.27", "replicas": 2}
    assert "hosts is left out" in result.text()
    assert adopted(planned(result, live)) == ["service/api"]


def test_nodes_that_cannot_be_counted_are_left_out():
    result = imported(cluster(node=[{"id": "n1", "size": "Huge", "status": "Ready"}]))

    assert result.made.sections["nodes"] == {}
    assert "Nodes are left out: n1 is of size Huge" in result.text()


def test_a_hostile_name_can_not_leave_its_comment_or_folder():
    live = cluster(
        config=[{"name": "../../etc/passwd", "data": "x"}],
        service=[service("api\nservices: {evil: {image: x}}")],
    )

    result = imported(live)

    assert list(result.files()) == ["production.yaml"]
    assert planned(result, live).changes == ()


@pytest.mark.parametrize("name", ["CON", "aux.yaml", "nul", "Com1.conf", "lpt9"])
def test_no_file_has_the_name_of_a_windows_device(name):
    live = cluster(
        config=[{"name": name, "data": "x"}, {"name": f"x{name}", "data": "y"}], service=[service()]
    )

    result = imported(live)

    assert set(result.files()) == {"production.yaml", f"configs/_{name}", f"configs/x{name}"}
    assert adopted(planned(result, live)) == sorted([f"config/{name}", f"config/x{name}", "service/api"])


def test_an_import_overwrites_no_file(tmp_path):
    result = imported(cluster(config=[{"name": "site", "data": "a"}], service=[service()]))
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "site").write_text("mine", encoding="utf-8")

    with pytest.raises(UsageError, match=r"site is there already"):
        write(result, tmp_path)

    assert not (tmp_path / "production.yaml").exists()
    assert (tmp_path / "configs" / "site").read_text(encoding="utf-8") == "mine"


def test_an_invalid_stack_name_is_reported():
    with pytest.raises(UsageError, match="stack"):
        imported(cluster(), top={**TOP, "stack": "Not A Stack"})
