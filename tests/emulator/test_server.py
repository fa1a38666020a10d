"""The server as a whole: authentication, paths, control endpoints, and the blocking command."""

import signal
from contextlib import suppress
from email.utils import parsedate_to_datetime

import pytest

from reconciler.emulator import serve
from reconciler.emulator.contract import load_document, operations
from reconciler.emulator.server import listen
from reconciler.errors import UsageError


@pytest.mark.parametrize("path", ["/v1/companies/current", "/v1/none", "/_emulator/requests"])
@pytest.mark.parametrize(
    "headers", [{"X": "y"}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer x"}]
)
def test_request_without_the_token_is_refused(api, path, headers):
    answer = api.send("GET", path, headers=headers)
    assert (answer.status, answer.raw) == (401, b"")


def test_credentials_can_be_configured(start):
    with start(key="my-key", value="my-value") as api:
        assert (api.emulator.key, api.emulator.value) == ("my-key", "my-value")


def test_credentials_are_random_by_default(start):
    with start() as first, start() as other:
        assert first.emulator.value != other.emulator.value


@pytest.mark.parametrize("operation", operations(load_document()), ids=lambda operation: operation.id)
def test_every_operation_needs_the_token(api, operation):
    answer = api.send(operation.method, f"/v1{operation.path}", {}, headers={"Authorization": "Basic eDp5"})
    assert (answer.status, answer.raw) == (401, b"")


@pytest.mark.parametrize("path", ["/v1/none", "/v1/companies", "/none", "/v1/companies/current/"])
def test_unknown_path_is_not_found(api, path):
    answer = api.send("GET", path)
    assert answer.status == 404
    assert answer.body == {"code": 404, "type": "not_found", "message": "Path not found"}


def test_unknown_method_of_a_path_is_refused(api):
    answer = api.send("DELETE", f"{api.cluster}/services")
    assert answer.status == 405
    assert set(answer.headers["allow"].split(", ")) >= {"GET", "POST"}


def test_answers_carry_the_date_and_keep_the_connection(api):
    for _ in range(2):
        answer = api.get("/v1/companies/current")
        assert parsedate_to_datetime(answer.headers["date"]).year >= 2024
        assert answer.headers["content-type"] == "application/json"
    assert api.connection.sock is not None


def test_server_listens_only_on_loopback():
    with listen(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_used_port_is_a_usage_error(api):
    with pytest.raises(UsageError, match=str(api.emulator.port)), serve(port=api.emulator.port):
        pass


def test_port_is_free_after_the_end(start):
    for _ in range(5):  # several tries: another process of this machine may use the port just then
        with start() as api:
            port = api.emulator.port
        with suppress(UsageError), start(port=port) as api:
            assert api.emulator.url == f"http://127.0.0.1:{port}/v1"
            return
    pytest.fail("it was never free again")


@pytest.mark.parametrize("text", ["", "Huge", "Huge:x:1", ":1:2"])
def test_invalid_node_size_is_a_usage_error(text):
    with pytest.raises(UsageError, match="TITLE:VCPU:MEMORY"), serve(node_sizes=[text]):
        pass


def test_journal_lists_requests_without_bodies(api):
    api.create("secrets", name="a", data="hunter2")
    api.send("GET", "/v1/none")
    entries = api.journal()
    assert [(entry["method"], entry["status"], entry["state"]) for entry in entries] == [
        ("POST", 201, "answered"),
        ("GET", 404, "answered"),
    ]
    later = api.send("GET", f"/_emulator/requests?after={entries[0]['seq']}").body["requests"]
    assert later == entries[1:]
    assert "hunter2" not in str(entries)
    assert api.send("DELETE", "/_emulator/requests").status == 204
    assert api.journal() == []


def test_reset_keeps_only_the_ids_of_company_and_clusters(api):
    api.create("secrets", name="a", data="x")
    api.faults({"kind": "500-before"})
    assert api.send("POST", "/_emulator/reset").status == 204
    assert api.get(f"{api.cluster}/secrets").data == []
    assert [service["name"] for service in api.get(f"{api.cluster}/services").data] == ["loadbalancer"]


def test_push_needs_an_image(api):
    assert api.send("POST", "/_emulator/push", {"image": "Not An Image"}).status == 400


@pytest.mark.posix("Windows kills a process without a signal")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_command_shows_how_to_use_it_and_ends_cleanly_on_a_signal(spawn, tmp_path, number):
    process = spawn(tmp_path / "state")
    lines = [process.stdout.readline() for _ in range(4)]
    process.send_signal(number)
    assert process.wait(120) == 0
    assert process.stderr.read() == ""
    assert lines[1].startswith("export MEDSTACK_API_URL=http://127.0.0.1:")
    assert lines[2:] == ["export MEDSTACK_TOKEN_KEY=k\n", "export MEDSTACK_TOKEN_VALUE=v\n"]
