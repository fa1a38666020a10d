"""Which text the record can hold: none that controls a terminal, or reorders or hides text."""

import re

_REFUSED = (
    r"\u0000-\u001f\u007f-\u00a0\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\ud800-\udfff"
)
"""The characters that ``text`` in schemas/record.schema.json refuses, and halves of surrogate pairs, which are
no valid text.
"""
_ODD = re.compile(f"[{_REFUSED}]")
RECORDED = re.compile(f"[^{_REFUSED}]+")
"""Matches a whole name that the record can hold."""


def recordable(name: str) -> str:
    """A name with escapes in place of the characters that the record cannot hold, and of bytes that are not UTF-8."""
    return _ODD.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), name)
