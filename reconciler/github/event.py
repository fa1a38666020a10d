"""The event that started the workflow, read from the runner's environment and the event's payload."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from reconciler.errors import UsageError

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_PULL = re.compile(r"refs/pull/([0-9]{1,10})/(?:merge|head)")
_ZERO = re.compile("0+")
BRANCH = "refs/heads/"


class Pull(Struct, frozen=True, kw_only=True):
    """A pull request. ``fork``: its code is from another repository. ``merged_at`` is None if the time is not known."""

    number: int
    base_ref: str
    base_sha: str
    head_sha: str
    fork: bool = False
    merged: bool = False
    merged_at: datetime | None = None
    closed: bool = False


TRUSTED = (
    "push",
    "pull_request",
    "pull_request_review",
    "merge_group",
    "workflow_dispatch",
    "schedule",
    "repository_dispatch",
    "release",
    "create",
    "deployment",
)
"""Events that only people with write access can cause, or for which GitHub gives a fork no secrets."""


class Event(Struct, frozen=True, kw_only=True):
    """The event that started the workflow. ``branch`` is the branch that was pushed, or ""; ``before`` is its commit
    before the push.

    ``from_fork``: this workflow_run followed a run of another repository's commits; ``followed`` is the event of that
    run, "" if unknown. ``fault`` says why the payload could not be read: then only the number of the pull request is
    known, and the job must do nothing.
    """

    name: str
    repository: str
    sha: str
    branch: str
    actor: str
    run_id: str
    run_url: str
    before: str = ""
    commits: tuple[str, ...] = ()
    pull: Pull | None = None
    default_branch: str = ""
    from_fork: bool = False
    followed: str = ""
    fault: str = ""

    @property
    def refusal(self) -> str:
        """Why the job must not run on this event, which could give the secrets to manifests of a stranger; "" if it
        may."""
        follows = self.name == "workflow_run"
        if (self.followed if follows and not self.from_fork else self.name) in TRUSTED:
            return ""
        after = "of a fork's run" if self.from_fork else f"after {self.followed or 'an unknown event'}"
        whose = f" {after}" if follows else ""
        return (
            f"{self.name}{whose} can give manifests from a fork this repository's secrets, so nothing is run: use "
            f"pull_request, which checks a fork's manifests without secrets. Accepted are {', '.join(TRUSTED)}"
        )

    @property
    def is_foreign(self) -> bool:
        """Whether the code is a fork's and not merged: it must meet no secret, although a repository's settings can
        give forks secrets.
        """
        return self.pull is not None and self.pull.fork and not self.pull.merged

    @property
    def keeps_secrets_back(self) -> bool:
        """Whether GitHub gives a workflow of this event no secrets: from a fork, or by Dependabot."""
        return self.pull is not None and (self.pull.fork or self.actor == "dependabot[bot]")


def read_event(environment: Mapping[str, str]) -> Event:
    """The event of this run. If its payload cannot be read, a pull request's event has only its number, and a
    ``fault``.

    Raises UsageError if there is no event, or neither its payload nor the runner says what it is about.
    """
    names = ("GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_REPOSITORY", "GITHUB_SHA")
    missing = [name for name in names if not environment.get(name)]
    if missing:
        raise UsageError(f"{missing[0]} is not set: this is for GitHub's runners only")
    try:
        return _event(environment, _payload(Path(environment["GITHUB_EVENT_PATH"])))
    except UsageError as error:
        if (pull := _pull_by_ref(environment)) is None:
            raise
        return replace(_event(environment, {}), pull=pull, fault=str(error))


def _event(environment: Mapping[str, str], payload: Mapping[str, Any]) -> Event:
    repository = environment["GITHUB_REPOSITORY"]
    server = environment.get("GITHUB_SERVER_URL") or "https://github.com"
    run_id = environment.get("GITHUB_RUN_ID", "")
    ref = environment.get("GITHUB_REF", "")
    try:
        return Event(
            name=environment["GITHUB_EVENT_NAME"],
            repository=repository,
            sha=environment["GITHUB_SHA"],
            branch=ref.removeprefix(BRANCH) if ref.startswith(BRANCH) else "",
            actor=environment.get("GITHUB_ACTOR", ""),
            run_id=run_id,
            run_url=f"{server}/{repository}/actions/runs/{run_id}",
            before=_before(payload),
            commits=_commits(payload),
            pull=pull_of(payload["pull_request"], repository) if "pull_request" in payload else None,
            default_branch=str((payload.get("repository") or {}).get("default_branch") or ""),
            from_fork=environment["GITHUB_EVENT_NAME"] == "workflow_run" and _is_of_fork(payload, repository),
            followed=str((payload.get("workflow_run") or {}).get("event") or ""),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise UsageError(
            f"the payload of the event {environment['GITHUB_EVENT_NAME']} is malformed"
        ) from None


def _pull_by_ref(environment: Mapping[str, str]) -> Pull | None:
    """The pull request by the runner's variables, which have less than the payload; None if they name none."""
    ref = _PULL.fullmatch(environment.get("GITHUB_REF", ""))
    if ref is None or environment["GITHUB_EVENT_NAME"] not in ("pull_request", "pull_request_review"):
        return None
    base = environment.get("GITHUB_BASE_REF", "")
    return Pull(number=int(ref[1]), base_ref=base, base_sha="", head_sha="")


def pull_of(body: Mapping[str, Any], repository: str) -> Pull:
    """A pull request from the JSON of GitHub's API. Raises KeyError, TypeError or ValueError if it is malformed."""
    head = body["head"]
    return Pull(
        number=int(body["number"]),
        base_ref=str(body["base"]["ref"]),
        base_sha=sha(body["base"]["sha"]),
        head_sha=sha(head["sha"]),
        fork=((head.get("repo") or {}).get("full_name") or "").lower() != repository.lower(),
        merged=bool(body.get("merged") or body.get("merged_at")),
        merged_at=moment(body["merged_at"]) if body.get("merged_at") else None,
        closed=body.get("state") == "closed",
    )


def sha(text: Any) -> str:
    """``text`` if it is a commit's id; raises ValueError for anything else."""
    if not isinstance(text, str) or not _SHA.fullmatch(text):
        raise ValueError("not a commit")
    return text


def moment(text: Any) -> datetime:
    """A time as GitHub writes it, such as ``2026-11-24T10:00:00Z``. Raises ValueError or TypeError if it is none."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("not a time with its zone")
    return found


def _payload(path: Path) -> dict[str, Any]:
    try:
        payload = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        payload = None
    if not isinstance(payload, dict):
        raise UsageError(f"the event's payload at {path} cannot be read")
    return payload


def _is_of_fork(payload: Mapping[str, Any], repository: str) -> bool:
    """Whether a workflow_run followed a run of a fork's commits; also true if the payload does not say."""
    head = (payload.get("workflow_run") or {}).get("head_repository") or {}
    return str(head.get("full_name") or "").lower() != repository.lower()


def _before(payload: Mapping[str, Any]) -> str:
    """The commit before a push; "" for a new branch, whose ``before`` is all zeros."""
    before = payload.get("before")
    return (
        before if isinstance(before, str) and _SHA.fullmatch(before) and not _ZERO.fullmatch(before) else ""
    )


def _commits(payload: Mapping[str, Any]) -> tuple[str, ...]:
    """The pushed commits, newest first."""
    commits = payload.get("commits") or []
    return tuple(sha(commit["id"]) for commit in reversed(commits))
