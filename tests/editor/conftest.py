"""The YAML language server that most editors use, from npm, controlled as by an editor (LSP on stdin and stdout).

With CI set, a missing npm is an error; otherwise these tests are skipped with a message.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

HERE = Path(__file__).parent
HOW = "these tests need npm: apt-get install npm"
NPM = shutil.which("npm")
Message = dict[str, Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Outside CI, skip these tests if there is no npm."""
    for item in items:
        if HERE in item.path.parents and NPM is None and not os.environ.get("TESTS_IN_CI"):
            item.add_marker(pytest.mark.skip(reason=HOW))


@pytest.fixture(scope="session")
def server_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server, installed for this session in the version of ``package.json``."""
    if NPM is None:
        pytest.fail(HOW)
    folder = tmp_path_factory.mktemp("npm")
    shutil.copy(HERE / "package.json", folder)
    for attempt in (1, 2, 3):  # the registry may be unavailable for a moment
        installed = subprocess.run(
            [NPM, "install", "--no-audit", "--no-fund", "--ignore-scripts"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
            encoding="utf-8",
        )
        if installed.returncode == 0:
            break
        assert attempt < 3, installed.stderr
    return folder / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"


class Editor:
    """An editor with its own language server."""

    def __init__(self, process: "subprocess.Popen[bytes]", folder: Path) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in: IO[bytes] = process.stdin
        self._out: IO[bytes] = process.stdout
        self._number = 0
        self.problems: dict[str, list[Message]] = {}
        self._ask("initialize", processId=None, rootUri=folder.as_uri(), capabilities=CAPABILITIES)
        self._tell("initialized")
        settings = {
            "yaml": {"completion": True, "hover": True, "validate": True, "schemaStore": {"enable": False}}
        }
        self._tell("workspace/didChangeConfiguration", settings=settings)

    def open(self, path: Path) -> str:
        """Open a file, and wait for its diagnostics. Returns its URI."""
        uri, text = path.as_uri(), path.read_text(encoding="utf-8")
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", textDocument=document)
        while uri not in self.problems:
            self._take()
        return uri

    def hover(self, uri: str, line: int, character: int) -> str:
        """The help at a place; line and character are counted from 0."""
        found = self._ask("textDocument/hover", **_place(uri, line, character))
        return str(found["contents"]["value"]) if found else ""

    def completions(self, uri: str, line: int, character: int) -> list[str]:
        """The completions at a place; line and character are counted from 0."""
        found = self._ask("textDocument/completion", **_place(uri, line, character))
        items = found["items"] if isinstance(found, dict) else found
        return [item["label"] for item in items]

    def _ask(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": parameters})
        while True:
            message = self._take()
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def _tell(self, method: str, **parameters: Any) -> None:
        self._send({"method": method, "params": parameters})

    def _send(self, message: Message) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._in.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._in.flush()

    def _take(self) -> Message:
        """The next message. Requests of the server are answered, diagnostics are stored."""
        length = 0
        while (header := self._out.readline().strip()) != b"":
            name, _, value = header.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        assert length, "the language server has ended"
        message: Message = json.loads(self._out.read(length))
        if message.get("method") == "textDocument/publishDiagnostics":
            self.problems[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "method" in message and "id" in message:
            wanted = (
                message["params"].get("items", []) if message["method"] == "workspace/configuration" else None
            )
            self._send({"id": message["id"], "result": None if wanted is None else [None] * len(wanted)})
        return message


CAPABILITIES = {
    "textDocument": {"hover": {"contentFormat": ["markdown"]}, "completion": {}, "publishDiagnostics": {}}
}


def _place(uri: str, line: int, character: int) -> Message:
    return {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}


@pytest.fixture(scope="session")
def editor(server_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """One editor for the whole session."""
    folder = tmp_path_factory.mktemp("editor")
    node = shutil.which("node")
    assert node is not None, HOW
    process = subprocess.Popen(
        [node, str(server_program), "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder
    )
    try:
        yield Editor(process, folder)
    finally:
        process.kill()
        process.communicate()
