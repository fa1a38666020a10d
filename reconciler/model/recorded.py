"""Which text the record in the cluster can hold: nothing that controls a terminal or reorders or hides text."""

import re

_REFUSED = (
    r"\u0000-\u001f\u007f-\u00a0\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\ud800-\udfff"
)
"""What ``text`` in schemas/record.schema.json refuses, and halves of surrogate pairs, which are no text."""
_ODD = re.compile(f"[{_REFUSED}]")
RECORDED = re.compile(f"[^{_REFUSED}]+")
"""A whole name that the record can hold."""


def recordable(name: str) -> str:
    """A name as the record can hold it: a character that it can't, or a byte that is no UTF-8, becomes an escape."""
    return _ODD.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), name)
