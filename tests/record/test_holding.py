"""The message about a lease that another run holds."""

from reconciler.record import held, may_be_held
from reconciler.record.holding import LEASE
from tests.record.leases import found, lease_on
from tests.record.platform import RecordPlatform


def test_if_the_time_is_unknown_a_lease_may_be_held():
    platform = RecordPlatform()
    assert may_be_held(found(platform), None, "production") == ""
    lease_on(platform, holder="ci run 7").take()
    assert "ci run 7" in may_be_held(found(platform), platform.time, "production")
    assert "ci run 7" in may_be_held(found(platform), None, "production")
    assert may_be_held(found(platform), platform.time + LEASE, "production") == ""
    platform.time += LEASE
    lease_on(platform, holder="ci run 8", now=lambda: None).take()
    assert "ci run 8" in may_be_held(found(platform), platform.time + LEASE, "production")


def test_a_lease_is_called_held_only_if_that_is_known():
    platform = RecordPlatform()
    assert held(found(platform), platform.time, "production") == ""
    lease_on(platform, holder="ci run 7").take()
    assert "ci run 7" in held(found(platform), platform.time, "production")
    assert held(found(platform), platform.time + LEASE, "production") == ""
    assert held(found(platform), None, "production") == ""
