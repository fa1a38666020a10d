"""Values that were sensitive when they were applied are shown by no later run, whatever the manifest says then."""

import pytest

OLD = "walnut-bridge-quokka"
SERVICE = """\
cluster: production
{marks}services:
  api:
    image: "{image}"
    update_monitor: 1
    args: "--user {value}"
    environment_variables: {{LOG: "{value}"}}
"""


@pytest.fixture
def applied(bench):
    """A bench with a service that has the value of a sensitive variable in several places."""
    bench.write(SERVICE.format(marks="sensitive: [LOGIN]\n", image="a.example/${LOGIN}:1", value="${LOGIN}"))
    ended = bench.run("apply", "--yes", env={"RECONCILER_VAR_LOGIN": OLD})
    assert ended.code == 0, ended.text
    return bench


def test_no_output_shows_a_value_whose_variable_left_the_manifest(applied):
    applied.write(SERVICE.format(marks="", image="app:1", value="new"))

    shown = [
        applied.run("plan", "--out", "approved.json"),
        *(applied.run("plan", "--format", form) for form in ("json", "markdown", "html")),
        applied.run("drift", "--format", "json"),
        applied.run("status"),
        applied.run("status", "--format", "json"),
        applied.run("apply", "--yes"),
    ]

    assert '→ "--user new"' in shown[0].out
    assert shown[-1].code == 0, shown[-1].text
    assert OLD not in "".join(ended.text for ended in shown)
    assert OLD not in (applied.folder / "approved.json").read_text(encoding="utf-8")


def test_status_masks_an_image_that_holds_the_value_of_a_sensitive_variable(applied):
    shown = applied.run("status").out

    assert "1 of 1 running, (sensitive)," in shown
