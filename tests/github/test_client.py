import pytest
import requests

from reconciler.errors import GitHubError, UsageError
from reconciler.github.client import PATIENCE, Client
from reconciler.github.posts import PLAN, find, headed, put
from reconciler.github.repository import ACTIONS_BOT, Repository
from reconciler.github.target import JobTarget
from tests.github.server import REPOSITORY, TOKEN

TARGET = JobTarget(folder=".", path="clinic")


@pytest.fixture
def slept():
    return []


@pytest.fixture
def client(github, slept):
    return Client(
        github.url, TOKEN, github.url.replace("/v3", "/graphql"), sleep=slept.append, now=lambda: 1000.0
    )


@pytest.fixture
def repository(client):
    return Repository(client, REPOSITORY)


def comments(repository):
    return [comment.body for comment in repository.comments(7)]


def test_all_pages_are_read(github, repository):
    github.page_size = 3
    for number in range(10):
        github.add_comment(7, str(number))

    assert comments(repository) == [str(number) for number in range(10)]


def test_a_next_page_on_another_server_is_not_read(github, client):
    github.page_size = 1
    github.add_comment(7, "one")
    github.add_comment(7, "two")
    client.url = client.url.replace("127.0.0.1", "localhost")

    with pytest.raises(GitHubError, match="another server"):
        comments(Repository(client, REPOSITORY))


def test_a_read_is_repeated_after_an_error_and_a_rate_limit(github, repository, slept):
    github.add_comment(7, "there")
    github.fault("GET", "/comments", status=502)
    github.fault("GET", "/comments", status=429, headers={"Retry-After": "7"})
    github.fault(
        "GET", "/comments", status=403, headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1020"}
    )

    assert comments(repository) == ["there"]
    assert slept == [1.0, 7.0, 20.0]


def test_a_long_rate_limit_is_not_waited_for(github, repository, slept):
    github.fault("GET", "/comments", status=429, headers={"Retry-After": str(int(PATIENCE) + 1)}, times=9)

    with pytest.raises(GitHubError, match="429"):
        comments(repository)
    assert slept == []


@pytest.mark.parametrize("status", [401, 403, 404, 422])
def test_a_refusal_is_reported_at_once(github, repository, slept, status):
    github.fault("GET", "/comments", status=status, times=9)

    with pytest.raises(GitHubError, match=f"{status} to GET .*as the test wants it") as raised:
        comments(repository)
    assert raised.value.status == status
    assert slept == []


def test_repeated_errors_are_reported(github, repository):
    github.fault("GET", "/comments", status=500, times=99)

    with pytest.raises(GitHubError, match="500"):
        comments(repository)


def test_a_comment_whose_answer_was_lost_is_not_written_twice(github, repository):
    github.fault("POST", "/comments", lost=True)

    put(repository, 7, TARGET, PLAN, headed(TARGET, PLAN, "text"), found=None)

    assert len(github.comments[7]) == 1


def test_a_comment_that_was_not_created_is_written_again(github, repository):
    github.fault("POST", "/comments", status=502)

    put(repository, 7, TARGET, PLAN, headed(TARGET, PLAN, "text"), found=None)

    assert len(github.comments[7]) == 1


def test_a_too_long_comment_is_an_error(github, repository):
    with pytest.raises(GitHubError, match="too long"):
        put(repository, 7, TARGET, PLAN, "x" * 70_000, found=None)


def test_the_token_is_not_sent_to_the_artifact_storage(github, repository):
    github.artifacts["77"] = [("reconciler", b"content")]

    assert repository.artifact(7700, limit=100) == b"content"


def test_an_artifact_larger_than_the_limit_is_refused(github, repository):
    github.artifacts["77"] = [("reconciler", b"content")]

    with pytest.raises(GitHubError, match="more than 3 bytes"):
        repository.artifact(7700, limit=3)


def test_only_comments_of_the_tokens_own_login_are_found(github, repository):
    put(repository, 7, TARGET, PLAN, headed(TARGET, PLAN, "the bot's"), found=None)
    github.viewer = "another[bot]"

    assert find(Repository(repository.client, REPOSITORY), 7, TARGET, PLAN) is None


def test_a_token_without_a_known_user_is_the_workflows_token(github, repository):
    github.fault("POST", "/graphql", status=403, times=9)

    assert repository.login() == ACTIONS_BOT


def test_a_missing_answer_is_reported_without_the_token(client, slept):
    client.url = "http://127.0.0.1:9"

    with pytest.raises(GitHubError, match="did not answer") as raised:
        client.get("/x")
    assert TOKEN not in str(raised.value)
    assert len(slept) == 3


def test_an_invalid_address_is_refused():
    with pytest.raises(UsageError):
        Client("ftp://x", TOKEN)


def test_the_token_is_not_shown(client):
    assert TOKEN not in repr(client)


