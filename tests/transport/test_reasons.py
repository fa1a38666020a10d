"""Connection errors are worded, however deep the libraries have wrapped them."""

import http.client
import socket

import pytest
import requests
import urllib3.exceptions

from reconciler.transport.reasons import reason


@pytest.mark.parametrize(
    "error, said",
    [
        (socket.gaierror(-2, "Name or service not known"), "its name cannot be resolved"),
        (OSError(113, "No route to host"), "no route to host"),
        (TimeoutError(), "time-out"),
        (OSError("Tunnel connection failed: 407"), "the proxy refused to connect"),
        (http.client.RemoteDisconnected("x"), "the connection was closed early"),
        (http.client.BadStatusLine("x"), "the answer is not HTTP"),
        (OSError(), "no reason given"),
    ],
)
def test_a_connection_error_is_worded(error, said):
    caused = RuntimeError("of a library")
    caused.__cause__ = error
    retried = urllib3.exceptions.MaxRetryError(None, "/", error)  # type: ignore[arg-type]  # no pool is needed

    assert said in reason(error)
    assert said in reason(caused)
    assert said in reason(requests.ConnectionError(retried))
