"""The text for a move of hosts that failed."""

from reconciler.model import HostsLeft, Taken
from reconciler.render.hosts import where_hosts_are


def test_without_moved_hosts_nothing_is_shown():
    assert where_hosts_are(HostsLeft()) == ""


def test_each_host_is_named_with_where_it_is_now():
    left = HostsLeft(("a.example",), (Taken("b.example", "api", "s1"),), ("c.example", "d.example"))
    assert where_hosts_are(left) == (
        "; hosts given back to the services that had them: a.example; it has b.example now, and api no longer does; "
        "no service has c.example, d.example now"
    )
