"""Addresses on the command line."""

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli.addresses import address
from reconciler.kinds import KINDS
from reconciler.model import Address

PLAIN = st.text("abcdefghijklmnopqrstuvwxyz-_.0123456789", min_size=1)


@given(PLAIN, st.sampled_from(sorted(KINDS)), st.lists(PLAIN, min_size=1, max_size=3).map("/".join))
def test_an_address_is_parsed_from_its_printed_form(cluster, kind, name):
    assert address(str(Address(cluster, kind, name))) == Address(cluster, kind, name)


@pytest.mark.parametrize(
    "text", ["", "api", "production/api", "production/services/api", "production/service/", "/"]
)
def test_the_error_for_an_invalid_address_shows_the_form_and_the_kinds(text):
    with pytest.raises(click.BadParameter, match="CLUSTER/KIND/NAME") as error:
        address(text)

    assert all(kind in error.value.message for kind in KINDS)
