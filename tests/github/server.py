"""A small server for the used parts of GitHub's REST API, over real HTTP, with faults."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

BOT = "github-actions[bot]"
TOKEN = "ghs_token-of-the-workflow"
REPOSITORY = "acme/clinic"
LONGEST = 65_536
"""The longest comment or issue: GitHub answers 422 to a longer one."""
MERGED_AT = "2100-01-01T00:00:00Z"
"""A time after everything that a test does."""
Answer = tuple[int, Any]


@dataclass
class ScriptedAnswer:
    """An answer instead of the real one, for the next ``times`` matching requests.

    ``lost`` carries the request out and then closes the connection.
    """

    method: str
    path: str
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1
    after: int = 0
    lost: bool = False
    message: str = "as the test wants it"


@dataclass
class GitHub:
    """The state of a repository, which tests set and read."""

    page_size: int = 100
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    issues: list[dict[str, Any]] = field(default_factory=list)
    pulls_by_commit: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    closed: list[dict[str, Any]] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    astray: list[str] = field(default_factory=list)
    default_branch: str = "main"
    artifacts: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict)
    viewer: str = BOT
    faults: list[ScriptedAnswer] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    url: str = ""
    numbers: int = 1000
    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def moment(self) -> str:
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def append(self, *commits: str) -> None:
        """Add commits to the main branch, oldest first."""
        self.history += [commit for commit in commits if commit not in self.history]

    def number(self) -> int:
        self.numbers += 1
        return self.numbers

    def add_comment(self, pull: int, body: str, author: str = BOT) -> dict[str, Any]:
        number = self.number()
        comment = {
            "id": number,
            "node_id": f"IC_{number}",
            "created_at": self.moment(),
            "updated_at": self.moment(),
            "edited_at": None,
            "hidden": False,
            "body": body,
            "user": {"login": author},
            "html_url": f"https://github.example/{REPOSITORY}/pull/{pull}#issuecomment-{number}",
        }
        self.comments.setdefault(pull, []).append(comment)
        return comment

    def edit(self, comment: dict[str, Any], body: str) -> None:
        """Replace the text of a comment, as a user or the API does."""
        comment.update(body=body, updated_at=self.moment(), edited_at=self.moment())

    def add_issue(self, title: str, body: str, author: str = BOT, **more: Any) -> dict[str, Any]:
        number = self.number()
        issue = {
            "number": number,
            "title": title,
            "body": body,
            "state": "open",
            "user": {"login": author},
            "html_url": f"https://github.example/{REPOSITORY}/issues/{number}",
            **more,
        }
        self.issues.append(issue)
        return issue

    def fault(self, method: str, path: str, **settings: Any) -> None:
        self.faults.append(ScriptedAnswer(method, path, **settings))


def pull_body(
    number: int, *, head: str, base: str = "b" * 40, base_ref: str = "main", merged: bool = False, **more: Any
) -> dict[str, Any]:
    """A pull request in GitHub's form."""
    return {
        "number": number,
        "state": "closed" if merged else "open",
        "merged_at": MERGED_AT if merged else None,
        "head": {"sha": head, "ref": "feature", "repo": {"full_name": REPOSITORY}},
        "base": {"sha": base, "ref": base_ref, "repo": {"full_name": REPOSITORY}},
        **more,
    }


