"""For Compose files of the supported part, the manifest says the same as a second, independent reading of the file."""

import json
import shlex
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.compose import ConvertOptions, convert, read_model
from reconciler.kinds.shapes import spans
from reconciler.loading import assemble, read

NAMES = st.sampled_from(["alpha", "beta", "gamma", "delta-1", "eps_2"])
KEYS = st.sampled_from(["A", "B", "LOG_LEVEL", "x.y", "N1"])
TEXT = (
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), max_size=12)
    .map(lambda text: text.replace("$", ""))
    .filter(lambda text: not spans(text))
)
"""No credentials: variables stand in their place."""
WORDS = st.lists(TEXT.filter(bool), min_size=1, max_size=4).filter(lambda words: not spans(shlex.join(words)))
VALUES = TEXT | st.integers(-9999, 99999) | st.booleans()


def service(draw):
    made = {"image": draw(st.sampled_from(["nginx:1.27", "registry.example.com/a/b:2"]))}
    made["environment"] = draw(
        st.dictionaries(KEYS, VALUES, max_size=4)
        | st.lists(st.tuples(KEYS, TEXT), max_size=4, unique_by=lambda pair: pair[0]).map(
            lambda pairs: [f"{key}={value}" for key, value in pairs]
        )
    )
    made["command"] = draw(WORDS)
    made["deploy"] = {
        "replicas": draw(st.integers(0, 9)),
        "update_config": {
            "parallelism": draw(st.integers(0, 5)),
            "delay": f"{draw(st.integers(0, 5))}m{draw(st.integers(0, 59))}s",
            "order": draw(st.sampled_from(["start-first", "stop-first"])),
        },
        "placement": {
            "constraints": draw(
                st.lists(st.sampled_from(["node.role==worker", "node.hostname != n1"]), unique=True)
            )
        },
    }
    made["volumes"] = [
        f"{source}:/{source}{draw(st.sampled_from(['', ':ro', ':z']))}"
        for source in draw(st.lists(st.sampled_from(["data", "logs", "cache"]), unique=True))
    ]
    return made


@st.composite
def documents(draw):
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    services = {name: service(draw) for name in names}
    for at, name in enumerate(names[1:], 1):
        services[name]["depends_on"] = draw(st.lists(st.sampled_from(names[:at]), unique=True))
    volumes = {one.split(":")[0] for each in services.values() for one in each["volumes"]}
    return {"services": services, "volumes": dict.fromkeys(sorted(volumes))}


def text_of(value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def expected(one: dict[str, Any]) -> dict[str, Any]:
    """The reading of one service, from the Compose Specification alone."""
    environment = one["environment"]
    pairs = (
        environment.items() if isinstance(environment, dict) else (each.split("=", 1) for each in environment)
    )
    update = one["deploy"]["update_config"]
    minutes, seconds = update["delay"].removesuffix("s").split("m")
    mounts = [each.split(":") for each in one["volumes"]]
    return {
        "image": one["image"],
        "replicas": one["deploy"]["replicas"],
        "environment_variables": {key: text_of(value) for key, value in pairs},
        "words": one["command"],
        "mounts": {parts[1]: (parts[0], parts[2:] == ["ro"]) for parts in mounts},
        "update": (update["parallelism"], int(minutes) * 60 + int(seconds), update["order"]),
        "constraints": {each.replace(" ", "") for each in one["deploy"]["placement"]["constraints"]},
        "depends_on": set(one.get("depends_on", [])),
    }


def found(manifest) -> dict[str, Any]:
    """The same of what the manifest declares."""
    spec = manifest.spec
    return {
        "image": spec["image"],
        "replicas": spec["replicas"],
        "environment_variables": dict(spec.get("environment_variables", {})),
        "words": shlex.split(spec["args"]),
        "mounts": {each["target"]: (each["source"], each["readonly"]) for each in spec.get("mounts", ())},
        "update": tuple(spec[f"update_{field}"] for field in ("parallelism", "delay", "order")),
        "constraints": {each.replace(" ", "") for each in spec.get("placement_constraints", ())},
        "depends_on": set(manifest.depends_on),
    }


@given(documents())
def test_the_manifest_says_what_the_compose_file_says(tmp_path_factory, document):
    from reconciler.pipeline.compose import Conversion, import_compose

    folder = tmp_path_factory.mktemp("compose")
    (folder / "compose.yml").write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    made = import_compose(Conversion([folder / "compose.yml"], "production", "default", ConvertOptions()))
    (folder / "out").mkdir()
    (folder / "out" / "manifest.yaml").write_text(made.text(), encoding="utf-8")

    desired, problems = assemble(read(folder / "out", root=folder, variables={}, environment={}))

    assert not [one for one in problems if one.severity == "error"]
    assert {
        name: found(manifest) for (kind, name), manifest in desired[0].manifests.items() if kind == "service"
    } == {name: expected(one) for name, one in document["services"].items()}


def test_a_compose_file_as_json_is_read_alike(tmp_path):
    document = {"services": {"a": {"image": "a:1", "environment": {"A": "1"}}}}
    (tmp_path / "a.json").write_text(json.dumps(document))
    (tmp_path / "a.yml").write_text(yaml.safe_dump(document))

    made = [
        convert(read_model([tmp_path / name], {}), ConvertOptions()).sections for name in ("a.json", "a.yml")
    ]

    assert made[0] == made[1]
