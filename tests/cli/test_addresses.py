"""An address as it is typed."""

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli.addresses import address
from reconciler.kinds import KINDS
from reconciler.model import Address

PLAIN = st.text("abcdefghijklmnopqrstuvwxyz-_.0123456789", min_size=1)


@given(PLAIN, st.sampled_from(sorted(KINDS)), st.lists(PLAIN, min_size=1, max_size=3).map("/".join))
def test_an_address_is_read_as_it_is_printed(cluster, kind, name):
    assert address(str(Address(cluster, kind, name))) == Address(cluster, kind, name)


@pytest.mark.parametrize(
    "text", ["", "api", "production/api", "production/services/api", "production/service/", "/"]
)
def test_what_is_no_address_is_told_the_form_and_the_kinds(text):
    with pytest.raises(click.BadParameter, match="CLUSTER/KIND/NAME") as error:
        address(text)

    assert all(kind in error.value.message for kind in KINDS)
