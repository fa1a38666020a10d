"""An order in which things can be done: found if there is one, the same each time, named if there is none."""

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
def test_everything_stands_once_after_what_it_needs(graph):
    needs = {at(one): [at(other) for other in wanted if other < one] for one, wanted in graph.items()}

    order = arrange(needs, by_name)

    assert sorted(order) == sorted(needs)
    for one, wanted in needs.items():
        assert all(order.index(other) < order.index(one) for other in wanted if other in needs)


@given(graphs, st.integers(0, 9))
def test_a_closure_is_the_smallest_that_holds_what_it_needs(graph, root):
    needs = {at(one): [at(other) for other in wanted] for one, wanted in graph.items()}

    reached = closure([at(root)], needs)

    assert (at(root) in reached) == (root in graph)
    for one in reached:
        assert {other for other in needs[one] if other in needs} <= reached
    for one in reached - {at(root)}:
        assert any(one in needs[other] for other in reached)


def test_what_is_ready_together_goes_by_rank():
    ranks = {A: 2, B: 1, C: 1, D: 0}

    assert arrange({A: [], B: [], C: [], D: [A]}, lambda one: (ranks[one], one)) == (B, C, A, D)


def test_what_is_not_among_them_is_taken_as_met():
    assert arrange({A: [B]}, by_name) == (A,)
    assert closure([A, B], {A: [B]}) == {A}


def test_a_circle_is_named_from_its_start_to_its_start():
    with pytest.raises(Cycle) as caught:
        arrange({A: [B], B: [C], C: [A], D: []}, by_name)

    path = caught.value.path
    assert path[0] == path[-1]
    assert set(path) == {A, B, C}
    assert str(caught.value) == " → ".join(str(one) for one in path)
    assert caught.value.__suppress_context__
