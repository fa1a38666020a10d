"""Each kind has a list, read with a single request."""

import pytest

from reconciler.api.client import ClusterRef, Reader
from reconciler.api.lists import LISTS
from reconciler.kinds import KINDS
from tests.api.fakes import Fake, calls, said


def test_every_kind_has_a_list():
    assert set(LISTS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_listed_with_a_single_request(kind):
    fake = Fake([said({"data": []})])

    assert not LISTS[kind](Reader(calls(fake)), ClusterRef("company_1", "cluster_1"))
    assert [request.method for request in fake.sent] == ["GET"]
