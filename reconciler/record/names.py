"""The names of a record's configs: heads ``reconciler.<stack>.<N>``, parts ``reconciler.<stack>.part.<nonce>.<i>``.

Pure. A part's nonce begins with the number of the head that it was written for, so that the name alone shows when no
head can refer to it any more.
"""

import re
from typing import NamedTuple

from reconciler.errors import ReconcilerError

PREFIX = "reconciler."
STACK_LENGTH = 30
"""The longest stack name. A part's name then has at most 64 characters, Docker's limit for a config's name, with a
number of 7 digits, 6 random digits and an index of 2 digits."""
PART_CHANCE = 6
_STACK = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_NUMBER = r"[1-9][0-9]{0,11}"
_NAME = re.compile(
    rf"reconciler\.(?P<stack>{_STACK})\."
    rf"(?:(?P<head>{_NUMBER})|part\.(?P<nonce>(?P<base>{_NUMBER})-[0-9a-f]+)\.(?P<index>[0-9]+))",
    re.ASCII,
)


class Name(NamedTuple):
    """A parsed config name. ``number`` is the number of the head, or of the head that the part was written for."""

    stack: str
    number: int
    is_head: bool


def parse(name: str) -> Name | None:
    """The parts of a config's name, or None if the config belongs to no record."""
    if not name.startswith(PREFIX):
        return None
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    return Name(match["stack"], int(match["head"] or match["base"]), is_head=match["head"] is not None)


def is_record(name: str) -> bool:
    """Whether the config of this name belongs to the record of any stack; manifests may not declare or adopt it."""
    return parse(name) is not None


def head(stack: str, number: int) -> str:
    """The config name of version ``number`` of a record. Raises as ``checked_stack`` does."""
    return f"{PREFIX}{checked_stack(stack)}.{number}"


def part(stack: str, number: int, chance: str, index: int) -> str:
    """The config name of a part of version ``number``. ``chance`` is random hex digits, the same for all its parts.

    Raises as ``checked_stack`` does.
    """
    return f"{PREFIX}{checked_stack(stack)}.part.{number}-{chance[:PART_CHANCE]}.{index}"


def checked_stack(stack: str) -> str:
    """``stack`` itself. Raises ReconcilerError if it cannot be part of a config's name."""
    if len(stack) > STACK_LENGTH or not re.fullmatch(_STACK, stack, re.ASCII):
        raise ReconcilerError(
            f"stack {stack!r}: expected at most {STACK_LENGTH} lower-case letters, digits and inner hyphens"
        )
    return stack
