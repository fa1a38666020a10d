"""Measures other tools with the same 1,000 resources and the same stub, each next to reconciler.

It writes only inside the bench's folder. A tool that cannot be installed is reported with the reason.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from benchmarks import manifests
from benchmarks.bench import HERE, PYTHON, TRIP, Bench, row
from benchmarks.measure import Command, Taken, middle, once, ratio, rounds

PROVIDER = "bench.test/bench/medstack"
DECLARED = {"services": "medstack_service", "configs": "medstack_config"}


def found(bench: Bench) -> None:
    """Measure a plan without changes with the tools that are already installed."""
    manifest = manifests.write(bench.folder, 1000)
    bench.made(manifest)
    there: dict[str, Command] = {
        "the usual libraries in the usual way": (
            PYTHON, str(HERE / "ordinary.py"), str(manifest), bench.theirs.url
        )
    }  # fmt: skip
    if shutil.which("curl") and shutil.which("jq"):
        there["curl and one jq, from JSON"] = (
            str(HERE / "shell.sh"), str(as_json(manifest)), bench.theirs.url
        )  # fmt: skip
    if shutil.which("terraform"):
        there["Terraform's own part, no network at all"] = built_in(bench.folder / "built-in", 1000)
    for name, command in there.items():
        ours, theirs = bench.time(bench.command("plan", str(manifest)), command, runs=3)
        beside(f"plan without changes, 1,000: {name}", ours, theirs, "")


def installed(bench: Bench) -> None:
    """Measure Ansible, and Terraform with a provider, both installed from PyPI."""
    folder = bench.folder / "installed"
    python = str(folder / "bin" / "python")
    no_place = refusal(PYTHON, "-m", "venv", str(folder))
    for name, package, measure in (("Ansible", "ansible-core", ansible), ("Terraform", "tf", terraform)):
        absent = "no terraform on the PATH" if name == "Terraform" and not shutil.which("terraform") else ""
        why = no_place or absent or refusal(python, "-m", "pip", "install", "-q", package)
        if why:
            row(name, f"left out: {why}", "")
        else:
            measure(bench, folder / "bin")


def refusal(*command: str) -> str:
    """Run a command. Returns its last output line if it failed, else ""."""
    ran = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")
    if not ran.returncode:
        return ""
    return ((ran.stderr or ran.stdout).strip().splitlines() or [f"exit code {ran.returncode}"])[-1]


def ansible(bench: Bench, programs: Path) -> None:
    """Measure a playbook in check mode, without differences."""
    manifest = manifests.write(bench.folder, 1000)
    bench.made(manifest)
    command = (
        "env",
        "LC_ALL=C.UTF-8",
        str(programs / "ansible-playbook"),
        str(HERE / "playbook.yml"),
        "--extra-vars",
        f"@{manifest}",
        "--extra-vars",
        f"url={bench.theirs.url}",
    )
    once((*command, "--syntax-check"), bench.environment)
    ours, theirs = rounds(
        (bench.command("plan", str(manifest)), (*command, "--check")), bench.environment, runs=2
    )
    beside("plan without changes, 1,000: Ansible, `uri` in check mode", ours, theirs, "≥ 45 x ours")


def terraform(bench: Bench, programs: Path) -> None:
    """Create everything with a Terraform provider, then measure a plan without differences."""
    manifest = manifests.write(bench.folder, 1000)
    command = workspace(bench.folder / "provided", manifest, programs / "python", bench.theirs.url)
    quiet = ("-no-color", "-input=false")
    bench.delay(TRIP)
    bench.empty()
    [theirs] = rounds([(*command, "apply", "-auto-approve", *quiet)], bench.environment, runs=1)
    for parallelism in (16, 32):
        bench.ours.tell(empty=True)
        [ours] = rounds([bench.create(manifest, parallelism)], bench.environment, runs=1)
        what = f"create 1,000, ours {parallelism} at once: Terraform, a provider in Python"
        beside(what, ours, theirs, "≥ 13 x ours")
    bench.ours.tell(delay=0.0)
    once(bench.command("apply", str(manifest), "--yes", "-q"), bench.environment)
    bench.delay(TRIP)
    plan = (bench.command("plan", str(manifest)), (*command, "plan", "-detailed-exitcode", *quiet))
    ours, theirs = bench.time(*plan, runs=3)
    beside("plan without changes, 1,000: Terraform, a provider in Python", ours, theirs, "≥ 16 x ours")


def beside(what: str, ours: list[Taken], theirs: list[Taken], goal: str) -> None:
    """Print a tool's seconds, and their ratio to reconciler's."""
    row(what, f"{middle(theirs):.2f} s = {ratio(theirs, ours):.1f} x ours ({middle(ours):.2f} s)", goal)


def as_json(manifest: Path) -> Path:
    """The manifest as JSON, for the shell script."""
    path = manifest.with_suffix(".json")
    path.write_text(json.dumps(_read(manifest)), encoding="utf-8")
    return path


def built_in(folder: Path, resources: int) -> Command:
    """The command for a plan without changes of this number of Terraform's built-in resources, which need no
    network.
    """
    folder.mkdir()
    (folder / "main.tf").write_text(
        "".join(
            f'resource "terraform_data" "r{i}" {{\n  input = "value {i}"\n}}\n' for i in range(resources)
        ),
        encoding="utf-8",
    )
    for words in (["init"], ["apply", "-auto-approve"]):
        subprocess.run(["terraform", *words, "-no-color"], cwd=folder, check=True, capture_output=True)
    return ("terraform", f"-chdir={folder}", "plan", "-no-color", "-input=false")


def workspace(folder: Path, manifest: Path, python: Path, url: str) -> Command:
    """Write the manifest as a Terraform configuration with provider.py. Returns the start of the command."""
    plugins = folder / "plugins"
    plugins.mkdir(parents=True)
    program = plugins / "terraform-provider-medstack"
    program.write_text(f'#!/bin/sh\nexec "{python}" "{HERE / "provider.py"}"\n', encoding="utf-8")
    program.chmod(0o755)
    settings = folder / "settings.tfrc"
    settings.write_text(
        f'provider_installation {{\n  dev_overrides {{\n    "{PROVIDER}" = "{plugins}"\n  }}\n  direct {{}}\n}}\n',
        encoding="utf-8",
    )
    needs = f'terraform {{\n  required_providers {{\n    medstack = {{ source = "{PROVIDER}" }}\n  }}\n}}\n'
    blocks = [needs, _block('provider "medstack"', {"url": url})]
    declared = _read(manifest)
    for section, kind in DECLARED.items():
        blocks += [
            _block(f'resource "{kind}" "{name}"', {"name": name, **fields})
            for name, fields in declared[section].items()
        ]
    (folder / "main.tf").write_text("\n".join(blocks), encoding="utf-8")
    return ("env", f"TF_CLI_CONFIG_FILE={settings}", "CHECKPOINT_DISABLE=1", "terraform", f"-chdir={folder}")


def _block(title: str, fields: dict[str, Any]) -> str:
    """A block of HCL with JSON values. A service refers to its configs, so that it is created after them."""
    lines = []
    for field, value in fields.items():
        text = json.dumps(value)
        if field == "configs":
            for item in value:
                text = text.replace(json.dumps(item["name"]), f"medstack_config.{item['name']}.name")
        lines.append(f"  {field} = {text}\n")
    return f"{title} {{\n{''.join(lines)}}}\n"


def _read(manifest: Path) -> dict[str, Any]:
    read: dict[str, Any] = yaml.load(manifest.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return read
