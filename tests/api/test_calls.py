"""Reads are retried; a write is repeated only if it was certainly not carried out."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from reconciler.api.answers import parse_object
from reconciler.api.calls import Calls
from reconciler.api.operations import OPERATIONS
from reconciler.api.rate_limiter import RateLimiter
from reconciler.errors import (
    Ambiguous,
    BadAnswer,
    NotFound,
    RateLimited,
    Refused,
    Rejected,
    ServerFault,
    Unauthorized,
    Unreachable,
)
from reconciler.model import Sensitive
from reconciler.transport import Response, Transport
from tests.api.fakes import Fake, FakeTime, Reply, calls, said
from tests.transport.scripted import answer, cut, reset, scripted

READ, WRITE = OPERATIONS["company"], OPERATIONS["create_secret"]
IDS = {"company_id": "c", "cluster_id": "k"}
GOOD = said({"id": "x"})
LOST = Ambiguous("lost")
UNREACHED = Unreachable("refused")
PASSING: dict[str, tuple[Reply, type[Exception]]] = {
    "unreachable": (UNREACHED, Unreachable),
    "lost": (LOST, Ambiguous),
    "429": (said({}, 429), RateLimited),
    "500": (said({}, 500), ServerFault),
    "502": (said(b"<html>", 502), ServerFault),
    "503": (said({}, 503), ServerFault),
    "504": (said({}, 504), ServerFault),
    "cut short": (said(b'{"id"'), BadAnswer),
    "a page": (said(b"<html>"), BadAnswer),
}
FINAL: dict[str, tuple[Reply, type[Exception]]] = {
    "400": (said({}, 400), Rejected),
    "401": (said({}, 401), Unauthorized),
    "403": (said({}, 403), Unauthorized),
    "404": (said({}, 404), NotFound),
    "409": (said({}, 409), Rejected),
    "a redirect": (said(None, 302), Rejected),
}


@pytest.mark.parametrize("reply, _error", PASSING.values(), ids=PASSING)
def test_a_failed_read_is_repeated_until_it_succeeds(reply, _error):
    fake = Fake([reply, reply, GOOD])

    assert calls(fake).call(READ, parse_object, {}) == {"id": "x"}
    assert len(fake.sent) == 3


@pytest.mark.parametrize("reply, error", PASSING.values(), ids=PASSING)
def test_a_read_that_keeps_failing_ends_after_a_limit(reply, error):
    fake, time = Fake([reply]), FakeTime()

    with pytest.raises(error):
        calls(fake, time=time).call(READ, parse_object, {})

    away = isinstance(reply, Response) and reply.status in (429, 502, 503, 504)
    assert len(fake.sent) == (10 if away else 5)
    assert sum(time.slept) < 120


@pytest.mark.parametrize("operation, ids", [(READ, {}), (WRITE, IDS)], ids=["read", "write"])
@pytest.mark.parametrize("reply, error", FINAL.values(), ids=FINAL)
def test_a_permanent_error_is_raised_without_a_retry(operation, ids, reply, error):
    fake = Fake([reply])

    with pytest.raises(error):
        calls(fake).call(operation, parse_object, ids, {} if ids else None)

    assert len(fake.sent) == 1


@pytest.mark.parametrize("name", ["unreachable", "429"])
def test_a_write_that_was_not_carried_out_is_sent_again(name):
    fake = Fake([PASSING[name][0], GOOD])

    assert calls(fake).call(WRITE, parse_object, IDS, {"name": "a"}) == {"id": "x"}
    assert [request.body for request in fake.sent] == [b'{"name": "a"}'] * 2


@pytest.mark.parametrize("name", [name for name in PASSING if name not in {"unreachable", "429"}])
def test_a_write_that_may_have_been_carried_out_is_ambiguous_and_not_repeated(name):
    fake = Fake([PASSING[name][0], GOOD])

    with pytest.raises(Ambiguous):
        calls(fake).call(WRITE, parse_object, IDS, {})

    assert len(fake.sent) == 1


def test_an_ambiguous_error_keeps_the_servers_message():
    fake = Fake([said({"message": "secret 'a' is in use"}, 500)])

    with pytest.raises(
        Ambiguous, match=r"secret 'a' is in use.*may or may not have been carried out"
    ) as caught:
        calls(fake).call(WRITE, parse_object, IDS, {})

    assert isinstance(caught.value.__cause__, ServerFault)


def test_an_answer_too_large_is_final_for_a_read_and_ambiguous_for_a_write():
    large = BadAnswer("too large", status=200, method="GET", path="/")
    read, write = Fake([large]), Fake([large])

    with pytest.raises(BadAnswer):
        calls(read).call(READ, parse_object, {})
    with pytest.raises(Ambiguous):
        calls(write).call(WRITE, parse_object, IDS, {})

    assert (len(read.sent), len(write.sent)) == (1, 1)


def test_retry_after_is_kept_to_the_second():
    time = FakeTime()
    fake = Fake([said({}, 429, retry_after="30"), GOOD])

    calls(fake, time=time, chance=0.0).call(WRITE, parse_object, IDS, {})

    assert time.now >= 1030.0


def test_retry_after_as_a_date_is_measured_by_the_servers_clock():
    time = FakeTime()
    busy = said({}, 503, date="Tue, 24 Nov 2026 10:00:00 GMT", retry_after="Tue, 24 Nov 2026 10:00:20 GMT")

    calls(Fake([busy, GOOD]), time=time, chance=0.0).call(READ, parse_object, {})

    assert time.now == 1020.125


def test_a_retry_after_of_an_hour_ends_the_request():
    time = FakeTime()

    with pytest.raises(RateLimited):
        calls(Fake([said({}, 429, retry_after="3600")]), time=time).call(READ, parse_object, {})

    assert time.slept == []


def test_a_retry_after_for_one_thread_holds_all_threads():
    time = FakeTime()
    shared = calls(Fake([said({}, 429, retry_after="40"), GOOD]), time=time, chance=0.0)
    shared_start = threading.Barrier(2)
    finished: list[float] = []

    def read(_: int) -> None:
        shared_start.wait()
        shared.call(READ, parse_object, {})
        finished.append(time.now)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(read, range(2)))
        list(threads.map(read, range(2)))

    assert max(finished) >= 1040.0


def test_the_lease_is_checked_before_every_attempt_at_a_write():
    asked = []

    def permit() -> None:
        asked.append(True)
        if len(asked) == 2:
            raise Refused("the lease runs out")

    fake = Fake([said({}, 429)])
    with pytest.raises(Refused, match="the lease runs out"):
        calls(fake).call(WRITE, parse_object, IDS, {}, permit=permit)

    assert len(fake.sent) == 1


def test_the_check_of_the_lease_may_send_requests_itself():
    shared = calls(Fake([GOOD]), pace=1)

    def permit() -> None:
        shared.call(READ, parse_object, {})

    assert shared.call(WRITE, parse_object, IDS, {}, permit=permit) == {"id": "x"}


def test_the_lease_is_checked_again_after_a_wait():
    time = FakeTime()
    asked: list[float] = []
    shared = calls(Fake([said({}, 429, retry_after="30"), GOOD]), time=time, chance=0.0)
    held = threading.Thread(target=lambda: shared.call(READ, parse_object, {}))

    def permit() -> None:
        asked.append(time.now)
        if len(asked) == 1:
            held.start()
            held.join()
            time.now -= 30.0

    shared.call(WRITE, parse_object, IDS, {}, permit=permit)

    assert asked == [1000.0, 1030.125]


def test_a_body_carries_sensitive_values_and_a_message_never_does():
    fake = Fake([said({"message": "data correct-horse-battery is invalid, so is token-value-of-mine"}, 400)])

    with pytest.raises(Rejected) as caught:
        calls(fake).call(WRITE, parse_object, IDS, {"name": "a", "data": Sensitive("correct-horse-battery")})

    assert fake.sent[0].body == b'{"name": "a", "data": "correct-horse-battery"}'
    assert "data (sensitive) is invalid, so is (sensitive)" in str(caught.value)


def test_a_body_that_cannot_be_json_is_not_sent():
    fake = Fake([GOOD])
    with pytest.raises(TypeError, match="object cannot be sent"):
        calls(fake).call(WRITE, parse_object, IDS, {"data": object()})

    assert fake.sent == []


def test_the_servers_time_is_its_last_date_plus_the_time_since_then():
    time = FakeTime()
    shared = calls(Fake([said({"id": "x"}, date="Tue, 24 Nov 2026 10:00:00 GMT"), GOOD]), time=time)
    before = shared.server_time()
    shared.call(READ, parse_object, {})
    shared.call(READ, parse_object, {})
    time.now += 5.0

    assert before is None
    assert shared.server_time() == 1795514405.0


def test_a_malformed_date_gives_no_server_time():
    shared = calls(Fake([said({"id": "x"}, date="today")]))
    shared.call(READ, parse_object, {})

    assert shared.server_time() is None


@pytest.mark.parametrize(
    "bad", [reset, cut(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), answer(b"<html>")]
)
def test_over_a_real_connection_reads_recover_and_writes_do_not_repeat(bad):
    time = FakeTime()
    for operation, ids in ((READ, {}), (WRITE, IDS)):
        reply = scripted(bad, answer(b'{"id": "x"}'))
        with reply as server, Transport(server.url, key="k", value="value") as transport:
            shared = Calls(transport, pace=RateLimiter(2, clock=time.clock), clock=time.clock)
            if operation.safe:
                assert shared.call(operation, parse_object, ids) == {"id": "x"}
            else:
                with pytest.raises(Ambiguous):
                    shared.call(operation, parse_object, ids, {})

        assert len(server.received) == (2 if operation.safe else 1)


def test_a_long_wait_is_reported_once_and_a_short_wait_is_not():
    heard: list[str] = []
    for seconds in ("2", "100"):
        time = FakeTime()
        fake = Fake([said({}, 429, retry_after=seconds), GOOD])
        shared = Calls(fake, pace=RateLimiter(2, clock=time.clock), clock=time.clock, tell=heard.append)
        assert shared.call(READ, parse_object, {}) == {"id": "x"}

    (reply,) = heard
    assert reply.startswith("waiting 100 s before asking again: ")
