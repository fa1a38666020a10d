import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.github.artifacts import json_files

TEXT = '{"a": "plan file"}\n' * 20


def zipped(method=zipfile.ZIP_DEFLATED, name="plan.json"):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.writestr(name, TEXT)
    return made.getvalue()


WHOLE = zipped()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_json_files_of_an_archive_are_read(method):
    assert list(json_files(zipped(method))) == [TEXT]
    assert list(json_files(zipped(method, "plan.html"))) == []


@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=0, max_size=4), st.integers(0, 4))
def test_a_damaged_archive_gives_no_files_and_no_error(place, put, cut):
    assert all(isinstance(file, str) for file in json_files(WHOLE[:place] + put + WHOLE[place + cut :]))


@given(st.integers(0, 255), st.integers(0, 255))
def test_an_encrypted_or_unsupported_archive_gives_no_files_and_no_error(method, flags):
    spoiled = bytearray(WHOLE)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = WHOLE.index(mark) + at
        spoiled[place], spoiled[place + 2] = flags, method
    assert all(isinstance(file, str) for file in json_files(bytes(spoiled)))
