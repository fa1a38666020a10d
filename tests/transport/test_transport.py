"""Each request gets one answer, or it is known whether it can have been carried out."""

import base64
import gzip
import socket
import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from reconciler import transport
from reconciler.errors import Ambiguous, BadAnswer, Unreachable, UsageError
from reconciler.transport import Exchange, Request, Transport
from tests.transport import scripted as script
from tests.transport.scripted import Scripted, answer, cut, drip, head, raw, scripted

GET = Request("GET", "/companies/current")
POST = Request("POST", "/secrets", b'{"data": "hunter2hunter2"}')
PACKED = gzip.compress(b"{}")
KEY, VALUE = "key", "correct-horse-battery"


@pytest.fixture(autouse=True)
def trusted_however_long_it_was_unused(monkeypatch):
    """If a test stands still for some seconds, connections are kept all the same."""
    monkeypatch.setattr(transport, "IDLE", float("inf"))


def reach(server: Scripted, **options) -> Transport:
    return Transport(server.url, key=KEY, value=VALUE, **options)


def test_a_request_is_sent_completely_with_its_credentials():
    with (
        scripted(answer(b'{"id": "x"}', 201, Date="Tue, 24 Nov 2026 10:00:00 GMT")) as server,
        reach(server) as to,
    ):
        response = to.send(POST)

    assert (response.status, response.body) == (201, b'{"id": "x"}')
    assert response.headers["date"] == "Tue, 24 Nov 2026 10:00:00 GMT"
    (got,) = server.received
    assert got.line == "POST /v1/secrets HTTP/1.1"
    assert got.body == POST.body
    assert got.headers["authorization"] == "Basic " + base64.b64encode(b"key:correct-horse-battery").decode()
    assert got.headers["content-type"] == "application/json"
    assert got.headers["host"] == f"127.0.0.1:{server.port}"
    assert got.headers["user-agent"].startswith("reconciler/")


def test_a_write_without_a_body_has_content_length_0():
    with scripted(answer(b"", 204)) as server, reach(server) as to:
        to.send(Request("DELETE", "/secrets/1"))
        to.send(GET)

    assert [got.headers.get("content-length") for got in server.received] == ["0", None]


def test_connections_are_kept():
    with scripted(answer()) as server, reach(server) as to:
        for _ in range(3):
            to.send(GET)

    assert (server.connections, len(server.received)) == (1, 3)


def test_a_connection_that_the_server_closed_is_replaced():
    closed = threading.Event()

    def close_after(connection: socket.socket) -> bool:
        answer()(connection)
        connection.shutdown(socket.SHUT_RDWR)
        closed.set()
        return False

    with scripted(close_after, answer(b"[]")) as server, reach(server) as to:
        to.send(POST)
        closed.wait()
        assert to.send(POST).body == b"[]"

    assert server.connections == 2


def test_a_connection_unused_for_long_is_replaced(monkeypatch):
    monkeypatch.setattr(transport, "IDLE", 0.0)
    with scripted(answer()) as server, reach(server) as to:
        to.send(GET)
        to.send(GET)

    assert server.connections == 2


def test_a_connection_that_the_server_closes_is_not_used_again():
    with scripted(answer(b"{}", Connection="close")) as server, reach(server) as to:
        to.send(GET)
        to.send(GET)

    assert server.connections == 2


def test_a_missing_server_is_unreachable():
    with socket.socket() as bound:  # a port that no other process can use, and on which nobody listens
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        refused = pytest.raises(Unreachable, match=rf"cannot connect to 127.0.0.1:{port}: connection refused")
        with Transport(f"http://127.0.0.1:{port}", key=KEY, value=VALUE) as to, refused:
            to.send(POST)


def test_each_thread_gets_its_own_answer():
    def echo(connection: socket.socket) -> bool:
        return answer(server.received[-1].line.encode())(connection)

    with scripted(echo) as server, reach(server) as to, ThreadPoolExecutor(1) as threads:
        bodies = list(threads.map(lambda n: to.send(Request("GET", f"/{n}")).body, range(20)))

    assert bodies == [f"GET /v1/{n} HTTP/1.1".encode() for n in range(20)]


