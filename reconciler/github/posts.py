"""What is posted of each target: in a pull request a comment of its plan and one of its apply, for drift an issue.

Each is found again by its first line and its author, and updated in place.
"""

from collections.abc import Callable, Iterable

from reconciler.errors import GitHubError
from reconciler.github.repository import Post, Repository
from reconciler.github.target import JobTarget, bears, marker

PLAN, APPLY, DRIFT = "plan", "apply", "drift"
TRIES = 3


def find(repository: Repository, number: int, target: JobTarget, purpose: str) -> Post | None:
    """Our comment on ``target`` in a pull request, or None. Only what our own login wrote can be ours.

    ``purpose`` is PLAN or APPLY.
    """
    return _first(repository.comments(number), marker(target, purpose), repository.login())


def headed(target: JobTarget, purpose: str, text: str) -> str:
    """``text`` below the line by which it is found again."""
    return f"{marker(target, purpose)}\n{text}"


def put(
    repository: Repository, number: int, target: JobTarget, purpose: str, body: str, *, found: Post | None
) -> Post:
    """Post ``body``, which is ``headed``, in a pull request: in the comment ``found`` there, or in a new one."""
    if found is not None:
        return repository.edit_comment(found.id, body)
    return _made(
        repository,
        lambda: repository.comment(number, body),
        lambda: find(repository, number, target, purpose),
        lambda post: repository.edit_comment(post.id, body),
    )


def put_drift(repository: Repository, target: JobTarget, text: str) -> Post:
    """Open the issue on a target's drift, or bring it up to date."""
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
    """Close the issue on a target's drift, saying why; None where none is open."""
    found = find_drift(repository, target)
    if found is None:
        return None
    body = headed(target, DRIFT, text)
    return repository.edit_issue(found.id, title=f"Drift: {target.title}", body=body, state="closed")


def find_drift(repository: Repository, target: JobTarget) -> Post | None:
    """Our open issue on a target's drift, or None."""
    login = repository.login()
    return _first(repository.open_issues(login), marker(target, DRIFT), login)


def _first(posts: Iterable[Post], mark: str, login: str) -> Post | None:
    return next((one for one in posts if one.author == login and bears(one.body, mark)), None)


def _made(
    repository: Repository,
    create: Callable[[], Post],
    look: Callable[[], Post | None],
    edit: Callable[[Post], Post],
) -> Post:
    """Create a post. Where the answer was lost, look whether it is there before trying again."""
    for attempt in range(1, TRIES + 1):
        try:
            return create()
        except GitHubError as error:
            if attempt == TRIES or 0 < error.status < 500:
                raise
        repository.client.sleep(float(attempt))
        if (there := look()) is not None:
            return edit(there)
    raise AssertionError("the last attempt returns or raises")
