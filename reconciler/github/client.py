"""GitHub's REST API over HTTP: pages, rate limits and errors. Knows no endpoint.

A request is repeated if it certainly was not carried out, or if repeating it does no harm. The token is sent only to
the API's own address. Sources: GitHub's "Best practices for using the
REST API" and "Rate limits".
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from msgspec import Struct, field

from reconciler import __version__
from reconciler.api.redact import excerpt
from reconciler.errors import GitHubError, UsageError

VERSION = "2022-11-28"
TIMEOUT = 30.0
TRIES = 4
PATIENCE = 120.0
"""Seconds that a request waits for rate limits in total."""
PAGES = 100
"""At most this many pages of 100 entries are read; a pull request holds at most 2,500 comments."""
LACKS_PERMISSION = "the token may lack a permission: see `permissions:` of the example workflows"
_PIECE = 1 << 16


class _Session(requests.Session):
    def rebuild_auth(self, prepared_request: requests.PreparedRequest, _: requests.Response) -> None:
        """Send no credentials to the target of a redirect: neither the token, nor those in ``.netrc``."""
        prepared_request.headers.pop("Authorization", None)


class Client(Struct):
    """``url`` is the API's base, ``https://api.github.com`` or a server's own ``…/api/v3``."""

    url: str
    token: str
    graphql: str = "https://api.github.com/graphql"
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    session: requests.Session = field(default_factory=_Session)
    _date: str = ""

    def __repr__(self) -> str:
        return f"Client(url={self.url!r})"

    def __post_init__(self) -> None:
        self.url = self.url.rstrip("/")
        if not self.url.startswith(("https://", "http://")):
            raise UsageError(f"GITHUB_API_URL is not a web address: {self.url!r}")
        self.session.trust_env = True
        self.session.headers.update(
            {
                "Accept": "application/vnd.github+json",
                "User-Agent": f"reconciler/{__version__}",
                "X-GitHub-Api-Version": VERSION,
            }
        )

    @property
    def server_time(self) -> datetime:
        """The time of the last answer by GitHub's clock; by this machine's if no answer had a time."""
        try:
            return parsedate_to_datetime(self._date).astimezone(UTC)
        except (ValueError, TypeError, OverflowError):
            return datetime.fromtimestamp(self.now(), UTC)

    def get(self, path: str, **query: str | int) -> Any:
        """The JSON at ``path``. Raises GitHubError."""
        return _json(self._request("GET", f"{self.url}{path}", query=query))

    def pages(self, path: str, *, within: str = "", **query: str | int) -> Iterator[Any]:
        """Every entry of every page, read as needed; ``within`` names the list if a page is an object.

        Raises GitHubError, also for more than ``PAGES`` pages and for a next page on another server.
        """
        url, query = f"{self.url}{path}", {"per_page": 100, **query}
        for _ in range(PAGES):
            response = self._request("GET", url, query=query)
            page = _json(response)
            entries = page.get(within) if within and isinstance(page, dict) else page
            if not isinstance(entries, list):
                raise GitHubError(f"GitHub's answer to GET {path} is not a list")
            yield from entries
            following = response.links.get("next", {}).get("url")
            if not following:
                return
            if not following.startswith(f"{self.url}/"):
                raise GitHubError(
                    f"the next page of GET {path} is on another server, which reconciler does not contact"
                )
            url, query = following, {}
        raise GitHubError(f"GET {path} has more than {PAGES} pages")

    def send(self, method: str, path: str, body: Mapping[str, Any], *, repeatable: bool) -> Any:
        """Send JSON and return the answer's JSON. ``repeatable``: sending it twice does no harm. Raises GitHubError."""
        return _json(self._request(method, f"{self.url}{path}", body=body, repeatable=repeatable))

    def query(self, text: str) -> Any:
        """The ``data`` of a GraphQL query, for what REST does not offer. Raises GitHubError."""
        return _json(self._request("POST", self.graphql, body={"query": text})).get("data")

    def download(self, path: str, *, limit: int) -> bytes:
        """A file of at most ``limit`` bytes. A redirect is followed, without credentials. Raises GitHubError."""
        response = self._request("GET", f"{self.url}{path}", follow=True)
        pieces, size = [], 0
        try:
            for piece in response.iter_content(_PIECE):
                pieces.append(piece)
                size += len(piece)
                if size > limit:
                    raise GitHubError(f"GET {path} gives more than {limit:,} bytes")
        except requests.RequestException:
            raise GitHubError(f"GET {path} broke off") from None
        finally:
            response.close()
        return b"".join(pieces)

    def _request(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        repeatable: bool = True,
        follow: bool = False,
    ) -> requests.Response:
        waited = 0.0
        where = f"{method} {url.removeprefix(self.url).partition('?')[0]}"
        for attempt in range(1, TRIES + 1):
            last = attempt == TRIES
            try:
                response = self.session.request(
                    method,
                    url,
                    params=query,
                    json=body,
                    auth=self._authorized,  # without one, requests looks for one in .netrc
                    timeout=TIMEOUT,
                    allow_redirects=follow,
                    stream=follow,
                )
            except requests.RequestException as error:
                if last or not (repeatable or isinstance(error, requests.ConnectTimeout)):
                    raise GitHubError(f"GitHub did not answer {where}: {type(error).__name__}") from None
                self.sleep(2.0 ** (attempt - 1))
                continue
            self._date = response.headers.get("Date", "")
            if response.ok and (follow or not response.is_redirect):
                return response
            pause = self._pause(response, attempt, repeatable=repeatable)
            if pause is None or last or (waited := waited + pause) > PATIENCE:
                raise GitHubError(
                    _error_message(where, response, hidden=(self.token,)), status=response.status_code
                )
            response.close()
            self.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _authorized(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self.token:
            request.headers["Authorization"] = f"Bearer {self.token}"
        return request

    def _pause(self, response: requests.Response, attempt: int, *, repeatable: bool) -> float | None:
        """Seconds to wait before a retry; None if a retry makes no sense."""
        status, headers = response.status_code, response.headers
        if status in (403, 429):
            if (after := headers.get("Retry-After", "")).isdecimal():
                return float(after)
            if headers.get("X-RateLimit-Remaining") == "0":
                reset = headers.get("X-RateLimit-Reset", "")
                return max(1.0, float(reset) - self.now()) if reset.isdecimal() else 60.0
            return 60.0 if status == 429 or _is_rate_limit(response) else None
        return 2.0 ** (attempt - 1) if status >= 500 and repeatable else None


def _is_rate_limit(response: requests.Response) -> bool:
    """Whether a 403 is a secondary rate limit: if it has no header that says so, only its text does."""
    return re.search(r"(?i)\bsecondary\srate\slimit\b", response.text) is not None


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except (ValueError, RecursionError):
        raise GitHubError("GitHub's answer is not JSON", status=response.status_code) from None


def _error_message(where: str, response: requests.Response, *, hidden: Sequence[str]) -> str:
    """The message for an error response: the status, GitHub's own message without ``hidden``, what usually helps."""
    try:
        body = response.json()
        message = excerpt(str(body.get("message", "")), hidden) if isinstance(body, dict) else ""
    except (ValueError, RecursionError):
        message = ""
    hint = {
        401: "the token is not accepted",
        403: "" if _is_rate_limit(response) else LACKS_PERMISSION,
        404: "it does not exist, or the token cannot read it",
    }.get(response.status_code, "")
    parts = [f"GitHub answered {response.status_code} to {where}", message, hint]
    return ": ".join(part for part in parts if part)
