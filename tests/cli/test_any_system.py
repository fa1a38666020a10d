"""Commands work with any output encoding, and without the features that only Unix has."""

import json
import locale
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from reconciler.cli.console import HANDLER
from reconciler.planfile import parse

REPOSITORY = Path(__file__).parents[2]
WINDOWS = str(Path(__file__).parent / "windows")
PLAIN_C = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
SYSTEMS: Mapping[str, Mapping[str, str]] = {
    "as it is": {},
    "C": {"LC_ALL": "C"},
    "C, and Python made to heed it": PLAIN_C,
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
    "latin-1": {"PYTHONIOENCODING": "iso-8859-1"},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "utf-16": {"PYTHONIOENCODING": "utf-16"},
    "no Unix": {"PYTHONPATH": WINDOWS},
    "no Unix, cp1252": {"PYTHONPATH": WINDOWS, "PYTHONIOENCODING": "cp1252"},
}
MANIFEST = """\
cluster: production
configs:
  greeting: {data: "Grüße → 日本 😀\\n"}
services:
  web:
    image: nginx:1.27
    replicas: %d
    environment_variables: {GREETING: "Grüße → 日本 😀"}
    configs: [greeting]
"""


def run(
    folder: Path, system: str, *arguments: str, stdout: int = subprocess.PIPE
) -> tuple[int, bytes, bytes]:
    """Run the command in a folder, as a process of that system; returns its exit code and outputs as bytes."""
    given = SYSTEMS[system]
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))
    }
    path = os.pathsep.join(entry for entry in (given.get("PYTHONPATH"), str(REPOSITORY)) if entry)
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "reconciler", *arguments],
        cwd=folder,
        env={**clean, "XDG_CACHE_HOME": str(folder / ".cache"), **given, "PYTHONPATH": path},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        timeout=600,
        check=False,
    )
    assert b"bug" not in ended.stderr, ended.stderr
    assert b"Traceback" not in ended.stderr, ended.stderr
    return ended.returncode, ended.stdout or b"", ended.stderr


def encoding_of(system: str) -> str:
    """What a process of that system writes its outputs in; without a setting, Windows has the user's code page."""
    default = "utf-8" if os.name == "posix" else locale.getencoding()
    return SYSTEMS[system].get("PYTHONIOENCODING", default).lower()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site.yaml").write_text(MANIFEST % 1, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("system", ["C, and Python made to heed it", "cp1252", "no Unix, cp1252"])
def test_commands_from_validate_to_drift_work(folder, system):
    assert run(folder, system, "validate", "site.yaml")[0] == 0
    code, _, output = run(folder, system, "apply", "site.yaml", "--emulator", "--yes", "--no-wait")
    assert code == 0, output
    (folder / "site.yaml").write_text(MANIFEST % 2, encoding="utf-8")

    for style in ("text", "markdown", "html", "json"):
        code, _, output = run(
            folder, system, "plan", "site.yaml", "--emulator", "--out", f"{style}.plan", "--format", style
        )
        assert code == 0, output
        (plan,) = parse((folder / f"{style}.plan").read_bytes().decode("utf-8")).plans
        assert [change.address.name for change in plan.changes] == ["web"]
    for command in (["show", "text.plan"], ["schema", "openapi"]):
        assert run(folder, system, *command)[0] == 0
    assert run(folder, system, "drift", "site.yaml", "--emulator")[0] == 2


@pytest.mark.parametrize("system", SYSTEMS)
def test_characters_that_an_encoding_lacks_are_replaced_in_outputs(folder, system):
    _, shown, _ = run(folder, system, "plan", "site.yaml", "--emulator")
    encoding = encoding_of(system)
    text = shown.decode(encoding)

    assert "configs" in text
    assert "?" not in text
    if encoding in {"cp1252", "iso-8859-1"}:
        assert "Grüße -> \\u65e5\\u672c \\U0001f600" in text
    else:
        assert "Grüße → 日本 😀" in text or "Gr\\xfc\\xdfe -> \\u65e5\\u672c \\U0001f600" in text


@pytest.mark.parametrize("system", ["cp1252", "utf-16", "no Unix"])
def test_json_is_the_same_in_every_encoding(folder, system):
    encoding = encoding_of(system)
    _, shown, _ = run(folder, system, "plan", "site.yaml", "--emulator", "--format", "json")

    changes = {change["kind"]: change for change in json.loads(shown.decode(encoding))["changes"]}

    assert changes["config"]["fields"][0]["after"] == "Grüße → 日本 😀\n"


@pytest.mark.parametrize("system", ["cp1252", "as it is"])
def test_html_and_markdown_are_the_same_in_every_encoding(folder, system):
    _, page, _ = run(folder, system, "plan", "site.yaml", "--emulator", "--format", "html")

    assert b"Gr&#252;&#223;e &#8594;" in page or "Grüße →".encode() in page


def test_a_plan_file_is_written_even_if_the_output_is_closed(folder):
    reading, writing = os.pipe()
    os.close(reading)

    code, _, _ = run(
        folder, "as it is", "plan", "site.yaml", "--emulator", "--out", "it.plan", stdout=writing
    )
    os.close(writing)

    assert code == 1
    assert parse((folder / "it.plan").read_text(encoding="utf-8")).plans[0].changes


@pytest.mark.posix("closes streams with a shell")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_process_without_standard_streams_works_and_nothing_else_gets_their_numbers(
    folder, command, closed
):
    script = f'exec "$0" -P -m reconciler {command} site.yaml --emulator --audit audit.log {closed}'
    if command == "plan":
        script = script.replace("--audit audit.log", "--out it.plan")
    ended = subprocess.run(
        ["sh", "-c", script, sys.executable],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "XDG_CACHE_HOME": str(folder / ".cache")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )

    assert b"bug" not in ended.stderr, ended.stderr
    assert ended.returncode == (1 if command == "apply" else 0), ended.stderr  # nobody can answer
    if command == "plan":
        assert parse((folder / "it.plan").read_text(encoding="utf-8")).plans[0].changes
    elif "2>&-" not in closed:
        assert b"--yes" in ended.stderr


@pytest.mark.posix("closes streams with a shell")
def test_the_numbers_of_closed_streams_are_taken(tmp_path):
    code = (
        "import os; from reconciler.__main__ import open_standard_streams; open_standard_streams();"
        "os.write(os.open('opened', os.O_CREAT | os.O_WRONLY), str(os.open('.', os.O_RDONLY)).encode())"
    )
    subprocess.run(
        ["sh", "-c", 'exec "$0" -c "$1" <&- >&- 2>&-', sys.executable, code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        check=True,
    )

    assert int((tmp_path / "opened").read_text(encoding="utf-8")) > 2


def test_every_special_character_has_an_ascii_replacement():
    text = "a→b…\ud800😀ü"

    assert text.encode("ascii", HANDLER) == rb"a->b...\ud800\U0001f600\xfc"
    assert text.encode("utf-8", HANDLER).decode("utf-8") == "a→b…\\ud800😀ü"


def test_the_package_is_marked_as_typed():
    assert (REPOSITORY / "reconciler" / "py.typed").is_file()
