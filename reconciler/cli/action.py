"""The hidden command that ``action.yml`` runs: it makes a job from the step's inputs in the environment.

No input is ever shell code or an argument.
"""

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, get_args

import click

from reconciler.cli.addresses import address
from reconciler.cli.interrupts import graceful
from reconciler.cli.patterns import branch_name, field_name, file_pattern, name_pattern
from reconciler.cli.variables import given
from reconciler.errors import UsageError
from reconciler.model import Sensitive
from reconciler.pipeline.keys import REACHABLE, reachable
from reconciler.resources import PRODUCTION

if TYPE_CHECKING:
    from reconciler.github.job import Job
    from reconciler.github.repository import Repository
    from reconciler.github.target import JobTarget
    from reconciler.pipeline.scope import Scope

PLAN_KEY = "RECONCILER_PLAN_KEY"
PREFIX = "INPUT_"
T = TypeVar("T")


@click.command("github", hidden=True)
def command() -> int:
    """Run one step of the GitHub Action, on GitHub's runner."""
    from reconciler.github.run import report_not_started, run
    from reconciler.github.runner import Log, masks

    environment = dict(os.environ)
    log = Log(_write)
    log.write_commands(masks(environment))
    try:
        try:
            job = job_of(environment)
            repository = _repository(job, environment)
        except Exception as error:  # noqa: BLE001 - a step always ends with a report
            return report_not_started(error, log=log, environment=environment)
        with graceful(log.write_text) as stop:
            return run(
                job,
                log=log,
                repository=repository,
                environment=environment,
                interrupted=lambda: stop.exit_code,
            )
    finally:
        log.close()


def _write(text: str) -> None:
    """Write and flush, so that the runner shows the log at once. If that fails, the work goes on."""
    with suppress(OSError):
        sys.stdout.write(text)
        sys.stdout.flush()


class Faults(list[str]):
    """The errors in all inputs."""

    def value_or(self, read: Callable[[], T], default: T) -> T:
        """The value of an input as ``read`` returns it; ``default`` if it raises, which adds an error."""
        try:
            return read()
        except click.BadParameter as error:
            self.append(error.message)
        except UsageError as error:
            self.append(str(error))
        return default


