"""The parts of a release: its name, its version, its workflow, and the files that other tools read."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from markdown_it import MarkdownIt

import reconciler
from tests.installed import program

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RELEASE = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))
TAG_CHECK = next(
    step["run"] for step in RELEASE["jobs"]["build"]["steps"] if step.get("name") == "The tag is the version"
)


def check(schema, *files, transform):
    return subprocess.run(
        [program("check-jsonschema"), "--builtin-schema", schema, *transform, *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )


@pytest.mark.parametrize(
    "schema, transform, pattern",
    [
        ("vendor.dependabot", [], ".github/dependabot.yml"),
        ("vendor.github-issue-forms", [], ".github/ISSUE_TEMPLATE/[bf]*.yml"),
        ("vendor.github-issue-config", [], ".github/ISSUE_TEMPLATE/config.yml"),
        ("vendor.gitlab-ci", ["--data-transform", "gitlab-ci"], "examples/pipelines/gitlab-ci.yml"),
        ("vendor.bitbucket-pipelines", [], "examples/pipelines/bitbucket-pipelines.yml"),
    ],
)
def test_files_for_other_systems_follow_their_schemas(schema, transform, pattern):
    files = sorted(ROOT.glob(pattern))
    assert files

    ran = check(schema, *files, transform=transform)

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_distribution_has_its_own_name_and_may_be_uploaded():
    assert PROJECT["name"] == "medstack-reconciler"  # "reconciler" belongs to another project on PyPI
    assert [classifier for classifier in PROJECT["classifiers"] if classifier.startswith("Private")] == []
    own = [
        requirement
        for extra in PROJECT["optional-dependencies"].values()
        for requirement in extra
        if "reconciler[" in requirement
    ]
    assert own
    assert all(requirement.startswith("medstack-reconciler[") for requirement in own)


def run_tag_check(tag, folder=ROOT):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", TAG_CHECK],
        cwd=folder,
        env={**os.environ, "TAG": tag, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )


@pytest.mark.posix("runs a step of a workflow for Linux")
def test_a_tag_that_is_not_the_version_releases_nothing():
    ran = run_tag_check("v999.0.0")

    assert ran.returncode == 1
    assert (
        ran.stdout
        == f"::error::the tag is v999.0.0, and reconciler/__init__.py says {reconciler.__version__}\n"
    )


@pytest.mark.posix("runs a step of a workflow for Linux")
def test_a_version_missing_in_the_changelog_releases_nothing(tmp_path):
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## [Unreleased]\n", encoding="utf-8")
    tag = f"v{reconciler.__version__}"

    assert run_tag_check(tag, tmp_path).returncode == 1
    (tmp_path / "CHANGELOG.md").write_text(
        f"# Changelog\n\n## [{reconciler.__version__}] - 2026-11-27\n", encoding="utf-8"
    )
    assert run_tag_check(tag, tmp_path).returncode == 0


def test_only_the_job_that_publishes_to_the_index_may_do_so_and_no_password_is_stored():
    jobs = RELEASE["jobs"]

    assert RELEASE["permissions"] == {}
    assert jobs["index"]["permissions"] == {"id-token": "write"}
    assert jobs["index"]["environment"] == "pypi"
    assert "secrets." not in (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")


def test_the_hook_for_other_repositories_is_a_command_that_exists():
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))

    ran = subprocess.run(
        [sys.executable, "-m", *hook["entry"].split(), *hook["args"]],
        cwd=ROOT / "examples" / "quickstart",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )

    assert ran.returncode == 0, ran.stderr


def test_the_pipelines_of_other_systems_use_options_that_exist():
    known = {}
    for path in (ROOT / "examples" / "pipelines").glob("*.yml"):
        for line in re.findall(r"- (reconciler .*)", path.read_text(encoding="utf-8")):
            _, command, *words = line.split()
            if command not in known:
                known[command] = subprocess.run(
                    [sys.executable, "-m", "reconciler", command, "--help"],
                    cwd=ROOT,
                    capture_output=True,
                    text=True,
                    check=True,
                    encoding="utf-8",
                ).stdout
            assert [word for word in words if word.startswith("--") and word not in known[command]] == []

    assert known.keys() == {"validate", "plan", "show", "apply", "drift"}


def test_the_files_of_the_image_are_not_ignored():
    let_in = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }

    assert {"pyproject.toml", "README.md", "LICENSE", "reconciler", "schemas"} == let_in
    assert all((ROOT / name).exists() for name in let_in)


def instructions():
    """The image's instructions as (name, rest), each on one line, without comments."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Containerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    joined = re.sub(r"\\\n\s*", "", text)
    return [tuple(line.split(" ", 1)) for line in joined.splitlines() if line]


