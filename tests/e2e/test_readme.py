"""What the README shows is what happens."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import REPOSITORY, Bench, command

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```console\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
COMMANDS = [
    line.removeprefix("$ ")
    for block in BLOCKS
    for line in block.splitlines()
    if line.startswith("$ reconciler ") and "broken" not in line
]


def test_the_broken_manifest_and_its_report_stand_in_the_readme() -> None:
    manifest = (REPOSITORY / "docs" / "broken.yaml").read_text(encoding="utf-8")
    ended = command("validate", "docs/broken.yaml", cwd=REPOSITORY)

    assert ended.code == 1
    assert f"```yaml\n{manifest}```" in README
    assert f"$ reconciler validate docs/broken.yaml\n{ended.out}```" in README


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_readme_is_one_that_runs(bench: Bench, line: str) -> None:
    shutil.copytree(REPOSITORY / "examples", bench.folder / "examples")
    bench.write("cluster: production\nvolumes: {data: {}}\n", "here/manifest.yaml")
    arguments = shlex.split(line, comments=True)[1:]
    asked = ["--yes"] if arguments[0] == "apply" and "--yes" not in arguments else []

    ended = bench.run(*arguments, *asked, folder="here" if "examples" not in line else ".")

    assert ended.code == 0, ended.text


def test_every_command_is_in_the_readme() -> None:
    help_text = command("--help", cwd=Path("/")).out
    commands = re.findall(r"^  ([a-z-]+)  +[A-Z]", help_text.partition("Commands:")[2], re.MULTILINE)

    assert len(commands) >= 14
    for name in commands:
        assert f"`{name}" in README, name
