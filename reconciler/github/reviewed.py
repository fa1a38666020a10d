"""Checks that an approval has the text that reviewers could read in the pull request before it was merged."""

from datetime import timedelta

from reconciler.errors import GitHubError, Refused
from reconciler.github.event import Pull, moment
from reconciler.github.repository import Post, Repository
from reconciler.planfile import AHEAD, VALID_FOR

WRITING = timedelta(seconds=60)
"""The longest time between sealing a comment and writing it. A later change was made by someone else."""


def check_reviewed(repository: Repository, pull: Pull, post: Post, written: str) -> None:
    """Raises Refused if reviewers may have read other text than ``post`` has now, or none, or its plan expired.

    ``written`` is when the comment was sealed, by GitHub's clock. Raises GitHubError if GitHub cannot be reached or
    refuses, or does not say when the pull request was merged.
    """
    sealed_at = moment(written)
    written_at, hidden = repository.shown(post)
    if hidden:
        raise Refused(
            "its comment is hidden, so reviewers may have read another one. Show it, then run this job again"
        )
    if written_at > sealed_at + WRITING:
        raise Refused(
            "its comment was edited, or posted again, after the plan was written into it, so it approves nothing"
        )
    if repository.client.server_time > sealed_at + VALID_FOR + AHEAD:
        raise Refused(f"its plan expired: it was written at {written}, by GitHub's clock")
    if pull.merged_at is None:
        raise GitHubError(f"GitHub does not say when pull request #{pull.number} was merged")
    if max(sealed_at, written_at) > pull.merged_at:
        raise Refused(
            "its plan was written after the pull request was merged, so nobody could review it before"
        )
    others = sorted(
        other.number
        for other in repository.pulls_of(pull.head_sha)
        if other.number != pull.number and other.base_ref == pull.base_ref
    )
    if others:
        raise Refused(
            f"its last commit is part of pull request #{others[0]} too. GitHub marks both as merged when one of "
            "them is, so it may not have been reviewed, and approves nothing"
        )
