"""Addresses on the command line: ``production/service/api``."""

import re
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from reconciler.model import Address


def address(text: str) -> "Address":
    """``production/service/api`` as an Address. A cluster's label or a name may itself hold slashes.

    Raises click.BadParameter, with the accepted form.
    """
    from reconciler.kinds import KINDS
    from reconciler.model import Address

    found = re.fullmatch(rf"(.+?)/({'|'.join(KINDS)})/(.+)", text)
    if not found:
        raise click.BadParameter(
            f"{text!r} is not an address. It is CLUSTER/KIND/NAME, such as production/service/api, "
            f"with a KIND of {', '.join(KINDS)}."
        )
    return Address(*found.groups())


def addresses(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> "tuple[Address, ...]":
    """A click callback: every value as an Address."""
    return tuple(address(value) for value in values)
