"""Manifests and the reports they must give: ``cases/CHECK/NAME.yaml`` and ``NAME.txt``."""

from pathlib import Path

import pytest

from reconciler.checks import CHECKS, MOST_FOUND, check, check_schema
from reconciler.loading import assemble, read
from reconciler.model import Diagnostic

CASES = Path(__file__).parent / "cases"
MANIFESTS = sorted(CASES.glob("*/*.yaml"))
VALUE = "correct-horse-battery"
"""A secret's value in the cases; no report may contain it."""


def report(manifest: Path) -> list[Diagnostic]:
    documents = read(manifest, variables={}, environment={})
    checked, shape = check_schema(documents)
    desired, joining = assemble(checked)
    return [*documents.diagnostics, *shape, *joining, *check(desired)]


def line(diagnostic: Diagnostic) -> str:
    hint = f"    {diagnostic.hint}\n" if diagnostic.hint else ""
    return f"{diagnostic.location}: {diagnostic.severity}: {diagnostic.message} [{diagnostic.check}]\n{hint}"


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_manifest_gives_its_report(manifest, monkeypatch):
    monkeypatch.chdir(manifest.parent)

    found = "".join(line(diagnostic) for diagnostic in report(manifest))

    assert found == manifest.with_suffix(".txt").read_text(encoding="utf-8")
    assert VALUE not in found


@pytest.mark.parametrize("one_check", CHECKS, ids=lambda one_check: one_check.name)
def test_every_check_has_a_case_that_finds_something(one_check):
    reports = [path.read_text(encoding="utf-8") for path in (CASES / one_check.name).glob("*.txt")]

    assert any(f"[{one_check.name}]" in text for text in reports)


@pytest.mark.parametrize("one_check", CHECKS, ids=lambda one_check: one_check.name)
def test_a_check_that_can_warn_is_marked_as_such(one_check):
    reports = [path.read_text(encoding="utf-8") for path in (CASES / one_check.name).glob("*.txt")]

    warned = any(
        ": warning: " in line and line.endswith(f"[{one_check.name}]")
        for text in reports
        for line in text.split("\n")
    )
    assert warned == one_check.warns


def test_the_number_and_length_of_findings_are_limited(tmp_path):
    name = "x" * 400
    services = "".join(f"  s{number}: {{image: {name}}}\n" for number in range(MOST_FOUND + 5))
    (tmp_path / "a.yaml").write_text(f"cluster: c\nservices:\n{services}", encoding="utf-8")

    found = report(tmp_path / "a.yaml")

    assert len(found) == MOST_FOUND + 1
    assert max(len(diagnostic.message) for diagnostic in found) == 300
    assert "more than 1,000 findings: an image without a tag, or with latest" in [
        diagnostic.message for diagnostic in found
    ]
    assert {diagnostic.severity for diagnostic in found} == {"warning"}


def test_every_folder_of_cases_belongs_to_a_check():
    assert {path.name for path in CASES.iterdir()} == {
        *(one_check.name for one_check in CHECKS),
        "schema",
        "allow",
    }


def test_checks_have_unique_names_and_one_line_descriptions():
    assert len({one_check.name for one_check in CHECKS}) == len(CHECKS)
    assert all(one_check.description and "\n" not in one_check.description for one_check in CHECKS)