AMBIGUOUS = {
    "reset before an answer": script.reset,
    "closed before an answer": cut(),
    "closed within the status line": cut(b"HTTP/1.1 2"),
    "closed within the body": cut(head(200, {"Content-Length": "100"}) + b'{"half'),
    "closed within a chunk": cut(head(200, {"Transfer-Encoding": "chunked"}) + b"40\r\nabc"),
    "closed between chunks": cut(head(200, {"Transfer-Encoding": "chunked"}) + b"3\r\nabc\r\n"),
    "a chunk's size is no number": cut(head(200, {"Transfer-Encoding": "chunked"}) + b"zz\r\nabc\r\n"),
    "not HTTP": cut(b"220 mail.example.com ESMTP\r\n"),
    "an unexpected interim answer": cut(head(103, {}) + head(200, {"Content-Length": "0"})),
    "gzip that is none": answer(b"{}", Content_Encoding="gzip"),
    "silence": script.silent,
    "a head that drips": drip(b"HTTP/1.1 200 OK\r\nServer: "),
    "a body that drips": drip(head(200, {"Content-Length": "1000000"})),
    "chunks that drip": drip(head(200, {"Transfer-Encoding": "chunked"}) + b"fffff\r\n"),
}


class TimeFromTheRequestOn(Future[transport.Response]):
    """The timeout starts when the server has the request, so that a slow machine causes no timeout before."""

    received: threading.Event

    def exception(self, timeout: float | None = None) -> BaseException | None:
        self.received.wait(120)
        return super().exception(timeout)


