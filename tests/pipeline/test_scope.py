"""What a run is about is told by what leaves clusters out, not by how it was written."""

from reconciler.model import Address
from reconciler.pipeline.fleet import Shard
from reconciler.pipeline.scope import Scope


def test_what_leaves_no_cluster_out_does_not_narrow():
    assert Scope(adopt=True, prune=True, retry=True, mask=("*_DSN",)).narrowed == ()


def test_the_order_of_options_means_nothing():
    assert Scope(clusters=("b", "a")).narrowed == Scope(clusters=("a", "b")).narrowed


def test_ways_to_narrow_are_told_apart():
    targets = (Address("a", "service", "api"), Address("a", "config", "app"))
    ways = {
        Scope(clusters=("a",)).narrowed,
        Scope(clusters=("b",)).narrowed,
        Scope(shard=Shard(1, 2)).narrowed,
        Scope(shard=Shard(2, 2)).narrowed,
        Scope(targets=targets).narrowed,
    }
    assert len(ways) == 5
    assert Scope(targets=targets[1:]).narrowed == Scope(targets=targets).narrowed
