"""The result of a change by the end of its rollout."""

from typing import get_args

import pytest

from reconciler.model.rollout import Finding, RolloutResult


@pytest.mark.parametrize("finding", get_args(Finding))
def test_only_services_seen_up_or_not_watched_count_as_applied(finding: Finding):
    status = RolloutResult(finding, "verified").status

    assert (status == "applied") == (finding in {"up", "no tasks shown", "not watched"})
    assert (status == "unknown") == (finding in {"tasks hidden", "tasks unseen", "unread"})