@pytest.mark.parametrize("step", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_a_sent_request_without_a_complete_answer_is_ambiguous(monkeypatch, step):
    received = threading.Event()
    monkeypatch.setattr(TimeFromTheRequestOn, "received", received, raising=False)
    monkeypatch.setattr(transport, "Future", TimeFromTheRequestOn)

    def seen(connection: socket.socket) -> bool:
        received.set()
        return bool(step(connection))

    with scripted(seen) as server, reach(server, timeout=0.3) as to, pytest.raises(Ambiguous) as caught:
        to.send(POST)

    assert len(server.received) == 1
    assert str(caught.value).startswith(
        f"POST /secrets was sent to 127.0.0.1:{server.port}, and no complete answer"
    )
    assert "hunter2" not in str(caught.value)
    assert VALUE not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nothing_is_sent_after_the_timeout(monkeypatch, scheme):
    """A name that takes long to look up, or a server with many addresses that do not answer."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(script.CERTIFICATE))
    looked_up, over = threading.Event(), threading.Event()
    look_up = socket.getaddrinfo

    def slow(*arguments, **options):
        over.wait()
        looked_up.set()
        return look_up(*arguments, **options)

    with scripted(answer(), tls=scheme == "https") as server, reach(server, timeout=0.2) as to:
        monkeypatch.setattr(socket, "getaddrinfo", slow)
        with pytest.raises(Unreachable, match="time-out"):
            to.send(POST)
        over.set()
        looked_up.wait()
        for thread in threading.enumerate():
            if thread.name == "exchange":
                thread.join()

    assert server.received == []


@pytest.mark.parametrize(
    "data",
    [
        head(200, {"Transfer-Encoding": "chunked"}) + b"2\r\n{}\r\n0\r\n\r\n",
        head(100, {}) + head(200, {"Content-Length": "2"}) + b"{}",
        head(200, {"Content-Encoding": "gzip", "Content-Length": str(len(PACKED))}) + PACKED,
    ],
    ids=["chunked", "after an interim 100", "gzip"],
)
def test_every_form_of_body_is_read_and_the_connection_kept(data):
    with scripted(raw(data)) as server, reach(server) as to:
        assert [to.send(GET).body for _ in range(2)] == [b"{}", b"{}"]

    assert server.connections == 1


def test_a_body_without_a_length_ends_with_the_connection():
    with scripted(cut(head(200, {}) + b'{"id": "x"}')) as server, reach(server) as to:
        assert to.send(GET).body == b'{"id": "x"}'


@pytest.mark.parametrize(
    "step",
    [
        answer(b"x" * 2000),
        raw(head(200, {"Content-Length": "1000000000000"})),
        cut(head(200, {"Transfer-Encoding": "chunked"}) + b"7d0\r\n" + b"x" * 2000 + b"\r\n0\r\n\r\n"),
        answer(gzip.compress(b"x" * 2000), Content_Encoding="gzip"),
    ],
    ids=["sent", "announced", "chunked", "unpacked"],
)
def test_a_body_over_the_limit_is_refused(step):
    refused = pytest.raises(BadAnswer, match="larger than 1,000 bytes")
    with scripted(step) as server, reach(server, limit=1000) as to, refused as caught:
        to.send(GET)

    assert caught.value.status == 200


def test_a_redirect_is_not_followed():
    with scripted(answer()) as elsewhere:
        moved = answer(b"", 302, Location=elsewhere.url)
        with scripted(moved) as server, reach(server) as to:
            assert to.send(GET).status == 302

    assert elsewhere.connections == 0


def test_observers_see_every_exchange():
    seen: list[Exchange] = []
    with scripted(answer(b'{"id": 1}'), script.reset) as server, reach(server, observe=seen.append) as to:
        to.send(POST)
        with pytest.raises(Ambiguous):
            to.send(GET)

    assert [
        (request.method, request.path, request.status, request.sent, request.received) for request in seen
    ] == [
        ("POST", "/secrets", 200, 26, 9),
        ("GET", "/companies/current", 0, 0, 0),
    ]
    assert seen[0].began + seen[0].seconds <= seen[1].began


def test_a_path_with_a_line_break_is_not_sent():
    with scripted(answer()) as server, reach(server) as to:
        for path in ("/a b", "/a\r\nX: y", "/é", "relative"):
            with pytest.raises(UsageError):
                to.send(Request("GET", path))

    assert server.connections == 0


def test_nothing_confidential_is_in_a_repr():
    assert repr(POST) == "Request(method='POST', path='/secrets')"
    assert repr(transport.Response(200, {"set-cookie": "x"}, b"secret")) == "Response(status=200)"


def test_the_netrc_file_is_never_read(monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password other\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    with scripted(answer()) as server, reach(server) as to:
        to.send(GET)

    assert server.received[0].headers["authorization"].endswith(to.confidential[0])


@pytest.fixture
def proxied(monkeypatch):
    with scripted(answer(b"", 407)) as proxy:
        for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
            monkeypatch.setenv(name, f"http://user:proxy-password@127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        yield proxy


def test_the_environments_proxy_is_not_used_for_loopback(proxied):
    with scripted(answer()) as server, reach(server) as to:
        to.send(GET)

    assert proxied.connections == 0


def test_the_environments_proxy_tunnels_and_never_sees_the_credentials(proxied):
    refused = pytest.raises(
        Unreachable, match="through the proxy that the environment names: the proxy refused"
    )
    with Transport("https://api.example.com/v1", key=KEY, value=VALUE) as to, refused as caught:
        to.send(GET)

    (got,) = proxied.received
    assert got.line.startswith("CONNECT api.example.com:443 ")
    assert "authorization" not in got.headers
    assert got.headers["proxy-authorization"] == "Basic " + base64.b64encode(b"user:proxy-password").decode()
    assert "proxy-password" not in str(caught.value)


def test_with_an_untrusted_certificate_nothing_is_sent():
    refused = pytest.raises(Unreachable, match=r"certificate is not trusted .*REQUESTS_CA_BUNDLE")
    with scripted(answer(), tls=True) as server, reach(server) as to, refused:
        to.send(GET)

    assert server.received == []


def test_a_certificate_authority_in_the_environment_is_trusted(monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(script.CERTIFICATE))
    with scripted(answer(b"[]"), tls=True) as server, reach(server) as to:
        assert [to.send(GET).body for _ in range(2)] == [b"[]", b"[]"]

    assert server.connections == 1


def test_a_server_without_tls_is_unreachable():
    def greet(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.recv(1000)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        greeting = threading.Thread(target=greet, args=(listener,))
        greeting.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        with Transport(url, key=KEY, value=VALUE) as to, pytest.raises(Unreachable, match="TLS failed"):
            to.send(GET)
        greeting.join()


def test_an_invalid_certificate_file_is_reported(monkeypatch, tmp_path):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "absent.pem"))
    with pytest.raises(UsageError, match=r"absent\.pem: no such file"):
        Transport("https://api.example.com/v1", key=KEY, value=VALUE)


def test_invalid_certificates_are_reported(monkeypatch, tmp_path):
    (tmp_path / "damaged.pem").write_text("not a certificate", encoding="utf-8")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "damaged.pem"))
    with pytest.raises(UsageError, match=r"cannot be read from .*damaged\.pem"):
        Transport("https://127.0.0.1:9/v1", key=KEY, value=VALUE)


def test_a_folder_of_certificates_is_accepted(monkeypatch, tmp_path):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    with (
        scripted(answer(), tls=True) as server,
        reach(server) as to,
        pytest.raises(Unreachable, match="trusted"),
    ):
        to.send(GET)


def test_after_closing_nothing_stays_open():
    with scripted(answer()) as server:
        to = reach(server)
        to.send(GET)
        to.close()
        to.send(GET)

    assert server.connections == 2
