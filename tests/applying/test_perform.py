"""The type of a change decides which function carries it out, so that a delete cannot be taken for an update."""

from reconciler.applying.context import ApplyContext
from reconciler.applying.kinds.service import delete, update
from reconciler.model import Address, Create, Delete, Live, Update

API = Address("production", "service", "api")
LIVE = Live("service", "api", "service_1", {}, {})


def refused_by_mypy(context: ApplyContext) -> None:
    """Never called. Strict mypy reports unneeded ignores, so each of these lines must stay a type error."""
    update(context, Delete(API, live=LIVE))  # type: ignore[arg-type] # a delete is no update
    update(context, Create(API))  # type: ignore[arg-type] # nor is a create
    delete(context, Update(API, live=LIVE))  # type: ignore[arg-type] # and an update is no delete
    Update(API)  # type: ignore[call-arg] # there is no update without a live object
    Delete(API, live=LIVE, spec={})  # type: ignore[call-arg] # a delete writes nothing


def test_each_type_of_change_has_its_action():
    assert [change.action for change in (Create(API), Update(API, live=LIVE), Delete(API, live=LIVE))] == [
        "create",
        "update",
        "delete",
    ]