def test_the_image_has_a_versioned_base_and_no_build_files():
    bases = [rest for name, rest in instructions() if name == "FROM"]
    (default,) = [rest for name, rest in instructions() if name == "ARG"]

    assert bases == ["${BASE} AS build", "${BASE}"]
    assert re.fullmatch(r"BASE=docker\.io/library/python:3\.[0-9]+-slim", default)
    assert {name for name, _ in instructions()} <= {
        "ARG", "FROM", "COPY", "RUN", "ENV", "USER", "WORKDIR", "ENTRYPOINT", "CMD"
    }  # fmt: skip
    for name, rest in instructions():
        if name == "RUN" and "apt-get install" in rest:
            assert "--no-install-recommends" in rest
            assert "rm -rf /var/lib/apt/lists/*" in rest
        if name == "RUN" and "pip install" in rest:
            assert "--no-cache-dir" in rest


def test_the_image_runs_as_an_unprivileged_numeric_user():
    last = dict(instructions())

    assert re.fullmatch(r"[1-9][0-9]*", last["USER"])
    assert yaml.safe_load(last["ENTRYPOINT"]) == ["reconciler"]
    assert yaml.safe_load(last["CMD"]) == ["--help"]
    assert last["WORKDIR"].startswith("/")
    assert re.search("KEY|TOKEN|SECRET|PASSWORD", last["ENV"]) is None


def test_the_badges_of_the_readme_match_the_project():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    versions = re.findall(r"Python :: (3\.[0-9]+)", "\n".join(PROJECT["classifiers"]))
    workflows = re.findall(r"actions/workflows/([a-z.]+)/badge\.svg", readme)

    assert f"/badge/python-{versions[0]}_to_{versions[-1]}-" in readme
    assert f"/badge/license-{PROJECT['license'].replace('-', '--')}-" in readme
    assert workflows
    assert [name for name in workflows if not (ROOT / ".github/workflows" / name).is_file()] == []


BUILD = "import sys; from hatchling import build; build.prepare_metadata_for_build_wheel(sys.argv[1])"
"""The code that pip and the release call to read a distribution's metadata."""


def linked(text):
    """The links and pictures of a Markdown text, in order."""
    for block in MarkdownIt().enable("table").parse(text):
        for token in block.children or ():
            yield from (token.attrs[name] for name in ("href", "src") if name in token.attrs)


def test_on_pypi_links_of_the_readme_lead_to_files_of_the_released_version(tmp_path):
    subprocess.run([sys.executable, "-c", BUILD, tmp_path], cwd=ROOT, check=True)
    (metadata,) = tmp_path.glob("*.dist-info/METADATA")
    description = metadata.read_text(encoding="utf-8").partition("\n\n")[2]
    pages = f"{PROJECT['urls']['Source']}/blob/v{reconciler.__version__}/"
    pictures = pages.replace("github.com", "raw.githubusercontent.com").replace("/blob/", "/")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    links = list(linked(description))
    of_the_project = [link.partition("/v" + reconciler.__version__ + "/")[2] for link in links]

    assert [link for link in links if not link.startswith("https://")] == []
    assert [link for link in linked(readme) if not link.startswith("https://")] == [
        path for path in of_the_project if path
    ]
    assert [path for path in of_the_project if not (ROOT / path).exists()] == []
    shown = [link for link in links if link.endswith((".webp", ".svg")) and "badge" not in link]
    assert len(shown) == 2
    assert all(link.startswith(pictures) for link in shown)
    assert all(link.startswith((pages, pictures)) for link in links if f"/v{reconciler.__version__}/" in link)


@pytest.mark.posix("hadolint is not published for Windows")
def test_hadolint_finds_nothing_in_the_containerfile():
    ran = subprocess.run(
        [program("hadolint"), "Containerfile"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_no_page_or_example_advises_a_token_that_the_api_does_not_have():
    pages = [
        ROOT / "README.md",
        ROOT / "action.yml",
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("examples/**/*.yml"),
    ]
    advice = re.compile(r"token that (?:can|may) only read|read-only token", re.IGNORECASE)

    assert len(pages) > 30
    assert [
        path.name
        for path in pages
        if advice.search(re.sub(r"\s*\n#?\s*", " ", path.read_text(encoding="utf-8")))
    ] == []
