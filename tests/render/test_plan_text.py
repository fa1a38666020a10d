"""A plan of several stacks as text counts each stack's changes, in lines of up to 80 columns."""

from msgspec.structs import replace

from reconciler.model import Address, Plan
from reconciler.render import as_text
from tests.changes import change_of

PLAN = Plan("production", "cluster_7a582d5f", "company_1", "default")
ORDINARY = (("service", "create"), ("service", "update"), ("secret", "replace"), ("volume", "delete"))


def plan_of(cluster, actions):
    changes = tuple(
        change_of(
            Address(cluster, kind, f"{kind}{number}"), action, live_name="k.v2" if kind == "secret" else ""
        )
        for number, (kind, action) in enumerate(actions)
    )
    return replace(PLAN, cluster=cluster, changes=changes)


def test_each_stack_is_a_row_and_wide_headings_take_several_lines():
    shown = as_text([plan_of("production", ORDINARY), plan_of("staging", ORDINARY[:2])])

    assert (
        """
  -   production/volume/volume3

                                                 to replace
                                                 with a new
where                      to create  to update     version  to delete
production, stack default          1          1           1          1
staging, stack default             1          1

Legend:"""
        in shown
    )


def test_if_a_table_would_be_too_wide_each_stack_is_a_sentence():
    shown = as_text([plan_of(9 * "clinic-", ORDINARY), plan_of("staging", ORDINARY[:2])])

    assert (
        f"""
{9 * "clinic-"}, stack default: 1 to create, 1 to update, 1 to replace with a new version, 1 to delete
staging, stack default: 1 to create, 1 to update

Legend:"""
        in shown
    )
