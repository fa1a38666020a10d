"""Which changes do not replace tasks."""

import pytest

from reconciler.kinds.service_tasks import may_keep_tasks


@pytest.mark.parametrize(
    "field,before,after,expected",
    [
        ("args", "-c 'a b'", '-c "a b"', True),
        ("command", None, "", True),
        ("args", "-c 'a b'", "-c a b", False),
        ("args", "a '", "a  '", False),
        ("placement_constraints", [], ["node.role == manager"], True),
        ("image", "a:1", "a:2", False),
    ],
)
def test_tasks_may_stay_if_a_commands_words_are_equal_or_their_node_still_fits(
    field, before, after, expected
):
    assert may_keep_tasks(field, before, after) is expected
