"""Injected faults: what the client sees, and whether the request was carried out."""

import http.client
import json
import threading
import time

import pytest

POSTS = {"method": "POST", "path_regex": "/secrets$"}


def secrets(api):
    return f"{api.cluster}/secrets"


def names(api):
    return [secret["name"] for secret in api.get(secrets(api)).data]


def post(api, name="a"):
    return api.send("POST", secrets(api), {"name": name, "data": "x"})


@pytest.mark.parametrize(
    "kind,status",
    [
        ("500-before", 500),
        ("502-html", 502),
        ("429", 429),
        ("html-200", 200),
        ("401", 401),
        ("403", 403),
        ("404", 404),
        ("409", 409),
    ],
)
def test_fault_answer_replaces_the_operation(api, kind, status):
    api.faults({"match": POSTS, "kind": kind, "seconds": 7})
    answer = post(api)
    assert answer.status == status
    assert names(api) == []
    if kind == "429":
        assert answer.headers["retry-after"] == "7"
    if "html" in kind:
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.raw.startswith(b"<!DOCTYPE html>")
    elif kind == "401":
        assert answer.raw == b""
    else:
        assert answer.body["code"] == status
    entry = api.journal()[-2]
    assert (entry["status"], entry["processed"], entry["fault"]) == (status, False, kind)


@pytest.mark.parametrize("kind,kept", [("drop-before", []), ("drop-after", ["a"])])
def test_connection_is_dropped(api, kind, kept):
    api.faults({"match": POSTS, "kind": kind})
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        post(api)
    api.reconnect()
    assert names(api) == kept
    entry = api.journal()[-2]
    assert (entry["state"], entry["status"], entry["processed"]) == ("dropped", None, bool(kept))


def test_500_after_is_sent_although_the_write_was_done(api):
    api.faults({"match": POSTS, "kind": "500-after"})
    assert post(api).body["code"] == 500
    assert names(api) == ["a"]


def test_half_json_has_a_complete_http_body(api):
    api.faults({"match": POSTS, "kind": "half-json"})
    answer = post(api)
    assert answer.status == 201
    assert int(answer.headers["content-length"]) == len(answer.raw) > 0
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.raw)
    assert names(api) == ["a"]


def test_truncated_body_is_shorter_than_its_length(api):
    api.faults({"match": POSTS, "kind": "truncated"})
    with pytest.raises(http.client.IncompleteRead) as caught:
        post(api)
    assert len(caught.value.partial) > 0
    api.reconnect()
    assert names(api) == ["a"]


@pytest.mark.parametrize("kind,processed", [("hang", False), ("hang-after", True)])
def test_held_request_is_in_the_journal_and_continues_when_released(api, until, kind, processed):
    other = type(api)(api.emulator)
    api.faults({"match": POSTS, "kind": kind, "seconds": 3600})
    thread = threading.Thread(target=post, args=(other,))
    thread.start()

    def held():
        return [
            request["processed"]
            for request in api.journal()
            if request["state"] == "arrived"
            and request["method"] == "POST"
            and request["processed"] is processed
        ]

    until(held)
    assert bool(names(api)) is processed
    api.release()
    thread.join()
    assert post(other, "b").status == 201  # no request is held any more
    other.connection.close()
    assert sorted(names(api)) == ["a", "b"]
    assert {entry["state"] for entry in api.journal()} == {"answered"}


@pytest.mark.parametrize("kind", ["hang", "hang-after"])
def test_held_request_continues_after_its_time(api, kind):
    api.faults({"match": POSTS, "kind": kind, "seconds": 0.01})
    assert post(api).status == 201
    assert names(api) == ["a"]


@pytest.mark.parametrize("kind", ["hang", "hang-after"])
def test_held_request_is_carried_out_after_its_client_disconnects(api, until, kind):
    other = type(api)(api.emulator)
    api.faults({"match": POSTS, "kind": kind, "seconds": 3600})
    other.reconnect()
    other.connection.timeout = 0.03
    with pytest.raises(TimeoutError):
        post(other)
    other.reconnect()
    api.release()
    until(lambda: names(api) == ["a"])


def test_nth_counts_matching_requests(api):
    api.faults({"match": {**POSTS, "nth": 2}, "kind": "500-before"})
    assert names(api) == []
    assert [post(api, name).status for name in "abc"] == [201, 500, 201]
    assert api.send("GET", "/_emulator/faults").body == {"faults": [{"kind": "500-before", "seen": 3}]}


def test_faults_can_be_removed(api):
    api.faults({"kind": "403"})
    assert post(api).status == 403
    assert api.send("DELETE", "/_emulator/faults").status == 204
    assert post(api).status == 201


@pytest.mark.parametrize(
    "body",
    [
        {},
        [{}],
        [{"kind": "nothing"}],
        [1],
        [{"kind": "401", "match": {"path_regex": "["}}],
        [{"kind": "401", "seconds": "x"}],
        b"{",
    ],
)
def test_invalid_faults_are_refused(api, body):
    assert api.send("POST", "/_emulator/faults", body).status == 400


@pytest.mark.parametrize("kind", ["hang", "hang-after"])
def test_server_stops_silently_during_a_held_request(start, until, capfd, kind):
    with start() as api:
        other = type(api)(api.emulator)
        api.faults({"match": POSTS, "kind": kind, "seconds": 60})
        lost = []

        def hold():
            try:
                post(other)
            except OSError as error:
                lost.append(error)

        thread = threading.Thread(target=hold)
        thread.start()
        until(
            lambda: any(
                request["method"] == "POST" and request["state"] == "arrived" for request in api.journal()
            )
        )
    thread.join()
    other.connection.close()
    assert len(lost) == 1
    assert capfd.readouterr().err == ""


def test_delay_applies_to_every_answer(start):
    with start(delay=0.05) as api:
        began = time.monotonic()
        api.send("GET", api.cluster)
        assert time.monotonic() - began > 0.04  # a minimum: how much longer it takes does not matter
        assert [request["state"] for request in api.journal() if request["path"] == api.cluster] == [
            "answered"
        ]
