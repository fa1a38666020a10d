import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model import Address, Diagnostic, FieldChange, Location, Outcome, Plan, RunResult
from reconciler.model.failure import Failure
from reconciler.model.reason import PlainReason
from reconciler.render import as_markdown, report_as_markdown
from reconciler.render.markup import BUDGET, LEAST_BUDGET
from reconciler.render.plan_markdown import fitted
from tests.changes import change_of


def plan_of(count, action="create", cluster="production", size=10):
    changes = [
        change_of(
            Address(cluster, "config", f"config-{number}"),
            action,
            (FieldChange("data", None, "→`\n" * size),),
            needs=(Address(cluster, "config", "config-0"),) if number else (),
        )
        for number in range(count)
    ]
    return Plan(cluster, "cluster_a1b2c3", "company_d4e5f6", "clinic", tuple(changes))


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 300),
    st.integers(0, 300),
    st.integers(1, 60),
    st.integers(LEAST_BUDGET, 30_000),
    st.integers(0, 200),
)
def test_the_budget_is_kept_and_the_totals_are_shown(creates, deletes, stacks, budget, size):
    plans = [plan_of(creates, size=size), plan_of(deletes, "delete", "x`" * size)]
    plans += [plan_of(0, cluster=f"cluster-{number}") for number in range(stacks)]
    warnings = [Diagnostic(Location("@" * size), "warning", "check", "<!--" * size)] * stacks

    text = as_markdown(plans, diagnostics=warnings, budget=budget)

    assert len(text.encode()) <= budget
    assert f"{creates} to create" in text or not creates
    assert f"{deletes} to delete" in text or not deletes
    named = text.count("- <code>x&#96;") if size else deletes
    assert named >= deletes or "not listed here" in text or "the names of DELETED" in text


def test_a_plan_that_fits_is_shown_completely():
    text = as_markdown([plan_of(3)])

    assert "mermaid" in text
    assert "Left out" not in text


@pytest.mark.parametrize(
    "count, size, left_out",
    [
        (31, 10, None),
        (30, 400, "the graph, the fields of created objects."),
        (5000, 10, "the names of created, updated and adopted objects"),
    ],
)
def test_parts_that_do_not_fit_are_left_out_in_order_and_counted(count, size, left_out):
    text = as_markdown([plan_of(count, size=size), plan_of(4, "delete", "staging")])

    assert len(text.encode()) <= BUDGET
    assert "**4 to DELETE:**" in text
    assert "- <code>staging/config/config-3</code>" in text
    assert (left_out or "") in text
    assert ("Left out" in text) == (left_out is not None)


def test_very_many_deletes_are_counted_and_marked_as_not_named():
    text = as_markdown([plan_of(3000, "delete")])

    assert "**3000 to DELETE:**" in text
    assert "more, not listed here" in text


@pytest.mark.parametrize("length, names", [(200, True), (300, False), (260, False)])
def test_a_delete_counts_as_named_only_with_its_whole_address(length, names):
    change = change_of(
        Address("production", "volume", "x" * length), "delete", (), reasons=(PlainReason.NOT_DECLARED,)
    )
    plan = Plan("production", "cluster_a1b2c3", "company_d4e5f6", "clinic", (change,))

    shown = fitted([plan])

    assert shown.names_destroyed == names == (str(change.address) in shown.text.partition("<details>")[0])


def test_a_budget_without_room_for_the_totals_is_an_error():
    with pytest.raises(ValueError, match="below 1000"):
        as_markdown([], budget=999)


@pytest.mark.parametrize("budget", [1000, 5000, 60_000])
def test_a_report_keeps_its_budget_and_names_failures_first(budget):
    changes = plan_of(2000).changes
    ended = [Outcome(change, "applied") for change in changes[1:]] + [
        Outcome(changes[0], "failed", Failure("rejected", "no room"))
    ]

    text = report_as_markdown(RunResult(ended), continue_with="reconciler apply .", budget=budget)

    assert len(text.encode()) <= budget
    assert "Apply NOT complete: 1999 applied, 1 failed" in text
    assert "are not listed here" in text