def job_of(environment: Mapping[str, str]) -> "Job":
    """The job from the inputs and the event. Changes to its working directory.

    Invalid inputs are in the job's ``faults``. Raises UsageError if the command or the folder does not exist.
    """
    from reconciler.github.event import read_event
    from reconciler.github.job import Command, CommentWhen, FailOn, Job, WithoutApproval
    from reconciler.planfile import checked_key

    event = read_event(environment)
    workspace = Path(environment.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
    folder = _enter(workspace, environment.get(f"{PREFIX}WORKING_DIRECTORY") or ".")
    asked: Command = _one_of(environment, "COMMAND", get_args(Command), default="")
    faults = Faults([event.fault] if event.fault else [])
    path = Path(environment.get(f"{PREFIX}PATH") or ".")
    if not os.path.exists(path):  # noqa: PTH110 - Path.exists raises OSError for a name that is too long
        faults.append(f"path: {path} does not exist in {folder}")
    key = environment.get(f"{PREFIX}PLAN_KEY") or environment.get(PLAN_KEY) or ""
    plan_key = faults.value_or(lambda: checked_key(key, name="plan-key"), None)
    variables: dict[str, str] = faults.value_or(lambda: _variables(environment), {})
    api_url = environment.get(f"{PREFIX}API_URL") or environment.get("MEDSTACK_API_URL") or PRODUCTION
    faults.value_or(lambda: _github_token(environment), "")
    scope = _scope(environment, faults)
    return Job(
        command=asked,
        event=event,
        target=_target(folder, path, scope, api_url, {**_of_environment(environment), **variables}, plan_key),
        path=path,
        variables=variables,
        reachable=reachable(environment),
        environment={**environment, **({PLAN_KEY: key} if plan_key else {})},
        scope=scope,
        source=environment.get(f"{PREFIX}SOURCE", "").strip(),
        api_url=api_url,
        token_key=environment.get(f"{PREFIX}TOKEN_KEY", ""),
        token_value=Sensitive(environment.get(f"{PREFIX}TOKEN_VALUE", "")),
        plan_key=plan_key,
        parallelism=faults.value_or(lambda: _number(environment, "PARALLELISM", 16, most=64), 16),
        rate=faults.value_or(lambda: _rate(environment), None),
        audit=faults.value_or(lambda: _path(environment, "AUDIT"), None),
        timeout=faults.value_or(lambda: _number(environment, "TIMEOUT", 600, most=86_400), 600),
        comment=_word(environment, "COMMENT", get_args(CommentWhen), faults),
        fail_on=_word(environment, "FAIL_ON", get_args(FailOn), faults),
        without_approval=_word(environment, "WITHOUT_APPROVAL", get_args(WithoutApproval), faults),
        base_branches=_each(environment, "BASE_BRANCHES", branch_name, faults),
        allow_files=_each(environment, "ALLOW_FILES", file_pattern, faults),
        workspace=workspace,
        folder=Path(environment.get("RUNNER_TEMP") or workspace) / "reconciler",
        faults=tuple(faults),
    )


def _variables(environment: Mapping[str, str]) -> dict[str, str]:
    lines = _lines(environment, "VARIABLES")
    try:
        variables = given(lines, ())
    except click.BadParameter as error:
        raise UsageError(f"variables: {error.message}") from None
    names = [line.partition("=")[0] for line in lines]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise UsageError(
            f"variables: {twice} is given twice. If a value has a line break, the rest is read as another variable"
        )
    return variables


def _scope(environment: Mapping[str, str], faults: Faults) -> "Scope":
    """The job's part of the manifests, and what it may do."""
    from reconciler.pipeline.scope import Scope

    return Scope(
        clusters=_lines(environment, "CLUSTER"),
        targets=faults.value_or(lambda: tuple(map(address, _lines(environment, "TARGET"))), ()),
        adopt=_flag(environment, "ADOPT", faults),
        prune=_flag(environment, "PRUNE", faults),
        retry=_flag(environment, "RETRY", faults),
        mask=_each(environment, "MASK", name_pattern, faults),
        keep=_each(environment, "KEEP_FIELD", field_name, faults),
    )


def _target(
    folder: str,
    path: Path,
    scope: "Scope",
    api_url: str,
    variables: Mapping[str, str],
    key: bytes | None,
) -> "JobTarget":
    """The job's target. Values of variables are part of it only as a digest under the plan key: they may be secret."""
    from reconciler.github.target import JobTarget
    from reconciler.planfile.keyed import keyed

    return JobTarget(
        folder=folder,
        path=path.as_posix(),
        clusters=scope.clusters,
        addresses=[str(target) for target in scope.targets],
        api_url=api_url.rstrip("/"),
        variables=tuple(variables),
        values=keyed(variables, key=key, purpose="variables") if key and variables else "",
    )


def _of_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables for manifests in the environment, ``RECONCILER_VAR_NAME``, by NAME."""
    prefix = REACHABLE[0]
    return {name[len(prefix) :]: value for name, value in environment.items() if name.startswith(prefix)}


def _github_token(environment: Mapping[str, str]) -> str:
    token = environment.get(f"{PREFIX}GITHUB_TOKEN", "")
    if not (token.isascii() and token.isprintable()):
        raise UsageError(
            "github-token holds a line break or another character that no token has: was it pasted completely?"
        )
    return token


def _repository(job: "Job", environment: Mapping[str, str]) -> "Repository | None":
    from reconciler.github.client import Client
    from reconciler.github.repository import Repository

    token = Faults().value_or(lambda: _github_token(environment), "")
    if not token:
        return None
    client = Client(
        environment.get("GITHUB_API_URL") or "https://api.github.com",
        token,
        environment.get("GITHUB_GRAPHQL_URL") or "https://api.github.com/graphql",
    )
    return Repository(client, job.event.repository)


def _enter(workspace: Path, folder: str) -> str:
    """Change to the working directory, and return its path from the checkout's root."""
    place = (workspace / folder).resolve()
    if not os.path.isdir(place):  # noqa: PTH112 - Path.is_dir raises OSError for a name that is too long
        raise UsageError(f"working-directory: {folder} is not a folder in the checkout")
    os.chdir(place)
    return place.relative_to(workspace).as_posix() if place.is_relative_to(workspace) else place.as_posix()


def _lines(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    """The lines of an input that are not blank. Only a newline ends a line: others may be part of a value."""
    lines = (line.strip() for line in environment.get(f"{PREFIX}{name}", "").split("\n"))
    return tuple(line for line in lines if line)


def _each(
    environment: Mapping[str, str], name: str, check: Callable[[str], str], faults: Faults
) -> tuple[str, ...]:
    """The lines of an input, each checked by ``check``; none, and an error in ``faults``, if one is not valid."""

    def read() -> tuple[str, ...]:
        try:
            return tuple(map(check, _lines(environment, name)))
        except click.BadParameter as error:
            raise UsageError(f"{_input(name)}: {error.message}") from None

    return faults.value_or(read, ())


def _one_of(
    environment: Mapping[str, str], name: str, words: tuple[T, ...], *, default: str | None = None
) -> T:
    """An input that must be one of ``words``; an empty input is ``default``, or the first word."""
    given_word = environment.get(f"{PREFIX}{name}", "").strip()
    given_word = given_word or (str(words[0]) if default is None else default)
    for word in words:
        if word == given_word:
            return word
    raise UsageError(f"{_input(name)}: {given_word!r} is not one of {', '.join(map(str, words))}")


def _word(environment: Mapping[str, str], name: str, words: tuple[T, ...], faults: Faults) -> T:
    """As ``_one_of``; an invalid input is an error in ``faults`` and the first word."""
    return faults.value_or(lambda: _one_of(environment, name, words), words[0])


def _flag(environment: Mapping[str, str], name: str, faults: Faults) -> bool:
    return _word(environment, name, ("false", "true"), faults) == "true"


def _number(environment: Mapping[str, str], name: str, default: int, *, most: int) -> int:
    text = environment.get(f"{PREFIX}{name}", "").strip() or str(default)
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and 1 <= int(text) <= most):
        raise UsageError(f"{_input(name)}: {text!r} is not a number from 1 to {most}")
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
        raise UsageError(f"rate: {text!r} is not a number of requests a second")
    return rate


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    text = environment.get(f"{PREFIX}{name}", "").strip()
    if "\n" in text:
        raise UsageError(f"{_input(name)}: {text!r} is more than one line: give one path")
    return Path(text) if text else None


def _input(name: str) -> str:
    return name.lower().replace("_", "-")
