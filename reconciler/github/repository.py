"""The requests to a GitHub repository: comments, pull requests, artifacts, issues."""

import json
from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, Literal, NamedTuple, get_args

from msgspec import Struct

from reconciler.errors import GitHubError
from reconciler.github.client import Client
from reconciler.github.event import Pull, moment, pull_of, sha

Order = Literal["ahead", "identical", "behind", "diverged", "unknown"]
"""How a commit relates to another, in the words of GitHub's compare; ``unknown`` if one does not exist."""
ACTIONS_BOT = "github-actions[bot]"
"""The login of a workflow's own token."""
CLOSED_LAST = 100
"""How many of the pull requests that were closed last are looked at: one page."""
MALFORMED = (KeyError, TypeError, ValueError, AttributeError, OverflowError)
"""The errors of reading an answer that does not have the form that GitHub documents."""


class Post(Struct, frozen=True):
    """A comment or an issue: its id (for an issue its number), its text, its URL and its author's login.

    ``graphql_id`` is its id in GraphQL, ``updated`` the time of its last change of any kind, as GitHub writes it.
    """

    id: int
    body: str
    url: str
    author: str
    graphql_id: str = ""
    updated: str = ""


class Shown(NamedTuple):
    """When the text of a comment was last written, by anyone, and whether somebody has hidden the comment."""

    written: datetime
    hidden: bool


class Artifact(NamedTuple):
    """A file that a workflow run uploaded. ``expired``: GitHub has deleted its content."""

    id: int
    name: str
    expired: bool


