"""The session of requests, and the state of a request that it sends."""

import socket

import pytest
from requests.adapters import HTTPAdapter

from reconciler.endpoint import server
from reconciler.transport.session import Attempt, make_session


class Connection:
    """The parts of a connection that an attempt uses."""

    def __init__(self, sock: object = None) -> None:
        self.sock = sock


def test_before_a_request_begins_nothing_was_sent():
    attempt = Attempt()
    assert not attempt.sent

    attempt.begin(Connection())  # type: ignore[arg-type]  # its socket is all that matters

    assert attempt.sent


def test_an_abandoned_request_is_not_sent():
    attempt = Attempt()
    attempt.give_up()

    with pytest.raises(TimeoutError):
        attempt.begin(Connection())  # type: ignore[arg-type]  # its socket is all that matters
    assert not attempt.sent


def test_abandoning_a_request_ends_its_reading():
    here, there = socket.socketpair()
    with here, there:
        attempt = Attempt()
        attempt.begin(Connection(here))  # type: ignore[arg-type]  # its socket is all that matters

        attempt.give_up()

        try:
            rest = here.recv(1)
        except OSError:  # so on Windows
            rest = b""
        assert rest == b""
        assert attempt.sent


def test_a_session_keeps_no_cookies_repeats_nothing_and_ignores_the_environment():
    session = make_session(server("https://api.example.com/v1"), width=3)

    adapter = session.get_adapter("https://api.example.com/")
    assert isinstance(adapter, HTTPAdapter)
    assert adapter.max_retries.total == 0
    assert session.trust_env is False
    assert session.get_redirect_target(None) is None  # type: ignore[arg-type]  # an answer of whatever status
