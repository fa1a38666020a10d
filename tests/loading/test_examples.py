"""The examples load without errors and warnings."""

from pathlib import Path

import pytest

from reconciler.checks import check, check_schema
from reconciler.kinds import KINDS
from reconciler.loading import assemble, read

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
FILES = sorted(path for name in ("quickstart", "clinic") for path in (EXAMPLES / name).glob("*.yaml"))


def desired(name):
    documents = read(EXAMPLES / name, variables={}, environment={})
    checked, shape = check_schema(documents)
    found, joining = assemble(checked)
    assert (*documents.diagnostics, *shape, *joining, *check(found)) == ()
    return found


def test_the_quickstart_needs_no_environment_variables():
    (quickstart,) = desired("quickstart")

    assert quickstart.cluster == "production"
    assert {kind for kind, _ in quickstart.manifests} == {"config", "volume", "service"}


def test_the_clinic_shows_every_kind_in_two_environments():
    company, production, staging = desired("clinic")

    assert (company.cluster, production.cluster, staging.cluster) == ("company", "production", "staging")
    assert {kind for kind, _ in production.manifests} == KINDS.keys()
    assert production.manifests.keys() - staging.manifests.keys() == {
        ("service", "reports"), ("node", "node_size_kwM9o3B8"), ("webhook", "deploys"),
    }  # fmt: skip


def test_the_clinic_s_version_is_a_variable():
    documents = read(EXAMPLES / "clinic", variables={"API_TAG": "3.0.0"}, environment={})
    found, _ = assemble(documents)

    images = {
        stack.manifests["service", "api"].spec["image"] for stack in found if stack.cluster != "company"
    }
    assert images == {"registry.example.com/clinic/api:3.0.0"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_an_editor_finds_the_schema(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    named = first.removeprefix("# yaml-language-server: $schema=")

    assert named != first
    assert (path.parent / named).resolve() == EXAMPLES.parent / "schemas" / "manifest.schema.json"
