"""Writes the posts of each target: a comment with the plan, a comment on the apply, an issue on drift.

Each is found by its first line and its author, and updated in place.
"""

from collections.abc import Callable, Iterable

from reconciler.errors import GitHubError
from reconciler.github.repository import Post, Repository
from reconciler.github.target import JobTarget, has_marker, marker

PLAN, APPLY, DRIFT = "plan", "apply", "drift"
TRIES = 3


def find(repository: Repository, number: int, target: JobTarget, purpose: str) -> Post | None:
    """The comment on ``target`` in a pull request that was written by this token's login, or None.

    ``purpose`` is PLAN or APPLY.
    """
    return _first(repository.comments(number), marker(target, purpose), repository.login())


def find_all(repository: Repository, number: int, target: JobTarget, purpose: str) -> list[Post]:
    """As ``find``, every such comment, the oldest first: two jobs at the same moment write one each."""
    mark, login = marker(target, purpose), repository.login()
    return [
        post for post in repository.comments(number) if post.author == login and has_marker(post.body, mark)
    ]


def headed(target: JobTarget, purpose: str, text: str) -> str:
    """``text`` below the line by which it is found."""
    return f"{marker(target, purpose)}\n{text}"


def put(
    repository: Repository, number: int, target: JobTarget, purpose: str, body: str, *, found: Post | None
) -> Post:
    """Write ``body`` (with its first line from ``headed``) into the comment ``found``, or into a new comment."""
    if found is not None:
        return repository.edit_comment(found.id, body)
    return _made(
        repository,
        lambda: repository.comment(number, body),
        lambda: find(repository, number, target, purpose),
        lambda post: repository.edit_comment(post.id, body),
    )


def put_drift(repository: Repository, target: JobTarget, text: str) -> Post:
    """Open the issue on a target's drift, or update it."""
    title, body = f"Drift: {target.title}", headed(target, DRIFT, text)

    def edit(post: Post) -> Post:
        return repository.edit_issue(post.id, title=title, body=body, state="open")

    found = find_drift(repository, target)
    if found is not None:
        return edit(found)
    return _made(
        repository,
        lambda: repository.open_issue(title, body),
        lambda: find_drift(repository, target),
        edit,
    )


def close_drift(repository: Repository, target: JobTarget, text: str) -> Post | None:
    """Close the issue on a target's drift with ``text``; None if no issue is open."""
    found = find_drift(repository, target)
    if found is None:
        return None
    body = headed(target, DRIFT, text)
    return repository.edit_issue(found.id, title=f"Drift: {target.title}", body=body, state="closed")


def find_drift(repository: Repository, target: JobTarget) -> Post | None:
    """The open issue on a target's drift that was written by this token's login, or None."""
    login = repository.login()
    return _first(repository.open_issues(login), marker(target, DRIFT), login)


def _first(posts: Iterable[Post], mark: str, login: str) -> Post | None:
    return next((post for post in posts if post.author == login and has_marker(post.body, mark)), None)


def _made(
    repository: Repository,
    create: Callable[[], Post],
    find_again: Callable[[], Post | None],
    edit: Callable[[Post], Post],
) -> Post:
    """Create a post. If the answer was lost, check whether the post exists before trying again."""
    for attempt in range(1, TRIES + 1):
        try:
            return create()
        except GitHubError as error:
            if attempt == TRIES or 0 < error.status < 500:
                raise
        repository.client.sleep(float(attempt))
        if (existing := find_again()) is not None:
            return edit(existing)
    raise AssertionError("the last attempt returns or raises")
