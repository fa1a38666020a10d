"""Invalid or hostile Compose files: a clear error with its place, and nothing is written."""

import os
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from reconciler.cli import run


class ConvertEnd(NamedTuple):
    exit_code: int
    stderr: str


@pytest.fixture
def convert(tmp_path, capsys):
    out = tmp_path / "out"

    def run_it(text: str, *more: str) -> tuple[ConvertEnd, Path]:
        path = tmp_path / "compose.yml"
        path.write_text(text, encoding="utf-8")
        code = run(["import", "--compose", str(path), "--cluster", "production", "--out", str(out), *more])
        return ConvertEnd(code, capsys.readouterr().err), out

    return run_it


@pytest.mark.parametrize(
    "text, message",
    [
        ("services: {a: {image: x, nonsense: 1}}", "has no field 'nonsense'"),
        (
            "services: {a: {image: x, security_opt: [a=1, b=2, a=1]}}",
            "security_opt holds the same item twice",
        ),
        ("services: {a: {image: x, environment: 5}}", "services.a.environment must be object or array"),
        ("services: {a: {image: x, environment: [{A: b}]}}", "services.a.environment.0 must be string"),
        ("services: {a: {image: x, environment: [{A: b}]}}", "NAME: VALUE without the dash"),
        (
            "services: {a: {image: x, deploy: {labels: [{a: b}]}}}",
            "services.a.deploy.labels.0 must be string",
        ),
        ("services: {a: {image: x, ports: {a: 1}}}", "services.a.ports must be array"),
        ("services: {a: null}", "services.a must be object"),
        ("services: {a: {image: [1]}}", "services.a.image must be string"),
        ("services: {a: [1]}", "services.a must be object"),
        ("services:\n  a: {image: 'x\n", "this is not YAML"),
        ("- a\n", "has no services"),
        ("", "has no services"),
        ("web: {image: nginx, links: [db]}\ndb: {image: postgres}", "a Compose file of version 1"),
        ("a: 1\n---\nb: 2\n", "a second one begins"),
        ("services: {a: {image: x, image: y}}", "is given twice"),
        ("services: {a: {image: '${'}}", "not followed by a variable name"),
        ("services: {a: {image: '${A'}}", "followed by neither"),
        ("services: {a: {extends: b, image: x}, b: {extends: a, image: x}}", "extends itself"),
        ("services: {a: {extends: nobody, image: x}}", "does not have"),
        ("include: [compose.yml]\nservices: {}", "includes itself"),
        ("services: {a: {image: x, environment: {A: !!python/object:os.system x}}}", "is not one of"),
        ("services: {a: &a {image: x, labels: *a}}", "contains itself"),
        (
            "services:\n  s0: {image: a}\n"
            + "".join(f"  s{n}: {{extends: s{n - 1}}}\n" for n in range(1, 2000)),
            "services extend one another more than 100 deep",
        ),
        ("services: {a: {image: '" + "${A:-" * 100 + "'}}", "nested more than 20 deep"),
    ],
)
def test_invalid_input_is_refused_with_its_place(convert, text, message):
    result, out = convert(text)

    assert result.exit_code == 1
    assert message in result.stderr
    assert "compose.yml:" in result.stderr
    assert "bug" not in result.stderr
    assert not out.exists()


def test_each_mistake_is_reported_once(convert):
    result, _ = convert("services: {a: {image: [1], environment: 5}, b: {image: x, nonsense: 1}}")

    assert result.stderr.count(" error: ") == 3


def test_a_field_without_a_value_counts_as_missing(convert):
    result, out = convert("services: {a: {image: 'x:1', ports: , labels: , deploy: {replicas: }}}")

    assert result.exit_code == 0
    assert "ports" not in (out / "production.yaml").read_text(encoding="utf-8")


def test_strict_fails_and_writes_nothing_if_a_note_changes_what_runs(convert):
    result, out = convert("services: {a: {image: 'x:1', privileged: true}}", "--strict")

    assert result.exit_code == 1
    assert "privileged" in result.stderr
    assert not out.exists()


def test_files_that_differ_are_overwritten_only_on_request(convert):
    text = "services: {a: {image: 'x:1'}}"
    first, out = convert(text)
    again, _ = convert(text)
    edited, _ = convert(text.replace("x:1", "x:2"))
    asked, _ = convert(text.replace("x:1", "x:2"), "--overwrite")

    assert [ended.exit_code for ended in (first, again, edited, asked)] == [0, 0, 1, 0]
    assert "--overwrite" in edited.stderr
    assert "x:2" in (out / "production.yaml").read_text(encoding="utf-8")


