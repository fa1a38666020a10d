"""The colours of lines by their meaning."""

import pytest

from reconciler.render.paint import paint


@pytest.mark.parametrize("role", ["create", "delete", "failed", "heading"])
def test_a_role_has_a_colour_that_ends_with_the_text(role):
    painted = paint(role, "api", True)

    assert painted.startswith("\x1b[")
    assert painted.endswith("mapi\x1b[0m")


def test_without_colour_or_role_the_text_is_unchanged():
    assert paint("delete", "api", False) == "api"
    assert paint("nothing of this name", "api", True) == "api"


def test_deletes_and_creates_have_different_colours():
    assert paint("delete", "x", True) == paint("replace", "x", True) != paint("create", "x", True)
