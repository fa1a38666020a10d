"""The names of a record's configs: heads ``reconciler.<stack>.<N>``, parts ``reconciler.<stack>.part.<nonce>.<i>``.

Pure. A part's nonce begins with the number of the head that it was written for, so that anyone can tell
from names alone when no head can come to refer to it any more.
"""

import re
from typing import NamedTuple

from reconciler.errors import ReconcilerError

PREFIX = "reconciler."
STACK_LENGTH = 30
"""So that a part's name keeps to the 64 characters of a config's name (Docker): a number of 7 digits, 6 of chance, 2
of index."""
PART_CHANCE = 6
_STACK = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_NUMBER = r"[1-9][0-9]{0,11}"
_NAME = re.compile(
    rf"reconciler\.(?P<stack>{_STACK})\."
    rf"(?:(?P<head>{_NUMBER})|part\.(?P<nonce>(?P<base>{_NUMBER})-[0-9a-f]+)\.(?P<index>[0-9]+))",
    re.ASCII,
)


class Name(NamedTuple):
    """What a config's name says. ``number`` is the head's own, or of the head that a part was written for."""

    stack: str
    number: int
    is_head: bool


def parse(name: str) -> Name | None:
    """None for a config that is no part of any record."""
    if not name.startswith(PREFIX):
        return None
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    return Name(match["stack"], int(match["head"] or match["base"]), is_head=match["head"] is not None)


def is_record(name: str) -> bool:
    """Whether a config belongs to a record, of whatever stack: no manifest may declare or adopt it."""
    return parse(name) is not None


def head(stack: str, number: int) -> str:
    """The name of the record's ``number``-th version."""
    return f"{PREFIX}{checked_stack(stack)}.{number}"


def part(stack: str, number: int, chance: str, index: int) -> str:
    """The name of a part written for the ``number``-th version; ``chance`` is hex, drawn once for all its parts."""
    return f"{PREFIX}{checked_stack(stack)}.part.{number}-{chance[:PART_CHANCE]}.{index}"


def checked_stack(stack: str) -> str:
    """``stack`` itself. Raises ReconcilerError where configs cannot be named by it."""
    if len(stack) > STACK_LENGTH or not re.fullmatch(_STACK, stack, re.ASCII):
        raise ReconcilerError(
            f"stack {stack!r}: expected at most {STACK_LENGTH} lower-case letters, digits and inner hyphens"
        )
    return stack
