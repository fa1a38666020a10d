"""Colour by what a line is."""

import pytest

from reconciler.render.paint import paint


@pytest.mark.parametrize("role", ["create", "delete", "failed", "heading"])
def test_a_role_has_a_colour_that_ends_with_the_text(role):
    painted = paint(role, "api", True)

    assert painted.startswith("\x1b[")
    assert painted.endswith("mapi\x1b[0m")


def test_without_colour_and_without_a_role_the_text_stays():
    assert paint("delete", "api", False) == "api"
    assert paint("nothing of this name", "api", True) == "api"


def test_what_destroys_looks_unlike_what_creates():
    assert paint("delete", "x", True) == paint("replace", "x", True) != paint("create", "x", True)
