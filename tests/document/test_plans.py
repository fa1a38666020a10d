"""A plan as JSON."""

from reconciler.document import totals
from reconciler.model import Address, Plan

API = Address("production", "service", "api")


def test_an_object_unmanaged_in_two_stacks_is_counted_once():
    stacks = [Plan("production", "c1", "d1", stack, unmanaged=(API,), unchanged=2) for stack in ("a", "b")]

    assert totals(stacks)["unmanaged"] == 1
    assert totals(stacks)["unchanged"] == 4
