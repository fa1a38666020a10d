"""Compose files with the expected manifest and report: a folder of ``cases`` each.

``arguments.txt`` has further arguments of the command. After an intended change, ``python -m
tests.compose.test_cases`` writes the current output; read the difference before you commit it.
"""

import contextlib
import io
import json
import os
import shutil
from pathlib import Path
from unittest import mock

import pytest

from reconciler.cli import run

CASES = sorted(path for path in (Path(__file__).parent / "cases").iterdir() if path.is_dir())


def converted(case: Path, folder: Path, *further: str) -> tuple[str, str, int]:
    """Convert a copy of the case; returns the manifest, the report and the exit code."""
    copy = folder / case.name
    shutil.copytree(case, copy)
    arguments = (
        (case / "arguments.txt").read_text(encoding="utf-8").split()
        if (case / "arguments.txt").exists()
        else []
    )
    more = [str(copy / argument) if argument.endswith(".yml") else argument for argument in arguments]
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    keyed = mock.patch.dict(os.environ, RECONCILER_DIGEST_KEY="k" * 32)
    with keyed, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(
            ["import", "--compose", str(copy / "compose.yml"), "--cluster", "my-cluster", *more, *further]
        )
    texts = []
    for stream in (out, err):
        stream.seek(0)
        texts.append(stream.read().replace(f"{copy.as_posix()}/", ""))
    return texts[0], texts[1], code


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_compose_file_gives_the_expected_manifest_and_report(case, tmp_path):
    manifest, report, code = converted(case, tmp_path)

    assert manifest == (case / "manifest.yaml").read_text(encoding="utf-8")
    assert report == (case / "report.txt").read_text(encoding="utf-8")
    assert code == 0
    assert "never-shown" not in manifest + report


@pytest.mark.parametrize(
    "case", [candidate for candidate in CASES if (candidate / "report.json").exists()], ids=str
)
def test_the_report_can_be_json(case, tmp_path):
    report, said, code = converted(case, tmp_path, "--report", "json")

    assert json.loads(report) == json.loads((case / "report.json").read_text(encoding="utf-8"))
    assert said == ""
    assert code == 0


def test_the_json_report_names_the_files_that_were_written(tmp_path):
    case = next(candidate for candidate in CASES if candidate.name == "healthcheck")
    out = tmp_path / "out"

    report, _, _ = converted(case, tmp_path, "--report", "json", "--out", str(out))

    assert json.loads(report)["files"] == [str(out / "my-cluster.yaml"), str(out / "manifest.schema.json")]


@pytest.mark.parametrize("name, code", [("deploy", 1), ("profiles", 0)])
def test_strict_fails_and_writes_nothing_if_a_note_changes_what_runs(name, code, tmp_path):
    case = next(candidate for candidate in CASES if candidate.name == name)
    out = tmp_path / "out"

    _, said, ended = converted(case, tmp_path, "--strict", "--out", str(out))

    assert ended == code
    assert out.exists() is not bool(code)
    assert ("Error: --strict" in said) is bool(code)


def test_no_file_of_a_config_has_the_name_of_a_windows_device(tmp_path):
    compose, out = tmp_path / "compose.yml", tmp_path / "out"
    compose.write_text(
        "services: {web: {image: 'nginx:1', configs: [{source: aux.conf, target: /a}]}}\n"
        "configs: {aux.conf: {content: text}}\n",
        encoding="utf-8",
    )

    assert run(["import", "--compose", str(compose), "--cluster", "con", "--out", str(out)]) == 0
    assert (out / "configs" / "_aux.conf").read_text(encoding="utf-8") == "text"
    assert "file: configs/_aux.conf" in (out / "manifest-con.yaml").read_text(encoding="utf-8")
    assert run(["validate", str(out)]) == 0


if __name__ == "__main__":
    import tempfile

    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            manifest, report, _ = converted(case, Path(folder))
        if (case / "report.json").exists():
            with tempfile.TemporaryDirectory() as folder:
                (case / "report.json").write_text(
                    converted(case, Path(folder), "--report", "json")[0], encoding="utf-8"
                )
        (case / "manifest.yaml").write_text(manifest, encoding="utf-8")
        (case / "report.txt").write_text(report, encoding="utf-8")
