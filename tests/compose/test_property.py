"""For supported Compose files, the manifest equals a second, independent reading of the file.

Each strategy draws a part of a Compose file together with its meaning by the Compose Specification.
"""

import json
import shlex
from typing import Any, NamedTuple

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.compose import ConvertOptions, convert, read_model
from reconciler.credentials.text import find_credentials
from reconciler.loading import assemble, read
from reconciler.pipeline.compose import Conversion, import_compose

NAMES = st.sampled_from(["alpha", "beta", "gamma", "delta-1", "eps_2"])
KEYS = st.sampled_from(["A", "B", "LOG_LEVEL", "x.y", "N1"])
TEXT = (
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), max_size=12)
    .map(lambda text: text.replace("$", ""))
    .filter(lambda text: not find_credentials(text))
)
"""Texts without credentials, since variables would replace them."""
WORDS = st.lists(TEXT.filter(bool), min_size=1, max_size=4).filter(
    lambda words: not find_credentials(shlex.join(words))
)
ENV_FILE = "TAG=2.4\nEMPTY=\n"
"""The known values of variables; GONE has none."""


class Example(NamedTuple):
    """A part of a Compose file, and its meaning."""

    written: Any
    meaning: Any


REFERENCES = st.sampled_from(
    [
        Example("${TAG}", "2.4"),
        Example("$TAG", "2.4"),
        Example("v${TAG}-${TAG:-x}", "v2.4-2.4"),
        Example("${TAG:?must be given}", "2.4"),
        Example("${EMPTY:-word}", "word"),
        Example("${EMPTY-word}", ""),
        Example("${GONE:-a:b}", "a:b"),
        Example("${GONE-${TAG}}", "2.4"),
        Example("${GONE:-${EMPTY:-c}}", "c"),
        Example("${TAG:+set}", "set"),
        Example("${GONE+set}", ""),
        Example("$$TAG $${TAG} 100%$", "$TAG ${TAG} 100%$"),
        Example("{{.Task.Slot}}", "{{.Task.Slot}}"),
    ]
)
VALUES = st.one_of(
    TEXT.map(lambda text: Example(text, text)),
    st.integers(-9999, 99999).map(lambda number: Example(number, str(number))),
    st.booleans().map(lambda value: Example(value, str(value).lower())),
    st.sampled_from([Example(1.5, "1.5"), Example(0.25, "0.25")]),
    REFERENCES,
)
REFERRED = st.sampled_from(
    [
        Example([], {}),
        Example(["token"], {"token": ("token", 0, "0444")}),
        Example([{"source": "token", "target": "t", "uid": "7", "mode": 0o400}], {"t": ("token", 7, "0400")}),
    ]
)
MOUNTED = st.sampled_from(
    [
        Example([], {}),
        Example(["site"], {"/site": ("site", 0, "0444")}),
        Example(
            [{"source": "site", "target": "/etc/site", "mode": 0o440}], {"/etc/site": ("site", 0, "0440")}
        ),
    ]
)
COMMANDS = st.one_of(
    WORDS.map(lambda words: Example([word.replace("$", "$$") for word in words], words)),
    st.sampled_from(
        [
            Example("serve --port 80", ["serve", "--port", "80"]),
            Example("sh -c 'a && b' \"c d\"", ["sh", "-c", "a && b", "c d"]),
            Example("a\n  b\\ c", ["a", "b c"]),
            Example("a && b", ["a"]),
        ]
    ),
)
SOURCES = st.lists(st.sampled_from(["data", "logs", "cache"]), unique=True)
CONSTRAINTS = st.lists(st.sampled_from(["node.role==worker", "node.hostname != n1"]), unique=True)


def environment(draw) -> Example:
    """A map, or a list of KEY=VALUE."""
    found = draw(st.dictionaries(KEYS, VALUES, max_size=4))
    meaning = {key: value.meaning for key, value in found.items()}
    if draw(st.booleans()):
        return Example({key: value.written for key, value in found.items()}, meaning)
    lines = [f"{key}={as_text(value.written)}" for key, value in found.items()]
    return Example(lines, meaning)


def as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def mounts(draw) -> Example:
    """Volumes by their short and long forms."""
    written, meaning = [], {}
    for source in draw(SOURCES):
        readonly = draw(st.booleans())
        short = (
            f"{source}:/{source}{draw(st.sampled_from([':ro', ':ro,z'] if readonly else ['', ':z', ':rw']))}"
        )
        long = {"type": "volume", "source": source, "target": f"/{source}", "read_only": readonly}
        written.append(draw(st.sampled_from([short, long])))
        meaning[f"/{source}"] = (source, readonly)
    return Example(written, meaning)


