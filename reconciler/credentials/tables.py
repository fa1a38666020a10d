"""Credentials in the columns of a table, by its headings: CSV, Markdown, or columns separated by spaces. Pure; time
is linear in the text's length.
"""

import re
from collections.abc import Iterator

from reconciler.credentials.assignments import Span, is_credential_name, is_no_value, words_of

_HEADINGS = re.compile(r"[\w.\-|,;\t \"'`*]{5,400}+")
_A_HEADING = re.compile(r"[A-Za-z_][\w.-]{0,60}(?: [\w.-]{1,30}){0,2}")
_CELLS = {
    separator: re.compile(rf"(?:^|(?<={separator}))[^{separator}]*+") for separator in ("\\|", ",", ";", "\t")
}
_CELLS["  "] = re.compile(r"\S++(?>(?: \S++)*)")
_MARKS = " \t\r\"'`*"
_RULE = re.compile(r"[-+=:| \t]++")
_LONGEST_LINE = 4000
_NO_VALUE = re.compile(
    r"[A-Za-z]++(?>(?:[-_.][A-Za-z]++)*)|[-+]?[0-9][0-9_.,:]*+|[^A-Za-z0-9]*+|[${<%(\[/.~].*+"
)
"""A word, a number, nothing, a reference or a path."""


def in_tables(text: str) -> Iterator[Span]:
    """The values in those columns of tables whose heading shows that they are credentials."""
    table: tuple[re.Pattern[str], int, list[int]] | None = None
    start = 0
    for line in text.split("\n"):
        if table is not None and not _RULE.fullmatch(line):
            cells = list(table[0].finditer(line)) if len(line) <= _LONGEST_LINE else []
            if len(cells) == table[1]:
                yield from (
                    _value(start, cells[column]) for column in table[2] if _is_value(cells[column][0])
                )
            else:
                table = None
        if table is None:
            table = _table_of(line)
        start += len(line) + 1


def _table_of(line: str) -> tuple[re.Pattern[str], int, list[int]] | None:
    """For a line of headings: the pattern of its cells, their number, and the indexes of columns with credentials.
    None for other lines.
    """
    bare = line.strip()
    if not _HEADINGS.fullmatch(bare):
        return None
    for cells in _CELLS.values():
        found = [cell[0].strip(_MARKS) for cell in cells.finditer(line)]
        if len(found) > 1 and all(not heading or _A_HEADING.fullmatch(heading) for heading in found):
            columns = [
                at for at, heading in enumerate(found) if heading and is_credential_name(words_of(heading))
            ]
            if columns and sum(map(bool, found)) > 1:
                return cells, len(found), columns
    return None


def _is_value(cell: str) -> bool:
    bare = cell.strip(_MARKS)
    return len(bare.split()) == 1 and not is_no_value(bare) and not _NO_VALUE.fullmatch(bare)


def _value(start: int, cell: re.Match[str]) -> Span:
    bare = cell[0].strip(_MARKS)
    begin = start + cell.start() + cell[0].index(bare)
    return begin, begin + len(bare)
