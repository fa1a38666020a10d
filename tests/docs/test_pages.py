"""The tutorial and the how-to pages are executed: their files written, their commands run, their outputs compared."""

import json
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from click import Context
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from reconciler.cli import cli
from tests.e2e.conftest import REPOSITORY, Bench, bench
from tests.e2e.test_readme import cut_out

__all__ = ["bench"]

DOCS = REPOSITORY / "docs"
PLAYED = [DOCS / name for name in ("tutorial.md", "compose.md", "scale.md")]
PLAYED += sorted((DOCS / "how-to").glob("*.md"))
BLOCKS = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
TIMES = re.compile(r"\([0-9.]+ s\)")
ENDED_BY = {"Killed\n": "SIGKILL", "^C\n": "SIGINT"}
"""What a terminal shows for a run that is ended by a signal, and the name of the signal, which some systems lack."""


class PageStep(NamedTuple):
    """A file to write, or a command with the output that the page shows."""

    file: str
    text: str
    command: str
    shown: str


def steps(page: str) -> Iterator[PageStep]:
    """The steps of a page, in order."""
    for language, title, text in BLOCKS.findall(page):
        if language == "yaml" and title:
            yield PageStep(title, text, "", "")
        elif language == "console":
            for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
                yield PageStep("", "", command, shown)


def watches_tasks(requests: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a run has written everything and is now polling tasks."""
    last = max(
        (index for index, request in enumerate(requests) if request["method"] != "GET"), default=len(requests)
    )
    return sum(str(request["path"]).endswith("/tasks") for request in requests[last:]) > 2


class Shell:
    """The features of a shell that the pages need: variables, output to a file, and the last exit code."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.variables, self.code = bench, dict[str, str](), 0

    def run_until_it_waits(self, line: str, shown: str, name: str) -> str:
        """The output of a run that is ended by a signal while it watches tasks, with what a terminal shows of that."""
        begun = len(self.bench.requests())
        process = self.bench.begin(*shlex.split(line)[1:], env=self.variables, stderr=subprocess.PIPE)
        try:
            end = time.monotonic() + 60
            while not watches_tasks(self.bench.requests()[begun:]) and time.monotonic() < end:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.1)
                assert process.returncode is None, process.communicate()
            process.send_signal(signal.Signals[name])
            said = process.communicate(timeout=60)[1].decode()
        finally:
            process.kill()
        self.code = 128 - process.returncode if process.returncode < 0 else process.returncode
        return shown + said

    def run(self, line: str, shown: str = "") -> str:
        """The output of a command line, standard error first."""
        for begin, name in ENDED_BY.items():
            if shown.startswith(begin):
                return self.run_until_it_waits(line, begin, name)
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


def played() -> Iterator[Any]:
    """The pages, marked if a run on them is killed."""
    for path in PLAYED:
        is_killed = "\nKilled\n" in path.read_text(encoding="utf-8")
        marks = [pytest.mark.posix("Windows has no SIGKILL")] if is_killed else []
        yield pytest.param(path, marks=marks, id=path.stem)


@pytest.mark.parametrize("page", list(played()))
def test_the_commands_of_a_page_print_what_it_shows(bench: Bench, page: Path) -> None:
    shell = Shell(bench)
    text = page.read_text(encoding="utf-8")
    if "broken.yaml" in text:
        bench.write((DOCS / "broken.yaml").read_text(encoding="utf-8"), "broken.yaml")
    listed = list(steps(text))

    for number, step in enumerate(listed):
        if step.file:
            bench.write(step.text, step.file)
            continue
        said = shell.run(step.command, step.shown)
        after = listed[number + 1].command if number + 1 < len(listed) else ""
        is_told = "echo $?" in (after, step.command) or step.shown.startswith(tuple(ENDED_BY))
        assert shell.code == 0 or is_told, f"{step.command}: {shell.code}\n{said}"
        assert cut_out(step.shown, said), f"{step.command} says:\n{said}"


def test_the_tutorial_shows_the_errors_of_its_file() -> None:
    manifest = (DOCS / "broken.yaml").read_text(encoding="utf-8")

    assert f"```yaml\n{manifest}```" in (DOCS / "tutorial.md").read_text(encoding="utf-8")


PAGES = sorted(path for path in DOCS.rglob("*.md") if path.parent.name != "reference")
SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", [path for path in PAGES if path not in PLAYED], ids=lambda path: path.stem)
def test_a_page_that_is_not_run_shows_no_output(page: Path) -> None:
    assert "```console" not in page.read_text(encoding="utf-8"), (
        "add it to PLAYED, or show only commands (```sh)"
    )


def commands_that_are_only_shown() -> Iterator[str]:
    """The lines of ``sh`` blocks that begin with this command, without shell syntax."""
    for page in (*PAGES, REPOSITORY / "README.md"):
        for block in SHELL.findall(page.read_text(encoding="utf-8")):
            for line in block.splitlines():
                if line.startswith("reconciler "):
                    yield re.split(r" [>&|#]", line)[0]


@pytest.mark.parametrize("line", dict.fromkeys(commands_that_are_only_shown()))
def test_a_command_that_is_only_shown_uses_existing_options(line: str) -> None:
    _, name, *arguments = shlex.split(line)
    command = cli.get_command(Context(cli), name)
    assert command is not None
    command.make_parser(Context(command)).parse_args(list(arguments))


def test_every_how_to_page_is_in_the_list_and_the_menu() -> None:
    listed = (DOCS / "how-to" / "index.md").read_text(encoding="utf-8")
    menu = (REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")

    for page in (DOCS / "how-to").glob("*.md"):
        assert page.name == "index.md" or f"({page.name})" in listed
        assert f"how-to/{page.name}" in menu


ALONE = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = [
    text
    for page in (*PAGES, DOCS / "reference" / "fields.md")
    for text in ALONE.findall(page.read_text(encoding="utf-8"))
    if text != (DOCS / "broken.yaml").read_text(encoding="utf-8")
]
"""Manifests, or parts of them, that are only shown."""


def test_an_example_that_is_only_shown_follows_the_schema() -> None:
    schema = CliRunner().invoke(cli, ["schema", "manifest"]).output
    validator = Draft202012Validator(json.loads(schema))

    assert len(EXAMPLES) > 10
    assert [
        (text, error.message) for text in EXAMPLES for error in validator.iter_errors(yaml.safe_load(text))
    ] == []