def test_an_edit_of_the_source_shows_only_that_edit(convert):
    text = "services:\n  a: {image: 'x:1', privileged: true}\n  b: {image: 'y:1', user: '1'}\n"
    _, out = convert(text)
    before = (out / "production.yaml").read_text(encoding="utf-8").splitlines()
    convert("# a comment\n\n" + text.replace("y:1", "y:2"), "--overwrite")
    after = (out / "production.yaml").read_text(encoding="utf-8").splitlines()

    assert [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]] == [
        ("    image: y:1", "    image: y:2")
    ]


def test_a_variable_that_included_files_give_different_values_is_refused(convert, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / ".env").write_text(f"TAG=never-shown-{name}\n", encoding="utf-8")
        (tmp_path / name / "part.yml").write_text(
            f"services: {{{name}: {{image: 'x:${{TAG}}'}}}}", encoding="utf-8"
        )

    result, out = convert("include: [a/part.yml, b/part.yml]")

    assert result.exit_code == 1
    assert "part.yml:1:" in result.stderr
    assert "the variable TAG has another value in this file" in result.stderr
    assert "never-shown" not in result.stderr
    assert not out.exists()


@pytest.mark.parametrize("text", [None, "'A\n"])
def test_an_env_file_of_an_included_file_that_can_not_be_read_is_named(convert, tmp_path, text):
    (tmp_path / "part.yml").write_text("services: {a: {image: 'x:1'}}", encoding="utf-8")
    if text is not None:
        (tmp_path / "part.env").write_text(text, encoding="utf-8")

    result, _ = convert("include: [{path: part.yml, env_file: part.env}]")

    assert result.exit_code == 1
    assert "part.env" in result.stderr


@pytest.mark.posix("opens named pipes and devices")
@pytest.mark.parametrize(
    "text",
    [
        "services: {a: {image: x, env_file: PATH}}",
        "services: {a: {image: x, configs: [c]}}\nconfigs: {c: {file: PATH}}",
        "services: {a: {image: x, volumes: ['PATH:/etc/a.conf:ro']}}",
    ],
    ids=["env_file", "configs.file", "volumes"],
)
@pytest.mark.parametrize("kind", ["device", "pipe"])
def test_a_pipe_or_a_device_that_a_file_names_is_not_read(convert, tmp_path, text, kind):
    path = endless(tmp_path, kind)

    ended, out = convert(text.replace("PATH", path))

    assert ended.exit_code == 0, ended.stderr
    assert "changes what runs" in "".join(
        written.read_text(encoding="utf-8") for written in out.rglob("*.yaml")
    )


@pytest.mark.posix("opens named pipes and devices")
@pytest.mark.parametrize(
    "text",
    [
        "services: {a: {extends: {file: PATH, service: a}}}",
        "include: [PATH]\nservices: {}",
        "include: [{path: compose.yml, env_file: PATH}]\nservices: {}",
    ],
    ids=["extends", "include", "include.env_file"],
)
@pytest.mark.parametrize("kind", ["device", "pipe"])
def test_a_pipe_or_a_device_is_no_compose_file(convert, tmp_path, text, kind):
    path = endless(tmp_path, kind)

    ended, out = convert(text.replace("PATH", path))

    assert (ended.exit_code, out.exists()) == (1, False)
    assert f"{path} is not a regular file" in ended.stderr


def endless(folder: Path, kind: str) -> str:
    """A file that has no end, or that nobody ever writes to."""
    if kind == "device":
        return "/dev/zero"
    os.mkfifo(folder / "pipe")
    return str(folder / "pipe")


def test_files_that_include_others_several_times_are_read_a_limited_number_of_times(convert, tmp_path):
    for number in range(25):
        included = ", ".join([f"i{number + 1}.yml"] * 3)
        (tmp_path / f"i{number}.yml").write_text(f"include: [{included}]\n", encoding="utf-8")
    (tmp_path / "i25.yml").write_text("services: {a: {image: a}}\n", encoding="utf-8")

    result, out = convert("include: [i0.yml]\nservices: {b: {image: b}}\n")

    assert result.exit_code == 1
    assert result.stderr.count("more than 1,000 included files") == 1
    assert not out.exists()


