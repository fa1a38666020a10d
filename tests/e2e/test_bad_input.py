"""Every user error and server error gives a clear message, a nonzero exit code, and no change."""

import pytest

from tests.e2e.conftest import Bench
from tests.transport.scripted import answer, scripted

GOOD = "cluster: production\nvolumes: {data: {}}\n"
BOMB = "cluster: production\nx-a: &a [1,1,1,1,1,1,1,1]\n" + "".join(
    f"x-{b}: &{b} [*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a}]\n"
    for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
FILES: dict[str, tuple[str | bytes, str]] = {
    "no yaml": ("cluster: [production\n", "manifest.yaml:"),
    "wrong type": (
        "cluster: production\nservices: {api: {image: 'a:1', replicas: many}}\n",
        "replicas must be",
    ),
    "unknown field": ("cluster: production\nservices: {api: {imge: 'a:1'}}\n", "did you mean image?"),
    "unset variable": ("cluster: production\nservices: {api: {image: 'a:${TAG}'}}\n", "RECONCILER_VAR_TAG"),
    "missing file": ("cluster: production\nconfigs: {conf: {file: gone.conf}}\n", "does not exist"),
    "file outside": ("cluster: production\nconfigs: {conf: {file: ../../etc/passwd}}\n", "outside the root"),
    "absolute file": ("cluster: production\nconfigs: {conf: {file: /etc/passwd}}\n", "outside the root"),
    "alias bomb": (BOMB, "manifest.yaml:"),
    "binary": (b"\x00\x01\xff\xfe" * 100, "manifest.yaml"),
    "too large": (b"# " + b"x" * 50_000_000, "manifest.yaml"),
    "only a list": ("- cluster: production\n", "not a manifest: it looks like a list"),
}


def unchanged(bench: Bench) -> bool:
    (bench.folder / "manifest.yaml").unlink(missing_ok=True)
    bench.write(GOOD, "good/manifest.yaml")
    return [change["name"] for change in bench.plan(folder="good")["changes"]] == ["data"]


@pytest.mark.parametrize("content, message", FILES.values(), ids=FILES)
def test_a_file_that_is_not_a_manifest_is_refused(bench: Bench, content: str | bytes, message: str) -> None:
    data = content if isinstance(content, bytes) else content.encode()
    (bench.folder / "manifest.yaml").write_bytes(data)

    ended = bench.run("apply", "--yes")

    assert ended.code == 1
    assert message in ended.err
    assert len(ended.err) < 20_000
    assert unchanged(bench)


@pytest.mark.posix("creates symbolic links, which few users may do on Windows")
def test_a_link_that_leads_outside_the_root_is_refused(
    bench: Bench, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.conf"
    outside.write_text("secret content", encoding="utf-8")
    (bench.folder / "here.conf").symlink_to(outside)
    bench.write("cluster: production\nconfigs: {conf: {file: here.conf}}\n")

    ended = bench.run("apply", "--yes")

    assert ended.code == 1
    assert "outside the root" in ended.err
    assert "secret content" not in ended.text


def test_a_missing_path_and_an_empty_folder_are_refused(bench: Bench) -> None:
    (bench.folder / "empty").mkdir()
    for path, message in (("gone", "does not exist"), ("empty", "no manifest")):
        ended = bench.run("apply", path, "--yes")
        assert ended.code == 1, ended.text
        assert message in ended.err


def test_missing_and_wrong_credentials_are_reported(bench: Bench) -> None:
    bench.write(GOOD)
    none = bench.run("plan", env={"MEDSTACK_TOKEN_KEY": "", "MEDSTACK_TOKEN_VALUE": ""})
    wrong = bench.run("plan", env={"MEDSTACK_TOKEN_VALUE": "wrong-token-value"})

    assert none.code == 1
    assert "export MEDSTACK_TOKEN_KEY" in none.err
    assert wrong.code == 1
    assert "401" in wrong.err
    assert "wrong-token-value" not in wrong.text


def test_an_unknown_cluster_is_reported(bench: Bench) -> None:
    bench.write(GOOD.replace("production", "productoin"))

    ended = bench.run("plan")

    assert ended.code == 1
    assert "did you mean 'production'?" in ended.err


def test_plain_http_is_accepted_only_for_loopback(bench: Bench) -> None:
    bench.write(GOOD)

    ended = bench.run("plan", env={"MEDSTACK_API_URL": "http://192.0.2.1/v1"})

    assert ended.code == 1
    assert "https" in ended.err


SERVERS: dict[str, tuple[bytes, int, str]] = {
    "html": (b"<html>Welcome</html>", 200, "HTML"),
    "half a JSON": (b'{"id": "comp', 200, "JSON"),
    "404": (b'{"code": 404, "type": "not_found", "message": "Path not found"}', 404, "404"),
    "409": (b'{"code": 409, "type": "conflict error", "message": "no"}', 409, "409"),
    "500": (b'{"code": 500, "type": "error", "message": "An error occured"}', 500, "500"),
}


@pytest.mark.parametrize("said, status, message", SERVERS.values(), ids=SERVERS)
def test_a_server_that_is_not_the_api_is_reported(
    bench: Bench, said: bytes, status: int, message: str
) -> None:
    bench.write(GOOD)
    with scripted(*[answer(said, status)] * 40) as server:
        ended = bench.run("plan", env={"MEDSTACK_API_URL": server.url})

    assert ended.code == 1
    assert message in ended.err


def test_an_unreachable_server_is_reported(bench: Bench) -> None:
    bench.write(GOOD)

    ended = bench.run("plan", env={"MEDSTACK_API_URL": "http://127.0.0.1:1/v1"})

    assert ended.code == 1
    assert "cannot connect" in ended.err
