import pytest

from reconciler import cli
from reconciler.cli import completes
from reconciler.cli.ci import in_ci

FILE = "cluster: production\nsecrets: {password: {file: value.txt}}\n"


@pytest.mark.parametrize(
    "environment, expected",
    [
        ({}, False),
        ({"CI": ""}, False),
        ({"CI": "false"}, False),
        ({"CI": "true"}, True),
        ({"CI": "1"}, True),
        ({"GITHUB_ACTIONS": "true"}, True),
        ({"TF_BUILD": "True"}, True),
        ({"JENKINS_URL": "https://ci.example"}, True),
    ],
)
def test_a_ci_job_is_recognized_by_its_environment_variables(environment, expected):
    assert in_ci(environment) is expected


@pytest.mark.parametrize(
    "args, environment, expected", [([], {}, True), (["apply"], {}, False), ([], {"CI": "true"}, False)]
)
def test_completion_runs_only_for_a_shell(args, environment, expected):
    assert completes(args, environment) is expected


def test_a_completion_variable_does_not_stop_a_command(tmp_path, monkeypatch, capsys):
    (tmp_path / "site.yaml").write_text(
        "cluster: production\nservices: {web: {replicas: 1}}\n", encoding="utf-8"
    )
    monkeypatch.setenv("_RECONCILER_COMPLETE", "bash_source")

    assert cli.run(["validate", str(tmp_path)]) == 1
    assert "missing-image" in capsys.readouterr().out


def test_in_ci_only_tracked_files_are_read(tmp_path, monkeypatch, capsys):
    (tmp_path / "site.yaml").write_text(FILE, encoding="utf-8")
    (tmp_path / "value.txt").write_text("a value", encoding="utf-8")

    assert cli.run(["validate", str(tmp_path)]) == 0
    monkeypatch.setenv("CI", "true")
    assert cli.run(["validate", str(tmp_path)]) == 1
    assert "--allow-file" in "".join(capsys.readouterr())
    assert cli.run(["validate", "--allow-file", "value.txt", str(tmp_path)]) == 0


@pytest.mark.posix("creates symbolic links, which few users may do on Windows")
def test_in_ci_a_link_leads_to_no_untracked_file_of_variables(tmp_path, monkeypatch, capsys):
    (tmp_path / "site.yaml").write_text(
        "cluster: production\nconfigs: {greeting: {data: '${NAME}'}}", encoding="utf-8"
    )
    (tmp_path / "made.env").write_text("NAME=data\n", encoding="utf-8")
    (tmp_path / "link.env").symlink_to("made.env")

    def validated(file, *options):
        return cli.run(["validate", "--var-file", str(tmp_path / file), *options, str(tmp_path)])

    assert validated("link.env") == 0
    monkeypatch.setenv("CI", "true")
    assert validated("link.env") == 1
    assert "link.env is a link, and its target is not in git's index" in "".join(capsys.readouterr())
    assert validated("link.env", "--allow-file", "made.env") == 0
    assert validated("made.env") == 0