WRONG = (b"no json", b"{}", b"[[]]", b"[null]", b"[1]", b'"text"', b"[" * 50_000, b"null", b"[{}]")
OF_A_LIST = (b'[{"id": 1e999}]', b'[{"id": "x"}]', b'[{"id": 1, "user": 5}]')
ASKED = {
    "comments": (comments, (*WRONG, *OF_A_LIST)),
    "pulls": (
        lambda repository: repository.pulls_of("1" * 40),
        (*WRONG, *OF_A_LIST, b'[{"number": 1e999, "head": {}}]'),
    ),
    "order": (
        lambda repository: repository.order("1" * 40, "2" * 40),
        (*WRONG, b'{"status": []}', b'{"status": "new"}'),
    ),
    "commits": (
        lambda repository: repository.commits_between("1" * 40, "2" * 40),
        (*WRONG, b'{"commits": [{"sha": "../.."}]}', b'{"commits": [1]}'),
    ),
    "artifacts": (
        lambda repository: list(repository.artifacts("77")),
        (*WRONG, b'{"artifacts": [{"id": 1}, 1]}'),
    ),
    "closed": (
        lambda repository: repository.was_merged_as("main", ["1" * 40]),
        (*WRONG, b'[{"merged_at": 1}]'),
    ),
    "issues": (
        lambda repository: list(repository.open_issues(ACTIONS_BOT)),
        (*WRONG, b'[{"number": 1e999}]'),
    ),
    "default branch": (lambda repository: repository.default_branch(), (*WRONG, b'{"default_branch": null}')),
}


@pytest.mark.parametrize(
    "asked, body",
    [(name, body) for name, (_, bodies) in ASKED.items() for body in bodies],
    ids=lambda value: repr(value)[:40],
)
def test_an_answer_of_another_form_is_an_error(client, monkeypatch, asked, body):
    answer = requests.Response()
    answer.status_code, answer._content = 200, body
    monkeypatch.setattr(client.session, "request", lambda *_, **__: answer)

    with pytest.raises(GitHubError):
        ASKED[asked][0](Repository(client, REPOSITORY))


@pytest.mark.parametrize(
    "body",
    [
        *WRONG,
        b'{"data": {"viewer": {"login": null}}}',
        b'{"data": {"viewer": []}}',
        b'{"data": {"viewer": {"login": "\\ud800"}}}',
    ],
)
def test_an_answer_without_a_login_means_the_workflows_token(client, monkeypatch, body):
    answer = requests.Response()
    answer.status_code, answer._content = 200, body
    monkeypatch.setattr(client.session, "request", lambda *_, **__: answer)

    assert Repository(client, REPOSITORY).login() == ACTIONS_BOT


def test_more_pages_than_a_pull_request_can_have_are_an_error(github, repository, monkeypatch):
    monkeypatch.setattr("reconciler.github.client.PAGES", 2)
    github.page_size = 1
    for number in range(3):
        github.add_comment(7, str(number))

    with pytest.raises(GitHubError, match="more than 2 pages"):
        comments(repository)


def test_no_redirect_is_followed_with_the_token(github, repository):
    github.fault("GET", "/comments", status=302, headers={"Location": "https://evil.example/"}, times=9)

    with pytest.raises(GitHubError, match="302"):
        comments(repository)


def test_a_rate_limit_without_a_time_is_waited_for_a_minute(github, repository, slept):
    github.fault("GET", "/comments", status=429)
    github.fault("GET", "/comments", status=403, headers={"X-RateLimit-Remaining": "0"})

    assert comments(repository) == []
    assert slept == [60.0, 60.0]


def test_a_secondary_rate_limit_that_only_its_text_tells_is_no_lack_of_permission(github, repository, slept):
    said = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    github.fault("GET", "/comments", status=403, message=said, times=9)

    with pytest.raises(GitHubError, match="exceeded a secondary rate limit") as raised:
        comments(repository)
    assert "permission" not in str(raised.value)
    assert slept == [60.0, 60.0]


def test_commits_are_returned_newest_first(github, repository):
    first, second, third, other = ("abcd"[at] * 40 for at in range(4))
    github.append(first, second, third)

    assert repository.commits_between(first, third) == [third, second]
    assert repository.order(first, third) == "ahead"
    assert repository.order(third, first) == "behind"
    assert repository.order(other, first) == "unknown"


def test_credentials_in_netrc_are_not_sent(github, repository, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("default login somebody password else\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    github.add_comment(7, "text")

    assert comments(repository) == ["text"]


def test_netrc_credentials_are_not_sent_to_the_target_of_a_redirected_download(
    github, repository, tmp_path, monkeypatch
):
    (tmp_path / "netrc").write_text("default login somebody password else\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    github.artifacts["77"] = [("reconciler", b"content")]

    assert repository.artifact(7700, limit=100) == b"content"


def test_the_token_is_masked_in_messages(github, repository):
    github.fault("GET", "comments", status=403, message=f"not for Bearer {TOKEN}\n::error::of another line")

    with pytest.raises(GitHubError) as raised:
        comments(repository)

    assert TOKEN not in str(raised.value)
    assert "not for Bearer (sensitive) ::error::of another line" in str(raised.value)
