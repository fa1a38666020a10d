"""Which libraries a command loads: each costs tens to hundreds of milliseconds in every run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli import COMMANDS

ROOT = Path(__file__).parent.parent
HEAVY = {
    "asyncio",
    "click",
    "deepdiff",
    "http.client",
    "httptools",
    "importlib.metadata",
    "jinja2",
    "jsonschema",
    "jsonschema_rs",
    "logging",
    "msgspec",
    "pyrage",
    "reconciler.credentials.command_lines",
    "requests",
    "rich",
    "sqlite3",
    "ssl",
    "starlette",
    "urllib3",
    "uvicorn",
    "yaml",
}


def loaded(*arguments: str, at: Path = ROOT) -> set[str]:
    """The heavy modules that a run of the command loads, without those of the interpreter's own start."""
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "reconciler", *arguments],
        cwd=at,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    assert "this is a bug" not in ran.stderr, ran.stderr
    modules = set(re.findall(r"^import time:[^|]*\|[^|]*\| +(\S+)$", ran.stderr, re.MULTILINE))
    assert "reconciler" in modules
    return modules & HEAVY


def test_printing_the_version_loads_no_library():
    assert loaded("--version") == set()


def test_the_help_loads_only_click():
    assert loaded("--help") == {"click"}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_commands_help_loads_only_click(name):
    assert loaded(name, "--help") == {"click"}


def test_a_mistyped_option_loads_only_click():
    assert loaded("plan", "--tarrget", "x") == {"click"}


def test_valid_manifests_are_checked_without_loading_jsonschema():
    assert loaded("validate", "examples/quickstart") == {"click", "jsonschema_rs", "msgspec", "yaml"}


def test_printing_a_schema_loads_only_click_and_msgspec():
    assert loaded("schema", "manifest") == {"click", "msgspec"}
