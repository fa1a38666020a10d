"""The README's commands, outputs and links are correct."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import REPOSITORY, Bench, command

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
INSTALLED = README.replace("$ pip install '.[emulator]' && reconciler", "$ reconciler")
BLOCKS = re.findall(r"^```console\n(.*?)^```$", INSTALLED, re.MULTILINE | re.DOTALL)
COMMANDS = [
    line.removeprefix("$ ")
    for block in BLOCKS
    for line in block.splitlines()
    if line.startswith("$ reconciler ")
]
TIMES = re.compile(r"\([0-9.]+ s\)")
OUTPUT = {
    command: output
    for block in BLOCKS
    for command, output in re.findall(r"^\$ (reconciler .*)\n((?:(?!\$ ).*\n)+)", block, re.MULTILINE)
}
"""The output that the README shows, by command."""


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 150


def test_the_readmes_manifest_is_valid(bench: Bench) -> None:
    (manifest,) = re.findall(r"^```yaml\n(# yaml-language-server.*?)^```$", README, re.MULTILINE | re.DOTALL)
    bench.write(manifest)

    ended = bench.run("validate")

    assert (ended.code, "error" in ended.text) == (0, False), ended.text


def test_the_readmes_links_and_pictures_exist() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", README)

    assert len(links) > 15
    assert [link for link in links if not (REPOSITORY / link).exists()] == []


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_readme_runs(bench: Bench, line: str) -> None:
    shutil.copytree(REPOSITORY / "examples", bench.folder / "examples")
    bench.write("cluster: production\nvolumes: {data: {}}\n", "here/clusters/manifest.yaml")
    arguments = shlex.split(line, comments=True)[1:]
    asked = ["--yes"] if arguments[0] == "apply" and "--yes" not in arguments else []

    ended = bench.run(*arguments, *asked, folder="here" if "examples" not in line else ".")

    assert ended.code == 0, ended.text
    if shown := OUTPUT.get(line):
        assert cut_out(shown, TIMES.sub("(x s)", ended.err + ended.out)), ended.text


def test_every_output_in_the_readme_is_checked() -> None:
    assert cut_out("[…]\nb\nc\n[…]\ne\n", "a\nb\nc\nd\ne\n")
    assert not cut_out("[…]\nb\n[…]\ne\n", "a\nc\nd\ne\n")
    assert not cut_out("b\n", "a\nb\n")
    assert [shown.partition(" --")[0] for shown in OUTPUT] == ["reconciler apply examples/quickstart"]


def cut_out(shown: str, whole: str) -> bool:
    """Whether ``shown`` is ``whole`` with parts replaced by […]."""
    parts = re.split(r"^\[…\]\n", TIMES.sub("(x s)", shown), flags=re.MULTILINE)
    return re.fullmatch(r"(?:.*\n)*?".join(map(re.escape, parts)), whole) is not None


def test_every_command_is_in_the_readme() -> None:
    help_text = command("--help", cwd=Path("/")).out
    commands = re.findall(r"^  ([a-z-]+)  +[A-Z]", help_text.partition("Commands:")[2], re.MULTILINE)

    assert len(commands) >= 14
    for name in commands:
        assert f"`{name}" in README, name


@pytest.mark.parametrize("example", ["quickstart", "clinic"])
def test_no_two_examples_declare_the_same_objects(bench: Bench, example: str) -> None:
    ended = bench.run("plan", str(REPOSITORY / "examples" / example))

    assert "declared twice" not in ended.text
    assert ended.code == 0, ended.text
