"""Every page that tells a story is played: its files are written, its commands run, its outputs compared."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e.conftest import REPOSITORY, Bench, bench
from tests.e2e.test_readme import cut_out

__all__ = ["bench"]

DOCS = REPOSITORY / "docs"
PLAYED = [DOCS / "tutorial.md", *sorted((DOCS / "how-to").glob("*.md"))]
BLOCKS = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
TIMES = re.compile(r"\([0-9.]+ s\)")


class Step(NamedTuple):
    """A file to write, or a command with the output that the page shows of it."""

    file: str
    text: str
    command: str
    shown: str


def steps(page: str) -> Iterator[Step]:
    """What a page does, in order."""
    for language, title, text in BLOCKS.findall(page):
        if language == "yaml" and title:
            yield Step(title, text, "", "")
        elif language == "console":
            for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
                yield Step("", "", command, shown)


class Shell:
    """As much of a shell as the pages need: variables, one file to write to, and the last exit code."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.variables, self.code = bench, dict[str, str](), 0

    def run(self, line: str) -> str:
        """What a command line prints, standard error first."""
        if line == "echo $?":
            return f"{self.code}\n"
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").partition("=")
            self.variables[name] = value
            return ""
        line, _, file = line.partition(" > ")
        program, *arguments = shlex.split(line)
        assert program == "reconciler"
        ended = self.bench.run(*arguments, env=self.variables)
        self.code = ended.code
        if file:
            self.bench.write(ended.out, file)
        return TIMES.sub("(x s)", ended.err + ("" if file else ended.out))


@pytest.mark.parametrize("page", PLAYED, ids=lambda path: path.stem)
def test_what_a_page_shows_is_what_happens(bench: Bench, page: Path) -> None:
    shell = Shell(bench)
    text = page.read_text(encoding="utf-8")
    if "broken.yaml" in text:
        bench.write((DOCS / "broken.yaml").read_text(encoding="utf-8"), "broken.yaml")
    played = list(steps(text))

    for number, step in enumerate(played):
        if step.file:
            bench.write(step.text, step.file)
            continue
        said = shell.run(step.command)
        after = played[number + 1].command if number + 1 < len(played) else ""
        assert shell.code == 0 or "echo $?" in (after, step.command), f"{step.command}: {shell.code}\n{said}"
        assert cut_out(step.shown, said), f"{step.command} says:\n{said}"


def test_the_mistakes_that_the_tutorial_shows_are_those_of_the_file() -> None:
    manifest = (DOCS / "broken.yaml").read_text(encoding="utf-8")

    assert f"```yaml\n{manifest}```" in (DOCS / "tutorial.md").read_text(encoding="utf-8")
