"""Proxies and certificates are configured as for requests, curl and OpenSSL; invalid values are a clear error."""

import os
import ssl

import pytest

from reconciler.errors import UsageError
from reconciler.transport.environment import certificates, proxy
from tests.transport.scripted import CERTIFICATE

URL = "https://api.example.com/v1"


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    "given, used",
    [
        ("http://proxy.example.com:3128", "http://proxy.example.com:3128"),
        ("https://user:pass@proxy.example.com", "https://user:pass@proxy.example.com"),
        ("127.0.0.1:3128", "http://127.0.0.1:3128"),
        ("localhost:3128", "http://localhost:3128"),
        ("user:pass@proxy:3128", "http://user:pass@proxy:3128"),
        ("[::1]:3128", "http://[::1]:3128"),
    ],
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_proxy_variables_have_the_same_names_as_for_curl(monkeypatch, name, given, used):
    monkeypatch.setenv(name, given)

    assert proxy(URL) == used


@pytest.mark.parametrize(
    "given, said",
    [
        ("socks5://user:pass-word@proxy:1080", "a socks5 proxy, which is not supported"),
        ("socks5h://proxy:1080", "a socks5h proxy"),
        ("http://[::1", "not a URL"),
        ("http://proxy:port", "not a URL"),
        ("http://", "not a URL"),
        ("http://pass-word:x@pro xy", "not a URL"),
        ("http://pass-word:\udcff@proxy", "not a URL"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_an_error_that_does_not_repeat_it(monkeypatch, given, said):
    monkeypatch.setenv("HTTPS_PROXY", given)

    with pytest.raises(UsageError, match=said) as caught:
        proxy(URL)

    assert "pass-word" not in str(caught.value)


@pytest.mark.parametrize("exempt", ["api.example.com", "example.com", ".example.com", "*"])
def test_a_host_in_no_proxy_is_reached_directly(monkeypatch, exempt):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", exempt)

    assert proxy(URL) is None


def test_without_proxy_variables_no_proxy_is_used():
    assert proxy(URL) is None


def subjects(context: ssl.SSLContext) -> int:
    return len(context.get_ca_certs())


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_certificate_file_replaces_the_default_certificates(monkeypatch, name):
    assert subjects(certificates()) > 1

    monkeypatch.setenv(name, str(CERTIFICATE))

    assert subjects(certificates()) == 1


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "SSL_CERT_DIR"])
def test_a_certificate_folder_replaces_the_default_certificates(monkeypatch, tmp_path, name):
    monkeypatch.setenv(name, str(tmp_path))

    assert subjects(certificates()) == 0


def test_the_first_variable_counts(monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "absent.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATE))

    assert subjects(certificates()) == 1


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_missing_certificates_are_an_error(monkeypatch, tmp_path, name):
    monkeypatch.setenv(name, str(tmp_path / "absent"))

    with pytest.raises(UsageError, match=r"cannot be read from .*absent: no such file"):
        certificates()


@pytest.mark.posix("opens named pipes")
@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_certificates_are_not_read_from_a_pipe(tmp_path, monkeypatch, name):
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setenv(name, str(tmp_path / "pipe"))

    with pytest.raises(UsageError, match=r"cannot be read from .*pipe: it is a pipe"):
        certificates()
