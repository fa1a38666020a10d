"""The public interface of the package: complete, typed, and as its page describes it."""

import re
import subprocess
import sys
from collections.abc import Mapping
from typing import assert_type

import pytest

import reconciler
from tests.docs.test_pages import BLOCKS, DOCS
from tests.e2e.conftest import CLEAN, Bench, bench

__all__ = ["bench"]

PAGE = (DOCS / "python.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", reconciler.__all__)
def test_every_public_name_exists(name):
    assert getattr(reconciler, name) is not None


def test_nothing_else_is_public():
    assert dir(reconciler) == sorted(reconciler.__all__)
    with pytest.raises(AttributeError, match="no attribute 'lode'"):
        reconciler.lode  # type: ignore[attr-defined] # noqa: B018 - a name that there is not


def test_importing_the_package_loads_none_of_its_modules():
    code = (
        "import sys, reconciler; print(*sorted(one for one in sys.modules if one.startswith('reconciler.')))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8"
    )

    assert ran.stdout.split() == []


def types_that_mypy_checks(manifests: reconciler.Manifests) -> None:
    """Never called: strict mypy checks it like a user's program."""
    assert_type(reconciler.load("."), reconciler.Manifests)
    with reconciler.connect(key="k", value="v") as opened:
        session = assert_type(opened, reconciler.Session)
        run = assert_type(reconciler.plan(session, manifests), reconciler.PlannedRun)
        assert_type(run.plans, tuple[reconciler.Plan, ...])
        result = assert_type(reconciler.apply(session, run), reconciler.RunResult)
        assert_type(result.outcomes, list[reconciler.Outcome])


def test_the_example_program_prints_what_its_page_shows(bench: Bench) -> None:
    parts: Mapping[str, str] = {title: text for _, title, text in BLOCKS.findall(PAGE) if title}
    bench.write(parts["manifest.yaml"])
    program = bench.write(parts["deploy.py"], "deploy.py")

    ran = subprocess.run(
        [sys.executable, str(program)],
        cwd=bench.folder,
        env={**CLEAN, **bench.account, "PYTHONPATH": str(DOCS.parent)},
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    assert re.sub(r" +$", "", ran.stdout, flags=re.MULTILINE) == parts["output"]