class Handler(BaseHTTPRequestHandler):
    """One request. ``github`` is set by ``serve``."""

    protocol_version = "HTTP/1.1"
    github: GitHub

    def log_message(self, *args: Any) -> None:
        pass

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(self.github.now().timestamp() if timestamp is None else timestamp)

    def _handle(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        self.github.requests.append(f"{self.command} {parts.path}")
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            if parts.path.startswith("/blob/") and "Authorization" not in self.headers:
                self._blob(parts.path)
            else:
                self._answer(401, {"message": "Bad credentials"})
            return
        fault = self._fault(parts.path)
        if fault and not fault.lost:
            self._answer(fault.status, {"message": fault.message}, fault.headers)
            return
        status, answer, headers = self._route(parts.path, parse_qs(parts.query), body)
        if fault:
            self.close_connection = True
            return
        self._answer(status, answer, headers)

    do_GET = do_POST = do_PATCH = _handle  # noqa: N815 - http.server's names

    def _fault(self, path: str) -> ScriptedAnswer | None:
        for fault in self.github.faults:
            if fault.method == self.command and re.search(fault.path, path) and fault.times > 0:
                if fault.after > 0:
                    fault.after -= 1
                    continue
                fault.times -= 1
                return fault
        return None

    def _answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _blob(self, path: str) -> None:
        run, _, number = path.removeprefix("/blob/").partition("/")
        self._answer(200, self.github.artifacts[run][int(number)][1])

    def _route(
        self, path: str, query: dict[str, list[str]], body: dict[str, Any]
    ) -> tuple[int, Any, dict[str, str]]:
        github, at = self.github, f"/api/v3/repos/{REPOSITORY}"
        routes = (
            ("POST", r"/api/graphql", lambda: (200, {"data": self._queried(body["query"])})),
            (
                "POST",
                rf"{at}/issues/(\d+)/comments",
                lambda n: self._written(body, github.add_comment, int(n)),
            ),
            ("PATCH", rf"{at}/issues/comments/(\d+)", lambda n: self._edited(int(n), body)),
            ("POST", rf"{at}/issues", lambda: self._written(body, github.add_issue, body.get("title"))),
            ("PATCH", rf"{at}/issues/(\d+)", lambda n: self._edited_issue(int(n), body)),
            ("GET", rf"{at}/actions/artifacts/(\d+)/zip", lambda n: (302, self._place_of(int(n)))),
            ("GET", at, lambda: (200, {"default_branch": github.default_branch})),
        )
        for method, pattern, act in routes:
            if self.command == method and (found := re.fullmatch(pattern, path)):
                status, answer = act(*found.groups())
                headers = {"Location": str(answer)} if status == 302 else {}
                return status, answer, headers
        lists = (
            (rf"{at}/issues/(\d+)/comments", lambda n: github.comments.get(int(n), []), ""),
            (rf"{at}/issues", lambda: self._open_issues(query), ""),
            (rf"{at}/pulls", lambda: self._closed_into(query), ""),
            (rf"{at}/commits/(\w+)/pulls", lambda sha: github.pulls_by_commit.get(sha, []), ""),
            (rf"{at}/actions/runs/(\w+)/artifacts", self._artifacts, "artifacts"),
            (rf"{at}/compare/(\w+)\.\.\.(\w+)", self._compared, "commits"),
        )
        for pattern, entries, within in lists:
            if self.command == "GET" and (found := re.fullmatch(pattern, path)):
                listed = entries(*found.groups())
                if listed is not None:
                    return self._page(path, query, listed, within)
        return 404, {"message": "Not Found"}, {}

    def _page(
        self, path: str, query: dict[str, list[str]], entries: list[Any], within: str
    ) -> tuple[int, Any, dict[str, str]]:
        size = min(self.github.page_size, int(query.get("per_page", ["30"])[0]))
        page = int(query.get("page", ["1"])[0])
        shown = entries[(page - 1) * size : page * size]
        more = page * size < len(entries)
        following = f"{self.github.url}{path.removeprefix('/api/v3')}?per_page={size}&page={page + 1}"
        headers = {"Link": f'<{following}>; rel="next"'} if more else {}
        more_fields = {"status": self._order(path)} if within == "commits" else {}
        body = {"total_count": len(entries), **more_fields, within: shown} if within else shown
        return 200, body, headers

    def _queried(self, query: str) -> dict[str, Any]:
        if "viewer" in query:
            return {"viewer": {"login": self.github.viewer}}
        node = next(
            comment
            for comments in self.github.comments.values()
            for comment in comments
            if f'"{comment["node_id"]}"' in query
        )
        shown = {
            "createdAt": node["created_at"],
            "lastEditedAt": node["edited_at"],
            "isMinimized": node["hidden"],
        }
        return {"comment": shown}

    def _written(self, body: dict[str, Any], add: Any, *arguments: Any) -> Answer:
        if len(body["body"]) > LONGEST:
            return 422, {"message": "body is too long (maximum is 65536 characters)"}
        return 201, add(*arguments, body["body"])

    def _edited(self, number: int, body: dict[str, Any]) -> Answer:
        if len(body["body"]) > LONGEST:
            return 422, {"message": "body is too long (maximum is 65536 characters)"}
        for comments in self.github.comments.values():
            for comment in comments:
                if comment["id"] == number:
                    self.github.edit(comment, body["body"])
                    return 200, comment
        return 404, {"message": "Not Found"}

    def _edited_issue(self, number: int, body: dict[str, Any]) -> Answer:
        for issue in self.github.issues:
            if issue["number"] == number:
                issue.update(body)
                return 200, issue
        return 404, {"message": "Not Found"}

    def _open_issues(self, query: dict[str, list[str]]) -> list[Any]:
        creator = query.get("creator", [None])[0]
        return [
            issue
            for issue in self.github.issues
            if issue["state"] == "open" and creator in (None, issue["user"]["login"])
        ]

    def _closed_into(self, query: dict[str, list[str]]) -> list[Any]:
        base = query.get("base", [""])[0]
        return [pull for pull in self.github.closed if pull["base"]["ref"] == base]

    def _artifacts(self, run: str) -> list[Any]:
        return [
            {"id": int(run) * 100 + index, "name": name, "expired": False}
            for index, (name, _) in enumerate(self.github.artifacts.get(run, []))
        ]

    def _place_of(self, number: int) -> str:
        """A URL on another host, to which the token must not be sent."""
        elsewhere = self.github.url.removesuffix("/api/v3").replace("127.0.0.1", "localhost")
        return f"{elsewhere}/blob/{number // 100}/{number % 100}"

    def _compared(self, before: str, after: str) -> list[Any] | None:
        """The commits of ``after`` that ``before`` does not have, oldest first; a commit outside the main branch
        shares its root.
        """
        history = self.github.history
        if not {before, after} <= {*history, *self.github.astray}:
            return None
        if after not in history:
            return [{"sha": after}]
        since = history.index(before) + 1 if before in history else 0
        return [{"sha": commit} for commit in history[since : history.index(after) + 1]]

    def _order(self, path: str) -> str:
        before, _, after = path.rpartition("/")[2].partition("...")
        history = self.github.history
        if before == after:
            return "identical"
        if before not in history or after not in history:
            return "diverged"
        return "ahead" if history.index(after) > history.index(before) else "behind"


@contextmanager
def serve() -> Iterator[GitHub]:
    """The server, listening on loopback until the block ends. ``url`` is its GITHUB_API_URL."""
    github = GitHub()
    handler = type("Bound", (Handler,), {"github": github})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    github.url = f"http://127.0.0.1:{server.server_address[1]}/api/v3"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield github
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
