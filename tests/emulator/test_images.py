"""The name of an image decides how it behaves."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.emulator import images

DIGEST = f"sha256:{'0' * 64}"


def parsed(text):
    image = images.parse(text)
    assert image is not None
    return image


@pytest.mark.parametrize(
    "text,repository,tag,digest",
    [
        ("redis", "redis", "", ""),
        ("redis:7", "redis", "7", ""),
        ("localhost:5000/a/b:1.2-x", "localhost:5000/a/b", "1.2-x", ""),
        ("Registry.example.com/a__b/c", "Registry.example.com/a__b/c", "", ""),
        (f"redis@{DIGEST}", "redis", "", DIGEST),
        (f"redis:7@{DIGEST}", "redis", "7", DIGEST),
    ],
)
def test_reference_is_split_into_parts(text, repository, tag, digest):
    assert images.parse(text) == images.Image(repository, tag, digest)


@pytest.mark.parametrize(
    "text", ["", "Redis", "a b", "redis:", "redis@sha256:abc", "/a", "a/", "a\n", "redis:7:8"]
)
def test_invalid_reference_is_refused(text):
    assert images.parse(text) is None


@pytest.mark.parametrize(
    "text,fate",
    [
        ("redis:7", "run"),
        ("redis:missing", "reject"),
        ("clinic/nonexistent", "reject"),
        ("registry.invalid/redis", "reject"),
        ("registry.invalid:5000/redis", "reject"),
        ("clinic/crash-loop", "crash"),
        ("redis:crash", "crash"),
        ("redis:crash-late", "crash-late"),
        ("job:complete", "complete"),
    ],
)
def test_name_of_an_image_decides_how_it_behaves(text, fate):
    assert images.fate(parsed(text)) == fate


@pytest.mark.parametrize("text,stored", [("redis", "redis:latest@"), ("a/b:1", "a/b:1@")])
def test_tag_is_resolved_to_a_digest(text, stored):
    pinned = images.pinned(parsed(text), pushes=0)
    assert re.fullmatch(re.escape(stored) + "sha256:[0-9a-f]{64}", pinned)
    assert images.pinned(parsed(text), pushes=0) == pinned
    assert images.pinned(parsed(text), pushes=1) != pinned


@pytest.mark.parametrize("text", [f"redis@{DIGEST}", f"redis:7@{DIGEST}", "redis:missing", "missing/redis"])
def test_pinned_or_missing_image_stays_unchanged(text):
    assert images.pinned(parsed(text), pushes=3) == text


@given(st.from_regex(r"[a-z0-9]{1,8}(/[a-z0-9]{1,8}){0,2}(:[a-z0-9]{1,8})?", fullmatch=True))
def test_pinning_twice_changes_nothing(text):
    pinned = images.pinned(parsed(text), pushes=0)
    assert images.pinned(parsed(pinned), pushes=5) == pinned
