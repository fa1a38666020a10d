"""The order of changes: found if there is one, always the same, and a cycle is named if there is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model import Address
from reconciler.order import Cycle, arrange, closure

A, B, C, D = (Address("production", "service", name) for name in "abcd")
graphs = st.dictionaries(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=4), max_size=8)


def at(number):
    return Address("production", "service", str(number))


def by_name(address):
    return 0, address


@given(graphs)
def test_every_address_appears_once_after_its_needs(graph):
    needs = {
        at(number): [at(other) for other in wanted if other < number] for number, wanted in graph.items()
    }

    order = arrange(needs, by_name)

    assert sorted(order) == sorted(needs)
    for address, wanted in needs.items():
        assert all(order.index(other) < order.index(address) for other in wanted if other in needs)


@given(graphs, st.integers(0, 9))
def test_a_closure_is_the_smallest_set_with_all_needs(graph, root):
    needs = {at(number): [at(other) for other in wanted] for number, wanted in graph.items()}

    reached = closure([at(root)], needs)

    assert (at(root) in reached) == (root in graph)
    for address in reached:
        assert {other for other in needs[address] if other in needs} <= reached
    for address in reached - {at(root)}:
        assert any(address in needs[other] for other in reached)


def test_addresses_that_are_ready_together_are_sorted_by_rank():
    ranks = {A: 2, B: 1, C: 1, D: 0}

    assert arrange({A: [], B: [], C: [], D: [A]}, lambda address: (ranks[address], address)) == (B, C, A, D)


def test_unknown_needs_count_as_met():
    assert arrange({A: [B]}, by_name) == (A,)
    assert closure([A, B], {A: [B]}) == {A}


def test_a_cycle_is_listed_from_its_start_to_its_start():
    with pytest.raises(Cycle) as caught:
        arrange({A: [B], B: [C], C: [A], D: []}, by_name)

    path = caught.value.path
    assert path[0] == path[-1]
    assert set(path) == {A, B, C}
    assert str(caught.value) == " → ".join(str(address) for address in path)
    assert caught.value.__suppress_context__
