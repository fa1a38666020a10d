"""Which URLs and credentials are accepted, and the errors for others."""

import pytest

from reconciler.endpoint import server, token
from reconciler.errors import UsageError


@pytest.mark.parametrize(
    "url, used, secure, netloc",
    [
        ("https://api.medstack.co/v1", "https://api.medstack.co/v1", True, "api.medstack.co"),
        ("https://api.example.com:8443/", "https://api.example.com:8443", True, "api.example.com:8443"),
        ("http://127.0.0.1:8080/v1/", "http://127.0.0.1:8080/v1", False, "127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080", False, "[::1]:8080"),
        ("http://localhost/v1", "http://localhost/v1", False, "localhost"),
    ],
)
def test_a_server_is_parsed_from_its_url(url, used, secure, netloc):
    found = server(url)

    assert (found.url, found.secure, found.netloc) == (used, secure, netloc)


@pytest.mark.parametrize(
    "url, said",
    [
        ("http://api.medstack.co/v1", "plain http"),
        ("http://127.0.0.1.example.com/v1", "plain http"),
        ("http://localhost.example.com", "plain http"),
        ("https://user:pass-word@api.medstack.co/v1", "MEDSTACK_TOKEN_KEY"),
        ("http://localhost@example.com/", "MEDSTACK_TOKEN_KEY"),
        ("user:pass-word@api.medstack.co/v1", "MEDSTACK_TOKEN_KEY"),
        ("https:user:pass-word@api.medstack.co/v1", "MEDSTACK_TOKEN_KEY"),
        ("https://user:pass-word/2@api.medstack.co/v1", "MEDSTACK_TOKEN_KEY"),
        ("https://user:pass-word?2@api.médstack.co/v1", "MEDSTACK_TOKEN_KEY"),
        ("https://pass-word/x@api.medstack.co", "MEDSTACK_TOKEN_KEY"),
        ("https://api.medstack.co/v1?token=pass-word", "must look like"),
        ("https://api.medstack.co/v1#pass-word", "must look like"),
        ("api.medstack.co/é?pass-word", "must look like"),
        ("ftp://api.medstack.co", "must look like"),
        ("api.medstack.co/v1", "must look like"),
        ("https://", "must look like"),
        ("https://api.medstack.co/v1?token=x", "must look like"),
        ("https://api.medstack.co/v 1", "characters"),
        ("https://api.médstack.co/v1", "characters"),
        ("https://api.medstack.co:port/v1", "not a URL"),
        ("https://[::1/v1", "not a URL"),
    ],
)
def test_a_url_that_cannot_be_used_is_reported(url, said):
    with pytest.raises(UsageError, match=said) as caught:
        server(url)

    assert "pass-word" not in str(caught.value)


@pytest.mark.parametrize(
    "key, value, said",
    [
        ("", "value", "MEDSTACK_TOKEN_KEY is empty"),
        ("key", "", "MEDSTACK_TOKEN_VALUE is empty"),
        ("key", "confidential\n", "MEDSTACK_TOKEN_VALUE holds a line break"),
        ("key", "confidential\udcff", "bytes that are not UTF-8"),
        ("key:confidential", "value", "holds a colon"),
    ],
)
def test_credentials_that_cannot_be_used_are_reported_and_not_shown(key, value, said):
    with pytest.raises(UsageError, match=said) as caught:
        token(key, value)

    assert "confidential" not in str(caught.value)
