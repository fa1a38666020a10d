"""A missing key is reported, since its effect is not visible elsewhere."""

import pytest

from reconciler import cli, emulator

COMPOSED = "services: {web: {image: nginx, secrets: [pw]}}\nsecrets: {pw: {environment: PW}}\n"
VALUE = "cluster: production\nsecrets: {password: {env: PASSWORD}}\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    with emulator.serve(pace=0) as server:
        monkeypatch.setenv("MEDSTACK_API_URL", server.url)
        monkeypatch.setenv("MEDSTACK_TOKEN_KEY", server.key)
        monkeypatch.setenv("MEDSTACK_TOKEN_VALUE", server.value)
        monkeypatch.setenv("RECONCILER_SECRET_PASSWORD", "value")
        monkeypatch.chdir(tmp_path)
        (tmp_path / "site.yaml").write_text(VALUE, encoding="utf-8")
        (tmp_path / "_composed").mkdir()
        (tmp_path / "_composed" / "compose.yml").write_text(COMPOSED, encoding="utf-8")
        yield tmp_path


@pytest.mark.parametrize(
    "command, code",
    [
        (["plan"], 0),
        (["drift"], 2),
        (["apply", "--yes"], 0),
        (["import", "--compose", "_composed/compose.yml", "--cluster", "production"], 0),
    ],
    ids=["plan", "drift", "apply", "import"],
)
def test_a_missing_digest_key_gives_a_warning(folder, monkeypatch, capsys, command, code):
    assert cli.run(command) == code
    assert capsys.readouterr().err.count("Warning: RECONCILER_DIGEST_KEY is not set.") == 1

    monkeypatch.setenv("RECONCILER_DIGEST_KEY", "a-digest-key-that-is-long-enough")
    assert cli.run(command) == code
    assert "Warning: RECONCILER_DIGEST_KEY" not in capsys.readouterr().err


def test_without_secrets_a_missing_digest_key_gives_no_warning(folder, capsys):
    (folder / "site.yaml").write_text("cluster: production\nvolumes: {data: {}}\n", encoding="utf-8")

    assert cli.run(["plan"]) == 0
    assert "Warning" not in capsys.readouterr().err
