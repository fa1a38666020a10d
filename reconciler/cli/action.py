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
from reconciler.cli.interrupts import graceful
from reconciler.cli.options import address
from reconciler.cli.variables import given, reachable
from reconciler.errors import ReconcilerError, UsageError
from reconciler.model import Sensitive

if TYPE_CHECKING:
    from reconciler.github.job import Job
    from reconciler.github.repository import Repository

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
    write_outputs({"exit-code": "1", "failure-reason": "invalid", "changes": "false"}, environment)
    # What is told in the end goes over this: it stands if it does not come to that.
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
    from reconciler.github.target import Target
    from reconciler.pipeline.scope import Scope
    from reconciler.planfile.file import LEAST_KEY

    event = read_event(environment)
    workspace = Path(environment.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
    folder = _enter(workspace, environment.get(f"{PREFIX}WORKING_DIRECTORY") or ".")
    path = Path(environment.get(f"{PREFIX}PATH") or ".")
    if not path.exists():
        raise UsageError(f"path: {path} does not exist in {folder}")
    clusters = _lines(environment, "CLUSTER")
    addresses = tuple(address(one) for one in _lines(environment, "TARGET"))
    key = environment.get(f"{PREFIX}PLAN_KEY") or environment.get(PLAN_KEY) or ""
    if 0 < len(key.encode("utf-8", "surrogateescape")) < LEAST_KEY:
        raise UsageError(f"plan-key: it is shorter than {LEAST_KEY} bytes, so it could be guessed")
    return Job(
        command=_one_of(environment, "COMMAND", get_args(Command), default=""),
        event=event,
        target=Target(
            folder=folder, path=path.as_posix(), clusters=clusters, addresses=[str(one) for one in addresses]
        ),
        path=path,
        variables=given(_lines(environment, "VARIABLES"), ()),
        reachable=reachable(environment),
        environment={**environment, **({PLAN_KEY: key} if key else {})},
        scope=Scope(clusters=clusters, targets=addresses, adopt=_flag(environment, "ADOPT")),
        api_url=environment.get(f"{PREFIX}API_URL") or environment.get("MEDSTACK_API_URL") or PRODUCTION,
        token_key=environment.get(f"{PREFIX}TOKEN_KEY", ""),
        token_value=Sensitive(environment.get(f"{PREFIX}TOKEN_VALUE", "")),
        plan_key=key.encode("utf-8", "surrogateescape") if key else None,
        parallelism=_number(environment, "PARALLELISM", 16, most=64),
        timeout=_number(environment, "TIMEOUT", 600, most=86_400),
        comment=_one_of(environment, "COMMENT", get_args(CommentWhen)),
        fail_on=_one_of(environment, "FAIL_ON", get_args(FailOn)),
        without_approval=_one_of(environment, "WITHOUT_APPROVAL", get_args(WithoutApproval)),
        workspace=workspace,
        folder=Path(environment.get("RUNNER_TEMP") or workspace) / "reconciler",
    )


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


def _input(name: str) -> str:
    return name.lower().replace("_", "-")