@pytest.mark.parametrize("line", ["A{n}=${{A{m}}}${{A{m}}}", 'A{n}="${{A{m}:-${{A{m}}}}}${{A{m}}}"'])
def test_values_of_an_env_file_that_double_with_each_line_are_an_error(convert, tmp_path, line):
    lines = [line.format(n=number, m=number - 1) for number in range(1, 60)]
    (tmp_path / ".env").write_text("\n".join(["A0=xxxxxxxxxx", *lines]), encoding="utf-8")

    result, _ = convert("services: {a: {image: a, command: '${A59}'}}\n")

    assert result.exit_code == 1
    assert "makes the values of the file longer than 16,000,000 characters" in result.stderr


def test_a_text_that_repeats_a_long_variable_is_an_error(convert, tmp_path):
    (tmp_path / ".env").write_text(f"A={'x' * 500_000}\n", encoding="utf-8")

    result, _ = convert("services: {a: {image: a, volumes: ['" + "${A}" * 100 + ":/x']}}\n")

    assert result.exit_code == 1
    assert "expand to too many characters" in result.stderr


def test_long_names_that_are_cut_to_the_same_name_get_numbers(convert):
    services = "".join(f"  {'a' * 80}{letter}: {{image: a}}\n" for letter in "bcdefghijklm")

    result, out = convert(f"services:\n{services}")

    assert result.exit_code == 0
    (manifest,) = out.glob("*.yaml")
    names = re.findall(r"^  (a+(?:-\d+)?):", manifest.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(set(names)) == len(names) == 12
    assert names[1].endswith("-2")
    assert names[11].endswith("-12")


def test_a_reference_that_a_command_repeats_thousands_of_times_is_examined_once(convert):
    repeated = "${DB_PASSWORD:-hunter22x}" * 20_000

    result, out = convert(f"services: {{a: {{image: a, command: 'x {repeated}'}}}}\n")

    assert result.exit_code == 0
    assert result.stderr.count("the default of the variable DB_PASSWORD looks like a credential") == 1
    (manifest,) = out.glob("*.yaml")
    assert "hunter22x" not in manifest.read_text(encoding="utf-8")


def services(count: int, fields: str) -> str:
    return "services:\n" + "".join(f"  s{number}: {{{fields}}}\n" for number in range(count))


@pytest.mark.parametrize(
    "text, file, said",
    [
        (services(20, "image: a, env_file: [file]"), "".join(f"N{n}=v\n" for n in range(5000)), "variables"),
        (services(30, "image: a, env_file: [file]"), f"A={'x' * 400_000}\n", "characters"),
        (services(30, "image: a, volumes: ['./file:/f']"), "a line\n" * 60_000, "characters"),
        (
            f"x-a: &a '{'x y ' * 100_000}'\n" + services(30, "image: a, command: *a"),
            "",
            "characters",
        ),
        (
            services(1, f"image: a, environment: {{{', '.join(f'K{n}: v' for n in range(20_000))}}}")
            + "".join(f"  e{n}: {{extends: s0}}\n" for n in range(10)),
            "",
            "variables",
        ),
        (
            services(1, f"image: a, command: '{' '.join(f'${{A{n}:-x}}' for n in range(5000))}'"),
            "",
            "characters",
        ),
    ],
    ids=["names of an env file", "text of an env file", "mounted file", "alias", "extends", "references"],
)
def test_what_many_services_share_counts_for_each_of_them(convert, tmp_path, text, file, said):
    (tmp_path / "file").write_text(file, encoding="utf-8")

    result, out = convert(text)

    assert result.exit_code == 1
    assert re.search(f"Error: the .*more than [0-9,]+ (environment )?{said}: convert", result.stderr)
    assert not out.exists()


def test_values_of_a_services_env_file_that_double_with_each_line_are_an_error(convert, tmp_path):
    lines = [f"A{number}=${{A{number - 1}}}${{A{number - 1}}}" for number in range(1, 60)]
    (tmp_path / "e").write_text("\n".join(["A0=xxxxxxxxxx", *lines]), encoding="utf-8")

    result, _ = convert("services: {a: {image: a, env_file: [e]}}\n")

    assert result.exit_code == 1
    assert "expand to too many characters" in result.stderr
