"""When a request is repeated, as properties that hold for any behaviour of a server."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.api.retry import AttemptResult, GiveUp, RetryPolicy, Wait, decide, retry_after

EVERYTHING: tuple[AttemptResult, ...] = (
    *("unreachable", "ambiguous", "unreadable"),
    *(302, 400, 401, 403, 404, 408, 409, 422, 425, 429, 500, 501, 502, 503, 504),
)
HAPPENED = st.sampled_from(EVERYTHING)
SECONDS = st.floats(0, 1e6)
CHANCE = st.floats(0, 1)
PATIENCE = st.builds(
    RetryPolicy,
    attempts=st.integers(1, 12),
    busy_attempts=st.integers(1, 12),
    budget=st.floats(0, 300),
    base=st.floats(0, 10),
    cap=st.floats(0, 60),
)
HARMLESS: tuple[AttemptResult, ...] = ("unreachable", 429)


def waits(
    events: list[tuple[AttemptResult, float | None, float, float]], *, safe: bool, policy: RetryPolicy
) -> Iterator[float]:
    """The waits of a request that meets these events: result, Retry-After, random number, seconds of the attempt."""
    spent = 0.0
    for attempt, (result, after, chance, took) in enumerate(events, start=1):
        spent += took
        decision = decide(
            result,
            safe=safe,
            attempt=attempt,
            spent=spent,
            retry_after=after,
            chance=chance,
            policy=policy,
        )
        if isinstance(decision, GiveUp):
            return
        spent += decision.seconds
        yield decision.seconds


EVENTS = st.lists(
    st.tuples(HAPPENED, st.none() | SECONDS, CHANCE, st.floats(0, 30)), min_size=15, max_size=40
)


@given(HAPPENED, st.integers(1, 20), SECONDS, st.none() | SECONDS, CHANCE, PATIENCE)
def test_a_write_that_may_have_been_carried_out_is_never_sent_again(
    result, attempt, spent, after, chance, policy
):
    decision = decide(
        result,
        safe=False,
        attempt=attempt,
        spent=spent,
        retry_after=after,
        chance=chance,
        policy=policy,
    )

    assert isinstance(decision, GiveUp) or result in HARMLESS


@given(EVENTS, st.booleans(), PATIENCE)
def test_the_number_and_time_of_retries_are_limited(events, safe, policy):
    waited = list(waits(events, safe=safe, policy=policy))

    assert len(waited) < max(policy.attempts, policy.busy_attempts)
    assert sum(waited) <= policy.budget * (1 + 1e-9)


@given(EVENTS, st.booleans())
def test_no_retry_is_sent_before_the_time_of_retry_after(events, safe):
    for wait, (result, after, _, _) in zip(
        waits(events, safe=safe, policy=RetryPolicy()), events, strict=False
    ):
        assert result not in {429, 503} or wait >= (after or 0.0)


@pytest.mark.parametrize("result", ["unreachable", "ambiguous", "unreadable", 408, 429, 500, 502, 503, 504])
def test_a_read_is_repeated_after_a_transient_error(result):
    decision = decide(
        result, safe=True, attempt=1, spent=0.0, retry_after=None, chance=1.0, policy=RetryPolicy()
    )

    assert decision == Wait(0.25)


@pytest.mark.parametrize("result", [302, 400, 401, 403, 404, 409, 422, 501])
def test_a_permanent_error_is_not_retried(result):
    decision = decide(
        result, safe=True, attempt=1, spent=0.0, retry_after=None, chance=1.0, policy=RetryPolicy()
    )

    assert decision == GiveUp()


@given(st.integers(1, 60), CHANCE)
def test_waits_grow_to_a_limit_and_are_random_in_their_upper_half(attempt, chance):
    policy = RetryPolicy(busy_attempts=100, base=0.25, cap=8.0)
    decision = decide(
        502, safe=True, attempt=attempt, spent=0.0, retry_after=None, chance=chance, policy=policy
    )

    assert decision == Wait((0.5 + chance / 2) * min(8.0, 0.25 * 2 ** (attempt - 1)))


@given(st.lists(CHANCE, min_size=20, max_size=20), st.sampled_from([502, 503, 504]))
def test_retries_last_long_enough_for_a_server_restart(chances, status):
    waited = list(
        waits([(status, None, chance, 0.05) for chance in chances], safe=True, policy=RetryPolicy())
    )

    assert 19.0 <= sum(waited) <= 40.0


@given(st.lists(CHANCE, min_size=20, max_size=20), st.sampled_from(["unreachable", 500]))
def test_an_unreachable_or_failing_server_is_retried_for_a_shorter_time(chances, result):
    waited = list(
        waits([(result, None, chance, 0.05) for chance in chances], safe=True, policy=RetryPolicy())
    )

    assert 1.5 <= sum(waited) <= 4.0


NOW = datetime(2026, 11, 24, 10, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "header, seconds",
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("99999999999999999999", 999999999.0),
        ("Tue, 24 Nov 2026 10:00:30 GMT", 30.0),
        ("Tue, 24 Nov 2026 10:00:30 -0000", 30.0),
        ("Tue, 24 Nov 2026 09:00:00 GMT", 0.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header, seconds):
    assert retry_after(header, now=NOW.timestamp()) == seconds


def test_a_retry_after_date_is_ignored_if_the_servers_time_is_unknown():
    assert retry_after(format_datetime(NOW, usegmt=True), now=None) is None


@given(st.text(max_size=60), st.none() | st.floats(0, 4e9))
def test_no_value_of_the_header_raises_an_error(header, now):
    after = retry_after(header, now=now)

    assert after is None or after >= 0