class Repository(Struct):
    """``name`` is ``owner/name``. Every method raises GitHubError."""

    client: Client
    name: str
    _login: str = ""

    def login(self) -> str:
        """The login of the token, requested once. If GitHub does not give it, the login of a workflow's own token."""
        if not self._login:
            try:
                login = self.client.query("query{viewer{login}}")["viewer"]["login"]
            except (GitHubError, *MALFORMED):
                login = None
            self._login = login if isinstance(login, str) and login and login.isascii() else ACTIONS_BOT
        return self._login

    def comments(self, number: int) -> Iterator[Post]:
        """The comments of a pull request, oldest first."""
        for comment in self.client.pages(f"/repos/{self.name}/issues/{number}/comments"):
            yield _post(comment, "id")

    def comment(self, number: int, body: str) -> Post:
        """Write a new comment. Before repeating, check whether it exists."""
        path = f"/repos/{self.name}/issues/{number}/comments"
        return _post(self.client.send("POST", path, {"body": body}, repeatable=False), "id")

    def edit_comment(self, comment: int, body: str) -> Post:
        """Replace the text of a comment."""
        path = f"/repos/{self.name}/issues/comments/{comment}"
        return _post(self.client.send("PATCH", path, {"body": body}, repeatable=True), "id")

    def shown(self, post: Post) -> Shown:
        """How a comment is shown now. If GitHub does not give this, it is not hidden, and was last written at its last
        change.
        """
        found = json.dumps(post.graphql_id)
        query = (
            f"query{{comment:node(id:{found}){{...on IssueComment{{createdAt lastEditedAt isMinimized}}}}}}"
        )
        try:
            comment = self.client.query(query)["comment"]
            written, hidden = comment["lastEditedAt"] or comment["createdAt"], comment.get("isMinimized")
        except (GitHubError, *MALFORMED):
            written, hidden = post.updated, False
        try:
            return Shown(moment(written), bool(hidden))
        except MALFORMED:
            raise GitHubError("GitHub does not say when a comment was edited last") from None

    def pulls_of(self, commit: str) -> list[Pull]:
        """The merged pull requests that contain ``commit``."""
        return [pull for pull in self.pulls_with(commit) if pull.merged]

    def pulls_with(self, commit: str) -> Iterator[Pull]:
        """The pull requests that contain ``commit``, open, closed or merged."""
        yield from map(self._pull, self.client.pages(f"/repos/{self.name}/commits/{commit}/pulls"))

    def was_merged_as(self, branch: str, commits: Collection[str]) -> bool:
        """Whether one of ``commits`` is what a pull request into ``branch`` was merged as, among those that were closed
        last. Unlike ``pulls_with`` this is known from the moment of the merge.
        """
        path, query = f"/repos/{self.name}/pulls", {"state": "closed", "base": branch}
        newest = self.client.pages(path, **query, sort="updated", direction="desc")
        try:
            return any(
                pull["merged_at"] and pull["merge_commit_sha"] in commits
                for pull in islice(newest, CLOSED_LAST)
            )
        except MALFORMED:
            raise GitHubError("GitHub's answer with pull requests is malformed") from None

    def _pull(self, body: Any) -> Pull:
        try:
            return pull_of(body, self.name)
        except MALFORMED:
            raise GitHubError("GitHub's answer with pull requests is malformed") from None

    def order(self, before: str, after: str) -> Order:
        """How ``after`` relates to ``before``: ahead if it has all of its history, and more."""
        try:
            status = self.client.get(f"/repos/{self.name}/compare/{before}...{after}", per_page=1).get(
                "status"
            )
        except GitHubError as error:
            if error.status != 404:
                raise
            return "unknown"
        except AttributeError:
            status = None
        if status not in get_args(Order):
            raise GitHubError("GitHub's answer does not say how two commits compare")
        known: Order = status
        return known

    def default_branch(self) -> str:
        """The repository's default branch."""
        answer = self.client.get(f"/repos/{self.name}")
        branch = answer.get("default_branch") if isinstance(answer, dict) else None
        if not branch or not isinstance(branch, str):
            raise GitHubError("GitHub's answer does not name the repository's default branch")
        return branch

    def commits_between(self, before: str, after: str) -> list[str]:
        """The commits that are in ``after`` but not in ``before``, newest first."""
        path = f"/repos/{self.name}/compare/{before}...{after}"
        try:
            found = [sha(commit["sha"]) for commit in self.client.pages(path, within="commits")]
        except MALFORMED:
            raise GitHubError("GitHub's answer with commits is malformed") from None
        return found[::-1]

    def artifacts(self, run_id: str) -> Iterator[Artifact]:
        """The artifacts of a workflow run."""
        path = f"/repos/{self.name}/actions/runs/{run_id}/artifacts"
        for body in self.client.pages(path, within="artifacts"):
            try:
                yield Artifact(int(body["id"]), str(body["name"]), bool(body.get("expired")))
            except MALFORMED:
                raise GitHubError("GitHub's answer with artifacts is malformed") from None

    def artifact(self, artifact_id: int, *, limit: int) -> bytes:
        """The ZIP archive of an artifact."""
        return self.client.download(f"/repos/{self.name}/actions/artifacts/{artifact_id}/zip", limit=limit)

    def open_issues(self, author: str) -> Iterator[Post]:
        """The open issues of an author, oldest first, without pull requests."""
        path = f"/repos/{self.name}/issues"
        query = {"state": "open", "creator": author, "sort": "created", "direction": "asc"}
        for issue in self.client.pages(path, **query):
            if not (isinstance(issue, dict) and "pull_request" in issue):
                yield _post(issue, "number")

    def open_issue(self, title: str, body: str) -> Post:
        """Write a new issue. Before repeating, check whether it exists."""
        path = f"/repos/{self.name}/issues"
        return _post(
            self.client.send("POST", path, {"title": title, "body": body}, repeatable=False), "number"
        )

    def edit_issue(self, number: int, *, title: str, body: str, state: str) -> Post:
        """Replace the title and text of an issue, and set its state: ``open`` or ``closed``."""
        path = f"/repos/{self.name}/issues/{number}"
        change = {"title": title, "body": body, "state": state}
        return _post(self.client.send("PATCH", path, change, repeatable=True), "number")


def _post(body: Any, key: str) -> Post:
    try:
        author = (body.get("user") or {}).get("login") or ""
        texts = (str(body.get(name) or "") for name in ("node_id", "updated_at"))
        return Post(
            int(body[key]), str(body.get("body") or ""), str(body.get("html_url") or ""), str(author), *texts
        )
    except MALFORMED:
        raise GitHubError("GitHub's answer with a comment or an issue is malformed") from None
