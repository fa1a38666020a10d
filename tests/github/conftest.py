"""A checkout, an emulated platform and GitHub, and steps of the Action run against them in this process."""

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from reconciler import cli, emulator
from reconciler.github import approvals
from tests.github.server import REPOSITORY, TOKEN, GitHub, pull_body, serve

PLAN_KEY = "a-plan-key-of-this-project-that-is-long-enough"
HEAD, NEXT_HEAD, MERGED, BEFORE = "1" * 40, "2" * 40, "3" * 40, "4" * 40
MANIFEST = """\
cluster: production
stack: shop
services:
  web:
    image: nginx:1.27
    replicas: {replicas}
    update_monitor: 1
volumes:
  data: {{}}
"""


@dataclass
class StepResult:
    """The outputs, summary, comments and log of a step."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str

    @property
    def commands(self) -> list[str]:
        """The workflow commands in this log, as the runner parses it."""
        obeyed, stopped = [], ""
        for line in self.log.splitlines():
            if stopped:
                stopped = "" if line.strip() == f"::{stopped}::" else stopped
            elif found := re.match(r"\s*::stop-commands::(.+)", line):
                stopped = found[1].strip()
            elif line.lstrip().startswith("::") or "##[" in line:
                obeyed.append(line)
        return obeyed

    def annotations(self, severity: str) -> list[str]:
        return [command for command in self.commands if command.startswith(f"::{severity}")]


@dataclass
class StepRunner:
    """A runner with a checkout; ``run`` runs a step."""

    github: GitHub
    platform: emulator.Emulator
    checkout: Path
    temporary: Path
    patch: pytest.MonkeyPatch
    capture: Any
    inputs: dict[str, str] = field(default_factory=dict)

    def write(self, text: str, name: str = "reconciler.yaml") -> None:
        place = self.checkout / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")

    def run(
        self,
        command: str,
        event: str,
        payload: dict[str, Any],
        *,
        environment: dict[str, str] | None = None,
        **inputs: str,
    ) -> StepResult:
        outputs, summary, event_file = (self.temporary / name for name in ("outputs", "summary", "event"))
        outputs.write_text("", encoding="utf-8")
        summary.write_text("", encoding="utf-8")
        event_file.write_text(json.dumps(payload), encoding="utf-8")
        given = {
            "command": command,
            "api_url": self.platform.url,
            "token_key": self.platform.key,
            "token_value": self.platform.value,
            "plan_key": PLAN_KEY,
            "github_token": TOKEN,
            "timeout": "120",
            **self.inputs,
            **inputs,
        }
        variables = {
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(event_file),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SHA": payload.get("after", MERGED),
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_RUN_ID": "77",
            "GITHUB_ACTOR": "nurse",
            "GITHUB_API_URL": self.github.url,
            "GITHUB_GRAPHQL_URL": self.github.url.replace("/v3", "/graphql"),
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_WORKSPACE": str(self.checkout),
            "GITHUB_OUTPUT": str(outputs),
            "GITHUB_STEP_SUMMARY": str(summary),
            "RUNNER_TEMP": str(self.temporary),
            **{f"INPUT_{name.upper()}": value for name, value in given.items()},
            **(environment or {}),
        }
        with self.patch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            patch.chdir(self.checkout)
            self.capture.readouterr()
            code = cli.run(["github"])
            log = self.capture.readouterr().out
        return StepResult(
            code, log, _outputs(outputs.read_text(encoding="utf-8")), summary.read_text(encoding="utf-8")
        )

    def plan(self, head: str = HEAD, *, number: int = 7, **more: Any) -> StepResult:
        return self.run("plan", "pull_request", {"pull_request": pull_body(number, head=head)}, **more)

    def merge(self, *numbers: int, head: str = HEAD, commit: str = MERGED, **more: Any) -> StepResult:
        """Run the step for the push that merged pull request 7, or the given ones."""
        self.github.append(commit)
        self.github.pulls_by_commit.setdefault(
            commit, [pull_body(number, head=head, merged=True) for number in numbers or (7,)]
        )
        return self.push(commit, **more)

    def push(self, commit: str = MERGED, *, commits: tuple[str, ...] = (), **more: Any) -> StepResult:
        self.github.append(*reversed(commits), commit)
        payload = {"before": BEFORE, "after": commit, "commits": [{"id": sha} for sha in commits]}
        return self.run("apply", "push", payload, **more)

    def comment(self, number: int = 7, purpose: str = "plan") -> str:
        """The text of reconciler's only comment on the plan."""
        mark = f"<!-- reconciler {purpose} "
        (ours,) = [
            comment for comment in self.github.comments.get(number, []) if comment["body"].startswith(mark)
        ]
        return str(ours["body"])

    def report(self, number: int = 7) -> str:
        """The text of reconciler's only comment on the apply."""
        return self.comment(number, "apply")


def _outputs(text: str) -> dict[str, str]:
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        name, _, word = line.partition("<<")
        value: list[str] = []
        while (content := next(lines)) != word:
            value.append(content)
        found[name] = "\n".join(value)
    return found


@pytest.fixture
def github() -> Iterator[GitHub]:
    with serve() as server:
        yield server


@pytest.fixture
def runner(github, tmp_path, monkeypatch, capsys) -> Iterator[StepRunner]:
    for name in ("GITHUB_STEP_SUMMARY", "MEDSTACK_API_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(approvals, "WAITS", (0.01, 0.01))
    checkout, temporary = tmp_path / "checkout", tmp_path / "temporary"
    checkout.mkdir()
    subprocess.run(["git", "init", "-q", str(checkout)], check=True)
    temporary.mkdir()
    with emulator.serve(pace=0) as platform:
        made = StepRunner(github, platform, checkout, temporary, monkeypatch, capsys)
        made.write(MANIFEST.format(replicas=1))
        yield made