def service(draw, name: str, earlier: list[str]) -> Example:
    image = draw(st.sampled_from([Example("a/b:2", "a/b:2"), Example("nginx:${TAG}", "nginx:2.4")]))
    variables, mounted = environment(draw), mounts(draw)
    command, secrets, configs = draw(COMMANDS), draw(REFERRED), draw(MOUNTED)
    entrypoint = draw(st.none() | COMMANDS)
    replicas, parallelism = draw(st.integers(0, 9)), draw(st.integers(0, 5))
    minutes, seconds = draw(st.integers(0, 5)), draw(st.integers(0, 59))
    order, constraints = draw(st.sampled_from(["start-first", "stop-first"])), draw(CONSTRAINTS)
    needed = draw(st.lists(st.sampled_from(earlier), unique=True)) if earlier else []
    port = draw(st.none() | st.integers(1, 65535))
    update = {"parallelism": parallelism, "delay": f"{minutes}m{seconds}s", "order": order}
    labels = {
        f"traefik.http.routers.{name}.rule": f"Host(`{name.replace('_', '-')}.example.com`)",
        f"traefik.http.services.{name}.loadbalancer.server.port": str(port),
    }
    written = {
        "image": image.written,
        "environment": variables.written,
        "volumes": mounted.written,
        "command": command.written,
        "secrets": secrets.written,
        "configs": configs.written,
        "depends_on": needed
        if draw(st.booleans())
        else {other: {"condition": "service_started"} for other in needed},
        "deploy": {
            "replicas": replicas,
            "update_config": update,
            "placement": {"constraints": constraints},
            "labels": labels if port else {},
        },
    }
    if entrypoint:
        written["entrypoint"] = entrypoint.written
    meaning = {
        "image": image.meaning,
        "replicas": replicas,
        "environment_variables": variables.meaning,
        "args": command.meaning,
        "command": entrypoint.meaning if entrypoint else [],
        "mounts": mounted.meaning,
        "secrets": secrets.meaning,
        "configs": configs.meaning,
        "update": (parallelism, minutes * 60 + seconds, order),
        "constraints": {each.replace(" ", "") for each in constraints},
        "depends_on": set(needed),
        "hosts": {f"{name.replace('_', '-')}.example.com"} if port else set(),
        "port": port,
    }
    return Example(written, meaning)


def override(draw, name: str, meaning: dict[str, Any]) -> Example:
    """The part of a second file for a service, and the meaning of both files together."""
    variables, command = environment(draw), draw(COMMANDS)
    merged = {**meaning["environment_variables"], **variables.meaning}
    written = {name: {"environment": variables.written, "command": command.written, "image": None}}
    return Example(
        {"services": written}, {**meaning, "environment_variables": merged, "args": command.meaning}
    )


@st.composite
def documents(draw):
    """Two files and the meaning of their services; the first has a service of an inactive profile."""
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    services = {name: service(draw, name, names[:at]) for at, name in enumerate(names)}
    meanings = {name: drawn.meaning for name, drawn in services.items()}
    second = override(draw, names[0], meanings[names[0]])
    first = {
        "services": {
            **{name: drawn.written for name, drawn in services.items()},
            "tools": {"image": "a:1", "profiles": ["debug"]},
        },
        "volumes": dict.fromkeys(["data", "logs", "cache"]),
        "secrets": {"token": {"external": True}},
        "configs": {"site": {"content": "a"}},
    }
    return Example([first, second.written], {**meanings, names[0]: second.meaning})


def found(manifest) -> dict[str, Any]:
    """The declarations of a manifest, in the same form."""
    spec = manifest.spec
    return {
        "image": spec["image"],
        "replicas": spec["replicas"],
        "environment_variables": dict(spec.get("environment_variables", {})),
        "args": shlex.split(spec["args"]),
        "command": shlex.split(spec.get("command", "")),
        "mounts": {each["target"]: (each["source"], each["readonly"]) for each in spec.get("mounts", ())},
        "secrets": references(spec.get("secrets", ())),
        "configs": {
            f"/{target.removeprefix('/')}": what
            for target, what in references(spec.get("configs", ())).items()
        },
        "update": tuple(spec[f"update_{field}"] for field in ("parallelism", "delay", "order")),
        "constraints": {each.replace(" ", "") for each in spec.get("placement_constraints", ())},
        "depends_on": set(manifest.depends_on),
        "hosts": set(spec.get("hosts", ())),
        "port": spec.get("port"),
    }


def references(listed) -> dict[str, Any]:
    return {each["file_name"]: (each["name"], each["uid"], each["mode"]) for each in listed}


@settings(max_examples=60)
@given(documents())
def test_the_manifest_declares_what_the_compose_files_declare(tmp_path_factory, drawn):
    folder = tmp_path_factory.mktemp("compose")
    (folder / ".env").write_text(ENV_FILE, encoding="utf-8")
    paths = [folder / "compose.yml", folder / "override.yml"]
    for path, document in zip(paths, drawn.written, strict=True):
        path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    made = import_compose(Conversion(paths, "production", "default", ConvertOptions()))
    (folder / "out").mkdir()
    (folder / "out" / "manifest.yaml").write_text(made.text(), encoding="utf-8")

    desired, problems = assemble(read(folder / "out", root=folder, variables={}, environment={}))

    assert not [problem for problem in problems if problem.severity == "error"]
    assert {
        name: found(manifest) for (kind, name), manifest in desired[0].manifests.items() if kind == "service"
    } == drawn.meaning


def test_a_compose_file_in_json_gives_the_same_result(tmp_path):
    document = {"services": {"a": {"image": "a:1", "environment": {"A": "1"}}}}
    (tmp_path / "a.json").write_text(json.dumps(document), encoding="utf-8")
    (tmp_path / "a.yml").write_text(yaml.safe_dump(document), encoding="utf-8")

    made = [
        convert(read_model([tmp_path / name], {}), ConvertOptions()).sections for name in ("a.json", "a.yml")
    ]

    assert made[0] == made[1]
