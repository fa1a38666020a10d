"""action.yml and the workflows are linted, pinned and correctly documented."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from reconciler.cli.action import PREFIX
from tests.github.conftest import StepResult
from tests.installed import program

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
EXAMPLES = sorted((ROOT / "examples" / "workflows").glob("*.yml"))
OWN = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
LOCK = (ROOT / "requirements" / "action.txt").read_text(encoding="utf-8")
DOCS = ROOT / "docs" / "action.md"
PLAN = "your-org/clinic/.github/workflows/reconciler-plan.yml@main"
"""The reusable workflow that must be the main branch's."""


def tool(name, *arguments):
    return subprocess.run(
        [program(name), *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_zizmor_finds_no_problem():
    ran = tool("zizmor", "--offline", "--persona=auditor", "--no-progress", "action.yml", *EXAMPLES, *OWN)

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_workflows_pass_actionlint():
    ran = tool("actionlint", *EXAMPLES, *OWN)

    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    "schema, files",
    [("vendor.github-actions", [ROOT / "action.yml"]), ("vendor.github-workflows", [*EXAMPLES, *OWN])],
)
def test_action_and_workflows_follow_githubs_schema(schema, files):
    ran = tool("check-jsonschema", "--builtin-schema", schema, *files)

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_use_has_an_example_workflow():
    assert {path.stem for path in EXAMPLES} >= {"plan", "apply", "drift"}


@pytest.mark.parametrize("path", [ROOT / "action.yml", *EXAMPLES, *OWN], ids=lambda path: path.name)
def test_every_action_is_pinned_by_commit(path):
    used = re.findall(r"uses:\s*(\S+)", path.read_text(encoding="utf-8"))

    assert [action for action in used if not re.fullmatch(r"(\./.*|[\w./-]+@[0-9a-f]{40})", action)] in (
        [],
        [PLAN],
    )


def test_the_workflow_of_a_pull_request_is_that_of_the_main_branch():
    caller = yaml.safe_load((ROOT / "examples/workflows/plan.yml").read_text(encoding="utf-8"))
    called = yaml.safe_load((ROOT / "examples/workflows/reconciler-plan.yml").read_text(encoding="utf-8"))

    assert {name: job["uses"] for name, job in caller["jobs"].items()} == {"plan": PLAN}
    assert [job for job in caller["jobs"].values() if "secrets" in job or "environment" in job] == []
    assert list(called[True]) == ["workflow_call"]
    assert called["jobs"]["plan"]["environment"] == "plan"
    assert "/.github/ @" in (ROOT / "examples/workflows/CODEOWNERS").read_text(encoding="utf-8")


def steps_of(workflow, job):
    return {step.get("id", step.get("name")): step for step in workflow["jobs"][job]["steps"]}


@pytest.mark.posix("runs a step of the workflow with bash")
def test_the_workflows_checks_fail_for_a_broken_action(runner):
    steps = steps_of(
        yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8")), "action"
    )
    valid, broken = (ROOT / steps[name]["with"]["path"] for name in ("valid", "broken"))
    (check,) = [step for step in steps.values() if "BROKEN" in step.get("env", {})]
    runner.write(broken.read_text(encoding="utf-8"), "broken.yaml")

    def verdict(first, outcome, second):
        said = f"{outcome} {second.outputs.get('failure-reason', '')} {second.outputs.get('summary', '')}"
        given = {**os.environ, "VALID": first.outputs["exit-code"], "BROKEN": said}
        return subprocess.run(["bash", "-e", "-c", check["run"]], env=given, check=False).returncode

    good = runner.run("validate", "push", {}, path="reconciler.yaml")
    bad = runner.run("validate", "push", {}, path="broken.yaml")
    missing = runner.run("validate", "push", {}, path="nowhere")
    assert valid.exists()
    assert verdict(good, "failure", bad) == 0
    assert verdict(bad, "failure", bad) != 0
    assert verdict(good, "success", good) != 0
    assert verdict(good, "failure", missing) != 0
    assert (
        verdict(good, "failure", StepResult(1, "", {"exit-code": "1", "failure-reason": "internal"}, "")) != 0
    )


def test_no_script_contains_an_expression_or_a_missing_tool():
    scripts = [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]

    assert len(scripts) == 3
    for script in scripts:
        assert "${{" not in script
        assert re.findall(r"\b(jq|sed|awk|curl|grep)\b", script) == []


def test_every_input_is_passed_to_the_command():
    step = next(candidate for candidate in ACTION["runs"]["steps"] if candidate.get("id") == "run")
    given = {name: value for name, value in step["env"].items() if name.startswith(PREFIX)}

    assert given == {
        f"{PREFIX}{name.upper().replace('-', '_')}": f"${{{{ inputs.{name} }}}}" for name in ACTION["inputs"]
    }


def test_every_output_is_set_by_the_command(runner):
    assert set(runner.plan().outputs) == set(ACTION["outputs"])
    for name, output in ACTION["outputs"].items():
        assert output["value"] == f"${{{{ steps.run.outputs.{name} }}}}"


def table(kind):
    """The table for ``kind`` that docs/action.md must contain."""
    entries = ACTION[kind]
    if kind == "inputs":
        rows = ["| input | default | |", "|---|---|---|"]
        rows += [
            f"| `{name}` | {default(entry)} | {entry['description']} |" for name, entry in entries.items()
        ]
    else:
        rows = ["| output | |", "|---|---|"]
        rows += [f"| `{name}` | {entry['description']} |" for name, entry in entries.items()]
    return "\n".join(rows)


def default(entry):
    if entry.get("required"):
        return "required"
    value = str(entry.get("default", ""))
    return f"`{value}`" if value else ""


@pytest.mark.parametrize("kind", ["inputs", "outputs"])
def test_the_documentation_has_the_generated_tables(kind):
    assert table(kind) in DOCS.read_text(encoding="utf-8"), f"docs/action.md should hold:\n\n{table(kind)}"


def test_the_lock_file_has_every_required_library():
    locked = dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", LOCK, re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = map(Requirement, project["dependencies"] + project["optional-dependencies"]["age"])

    for library in wanted:
        assert library.specifier.contains(locked[library.name.lower()]), library


def test_every_library_of_the_lock_file_has_hashes():
    entries = re.split(r"\n(?=[a-z])", LOCK.partition("\n#")[2] or LOCK)
    named = [entry for entry in entries if "==" in entry]

    assert named
    assert all("--hash=sha256:" in entry for entry in named)


@pytest.mark.parametrize("path", [*EXAMPLES, *OWN], ids=lambda path: path.name)
def test_a_workflow_has_the_least_rights_and_gives_no_fork_a_token(path):
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    occasions = workflow[True]  # `on`, to YAML 1.1

    assert workflow["permissions"] == {}
    assert not {"pull_request_target", "workflow_run"} & set(occasions)
    for name, job in workflow["jobs"].items():
        rights = job["permissions"]
        makes_the_release = (path.stem, name) == ("release", "page")
        assert rights.get("contents", "read") == ("write" if makes_the_release else "read")
        for step in job.get("steps", ()):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


def test_applies_run_one_at_a_time_and_newer_plans_cancel_older_ones():
    apply, plan = (
        yaml.safe_load((ROOT / f"examples/workflows/{name}.yml").read_text(encoding="utf-8"))
        for name in ("apply", "plan")
    )

    assert apply["concurrency"]["cancel-in-progress"] is False
    assert apply["concurrency"]["queue"] == "max"
    assert plan["concurrency"]["cancel-in-progress"] is True
    assert apply["jobs"]["apply"]["environment"] == "production"
