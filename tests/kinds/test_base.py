"""The traits of the kinds."""

import pytest

from reconciler.kinds import KINDS, SECTIONS
from reconciler.kinds.base import override
from reconciler.kinds.config import CONFIG
from reconciler.kinds.node import NODE
from reconciler.kinds.secret import SECRET
from reconciler.kinds.volume import VOLUME


def test_kinds_are_sorted_by_level_and_found_by_section():
    assert list(KINDS) == ["node", "volume", "config", "secret", "service", "webhook"]
    assert [kind.level for kind in KINDS.values()] == [0, 1, 1, 1, 2, 3]
    assert {section: kind.name for section, kind in SECTIONS.items()} == {f"{name}s": name for name in KINDS}


@pytest.mark.parametrize("kind", [SECRET, CONFIG, VOLUME, NODE])
def test_override_replaces_field_by_field(kind):
    assert kind.merge is override
    assert override({"a": 1, "b": 2}, {"b": 3}) == {"a": 1, "b": 3}
