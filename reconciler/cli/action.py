"""The hidden command that ``action.yml`` runs: the step's inputs, from the environment, become a job.

Nothing of an input is ever shell code or an argument.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, get_args

import click

from reconciler.cli.account import PRODUCTION
from reconciler.cli.addresses import address
from reconciler.cli.interrupts import graceful
from reconciler.cli.variables import REACHABLE, given, reachable
from reconciler.errors import ReconcilerError, UsageError
from reconciler.model import Sensitive

if TYPE_CHECKING:
    from reconciler.github.job import Job
    from reconciler.github.repository import Repository
    from reconciler.github.target import Target
    from reconciler.pipeline.scope import Scope

PLAN_KEY = "RECONCILER_PLAN_KEY"
PREFIX = "INPUT_"
T = TypeVar("T")


@click.command("github", hidden=True)
def command() -> int:
    """Run one step of the GitHub Action, on GitHub's runner."""
    from reconciler.github.run import run
    from reconciler.github.runner import Log, masks, write_outputs
    from reconciler.github.runner import command as told

    environment = dict(os.environ)
    log = Log(_write)
    log.tell(masks(environment))
    # It stands if the step is killed before it can report: what is written in the end goes over it.
    write_outputs({"exit-code": "1", "failure-reason": "internal"}, environment)
    try:
        job = job_of(environment)
        with graceful(log.say) as stop:
            code = run(
                job, log=log, repository=_repository(job, environment), environment=environment, stop=stop
            )
        return stop.exit_code or code
    except (ReconcilerError, click.BadParameter) as error:
        message = error.format_message() if isinstance(error, click.BadParameter) else str(error)
        log.tell([told("error", message, title="reconciler")])
        write_outputs({"failure-reason": "invalid", "changes": "false"}, environment)
        return 1
    finally:
        log.close()


def _write(text: str) -> None:
    """At once: the runner shows the log as it comes."""
    sys.stdout.write(text)
    sys.stdout.flush()


