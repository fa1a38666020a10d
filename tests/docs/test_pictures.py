"""The pictures of the documentation are small, have the needed widths, and are each used on a page."""

import re
from pathlib import Path

import pytest

from tests.e2e.conftest import REPOSITORY

IMAGES = sorted((REPOSITORY / "docs" / "images").glob("*.webp"))
NAME = re.compile(r"([a-z]+)-(390|1280|1920)-(light|dark)")
LARGEST = 120_000
"""The largest size of a picture, in bytes."""


def width(picture: Path) -> int:
    """The width in the header of an extended WebP file (RFC 9649, section 2.7)."""
    data = picture.read_bytes()
    assert (data[:4], data[8:16]) == (b"RIFF", b"WEBPVP8X")
    return int.from_bytes(data[24:27], "little") + 1


@pytest.mark.parametrize("picture", IMAGES, ids=lambda path: path.stem)
def test_a_picture_is_small_and_has_the_width_in_its_name(picture: Path) -> None:
    named = NAME.fullmatch(picture.stem)

    assert named is not None
    assert width(picture) == int(named[2])
    assert picture.stat().st_size < LARGEST


def test_there_is_a_picture_of_the_plan_and_the_live_page_for_each_width_and_theme() -> None:
    names = {path.stem for path in IMAGES}

    for page in ("plan", "live"):
        assert {
            f"{page}-{size}-{scheme}" for size in (390, 1280, 1920) for scheme in ("light", "dark")
        } <= names


def test_every_picture_is_used_and_exists() -> None:
    text = (REPOSITORY / "docs" / "pages.md").read_text(encoding="utf-8")

    assert set(re.findall(r"\(images/(\S+\.webp)\)", text)) == {path.name for path in IMAGES}
