"""Every operation of the API has a method; a reader has none of the writing ones."""

import inspect
from typing import Any

import pytest

from reconciler.api.client import ClusterRef, Reader, Writer
from reconciler.api.operations import OPERATIONS
from reconciler.errors import Ambiguous, BadAnswer, Refused
from tests.api.fakes import Fake, calls, said

AT = ClusterRef("company_1", "cluster_1")
ARGUMENTS = {
    "at": AT,
    "company_id": "company_1",
    "webhook_id": "i",
    "node_id": "i",
    "service_id": "i",
    "secret_id": "i",
    "config_id": "i",
    "volume_id": "i",
    "body": {"name": "x", "label": "x"},
}
LISTS = {"clusters", "webhooks", "node_sizes", "nodes", "services", "secrets", "configs", "volumes", "tasks"}


def operations_of(client: type) -> set[str]:
    return {name for name in vars(client) if name in OPERATIONS}


def call(client: Any, name: str) -> Any:
    method = getattr(client, name)
    return method(**{name: ARGUMENTS[name] for name in inspect.signature(method).parameters})


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_method_sends_its_operation(name):
    answered = OPERATIONS[name].path.rpartition("/")[2].format(cluster_id="cluster_1", id="i")
    fake = Fake([said({"data": [{"id": "y"}]} if name in LISTS else {"id": answered})])
    result = call(Writer(calls(fake)), name)

    operation = OPERATIONS[name]
    (request,) = fake.sent
    assert request.method == operation.method
    assert request.path == operation.path.format(company_id="company_1", cluster_id="cluster_1", id="i")
    if name in LISTS:
        assert result == ({"id": "y"},)
    else:
        assert result is None or result["id"] == answered


ABOUT_ONE = {
    name: {"id": "another"}
    for name in ("cluster", "webhook", "node", "service", "config", "replace_webhook", "resize_node",
                 "replace_service", "patch_service")
} | {
    "create_webhook": {"id": "new", "label": "another"},
    **{f"create_{kind}": {"id": "new", "name": "another"} for kind in ("service", "secret", "config", "volume")},
}  # fmt: skip


@pytest.mark.parametrize("name", ABOUT_ONE)
def test_an_answer_about_another_object_is_not_taken_for_the_answer(name):
    fake = Fake([said(ABOUT_ONE[name])])
    error = BadAnswer if OPERATIONS[name].safe else Ambiguous
    with pytest.raises(error, match=r"another object: its (id|name|label)"):
        call(Writer(calls(fake)), name)
    assert OPERATIONS[name].safe or len(fake.sent) == 1


def test_a_reader_knows_the_servers_time_after_its_first_answer():
    reader = Reader(calls(Fake([said({"id": "x"}, date="Tue, 24 Nov 2026 10:00:00 GMT")])))
    before = reader.server_time()
    reader.company()

    assert (before, reader.server_time()) == (None, 1795514400.0)


def test_a_reader_has_no_write_methods():
    assert {OPERATIONS[name].method for name in operations_of(Reader)} == {"GET"}
    assert operations_of(Reader) | operations_of(Writer) == set(OPERATIONS)
    assert not any(OPERATIONS[name].safe for name in operations_of(Writer))


@pytest.mark.parametrize("name", sorted(operations_of(Writer)))
def test_no_write_is_sent_without_a_check_of_the_lease(name):
    def no() -> None:
        raise Refused("no lease")

    fake = Fake([said({"id": "x"})])
    with pytest.raises(Refused):
        call(Writer(calls(fake), permit=no), name)

    assert fake.sent == []