def job_of(environment: Mapping[str, str]) -> "Job":
    """The job that the inputs and the event ask for. Changes to its working directory.

    Raises UsageError and click.BadParameter.
    """
    from reconciler.github.event import read_event
    from reconciler.github.job import Command, CommentWhen, FailOn, Job, WithoutApproval
    from reconciler.planfile import checked_key

    event = read_event(environment)
    workspace = Path(environment.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
    folder = _enter(workspace, environment.get(f"{PREFIX}WORKING_DIRECTORY") or ".")
    path = Path(environment.get(f"{PREFIX}PATH") or ".")
    if not path.exists():
        raise UsageError(f"path: {path} does not exist in {folder}")
    key = environment.get(f"{PREFIX}PLAN_KEY") or environment.get(PLAN_KEY) or ""
    plan_key = checked_key(key, name="plan-key")
    variables = given(_lines(environment, "VARIABLES"), ())
    api_url = environment.get(f"{PREFIX}API_URL") or environment.get("MEDSTACK_API_URL") or PRODUCTION
    scope = _scope(environment)
    return Job(
        command=_one_of(environment, "COMMAND", get_args(Command), default=""),
        event=event,
        target=_target(folder, path, scope, api_url, {**_of_environment(environment), **variables}, plan_key),
        path=path,
        variables=variables,
        reachable=reachable(environment),
        environment={**environment, **({PLAN_KEY: key} if key else {})},
        scope=scope,
        source=environment.get(f"{PREFIX}SOURCE", "").strip(),
        api_url=api_url,
        token_key=environment.get(f"{PREFIX}TOKEN_KEY", ""),
        token_value=Sensitive(environment.get(f"{PREFIX}TOKEN_VALUE", "")),
        plan_key=plan_key,
        parallelism=_number(environment, "PARALLELISM", 16, most=64),
        rate=_rate(environment),
        audit=_path(environment, "AUDIT"),
        timeout=_number(environment, "TIMEOUT", 600, most=86_400),
        comment=_one_of(environment, "COMMENT", get_args(CommentWhen)),
        fail_on=_one_of(environment, "FAIL_ON", get_args(FailOn)),
        without_approval=_one_of(environment, "WITHOUT_APPROVAL", get_args(WithoutApproval)),
        base_branches=_lines(environment, "BASE_BRANCHES"),
        allow_files=_lines(environment, "ALLOW_FILES"),
        workspace=workspace,
        folder=Path(environment.get("RUNNER_TEMP") or workspace) / "reconciler",
    )


def _scope(environment: Mapping[str, str]) -> "Scope":
    """Which part of the manifests the job is about, and what it may do."""
    from reconciler.pipeline.scope import Scope

    return Scope(
        clusters=_lines(environment, "CLUSTER"),
        targets=tuple(address(one) for one in _lines(environment, "TARGET")),
        adopt=_flag(environment, "ADOPT"),
        prune=_flag(environment, "PRUNE"),
        retry=_flag(environment, "RETRY"),
        mask=_lines(environment, "MASK"),
    )


def _target(
    folder: str,
    path: Path,
    scope: "Scope",
    api_url: str,
    variables: Mapping[str, str],
    key: bytes | None,
) -> "Target":
    """What the job is about. Values of variables are part of it under the plan key alone: they may be secret."""
    from reconciler.github.target import Target
    from reconciler.planfile.keyed import keyed

    return Target(
        folder=folder,
        path=path.as_posix(),
        clusters=scope.clusters,
        addresses=[str(one) for one in scope.targets],
        api_url=api_url.rstrip("/"),
        variables=tuple(variables),
        values=keyed(variables, key=key, purpose="variables") if key and variables else "",
    )


def _of_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that the environment gives the manifests, as ``RECONCILER_VAR_NAME``."""
    prefix = REACHABLE[0]
    return {name[len(prefix) :]: value for name, value in environment.items() if name.startswith(prefix)}


def _repository(job: "Job", environment: Mapping[str, str]) -> "Repository | None":
    from reconciler.github.client import Client
    from reconciler.github.repository import Repository

    token = environment.get(f"{PREFIX}GITHUB_TOKEN", "")
    if not token:
        return None
    client = Client(
        environment.get("GITHUB_API_URL") or "https://api.github.com",
        token,
        environment.get("GITHUB_GRAPHQL_URL") or "https://api.github.com/graphql",
    )
    return Repository(client, job.event.repository)


def _enter(workspace: Path, folder: str) -> str:
    """Go to the working directory; its path from the checkout's root."""
    place = (workspace / folder).resolve()
    if not place.is_dir():
        raise UsageError(f"working-directory: {folder} is no folder of the checkout")
    os.chdir(place)
    return place.relative_to(workspace).as_posix() if place.is_relative_to(workspace) else place.as_posix()


def _lines(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    """The lines of an input that are not blank."""
    lines = (line.strip() for line in environment.get(f"{PREFIX}{name}", "").splitlines())
    return tuple(line for line in lines if line)


def _one_of(
    environment: Mapping[str, str], name: str, words: tuple[T, ...], *, default: str | None = None
) -> T:
    """An input that is one of some words; without a default the first of them stands for none."""
    given_word = environment.get(f"{PREFIX}{name}", "").strip()
    given_word = given_word or (str(words[0]) if default is None else default)
    for word in words:
        if word == given_word:
            return word
    raise UsageError(f"{_input(name)}: {given_word!r} is none of {', '.join(map(str, words))}")


def _flag(environment: Mapping[str, str], name: str) -> bool:
    return _one_of(environment, name, ("false", "true")) == "true"


def _number(environment: Mapping[str, str], name: str, default: int, *, most: int) -> int:
    text = environment.get(f"{PREFIX}{name}", "").strip() or str(default)
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= most):
        raise UsageError(f"{_input(name)}: {text!r} is no number from 1 to {most}")
    return int(text)


def _rate(environment: Mapping[str, str]) -> float | None:
    text = environment.get(f"{PREFIX}RATE", "").strip()
    if not text:
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate < float("inf"):
        raise UsageError(f"rate: {text!r} is no number of requests a second")
    return rate


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    text = environment.get(f"{PREFIX}{name}", "").strip()
    return Path(text) if text else None


def _input(name: str) -> str:
    return name.lower().replace("_", "-")
