"""A job and its result: the values between the pipeline and GitHub."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct, field

from reconciler.github.event import Event
from reconciler.github.target import JobTarget
from reconciler.model import Diagnostic, RunResult, Sensitive
from reconciler.pipeline.planned import PlannedRun
from reconciler.pipeline.scope import Scope

Command = Literal["validate", "plan", "apply", "drift"]
CommentWhen = Literal["always", "changes", "never"]
FailOn = Literal["errors", "changes"]
WithoutApproval = Literal["refuse", "apply"]
State = Literal[
    "valid",
    "planned",
    "offline",
    "refused",
    "applied",
    "failed",
    "outdated",
    "superseded",
    "drifted",
    "clean",
]
Reason = Literal["", "invalid", "plan-changed", "guard", "lease", "rollout", "api", "internal"]


class Job(Struct, frozen=True, kw_only=True):
    """The inputs of ``action.yml``, and the folders to work in.

    ``reachable`` is the part of the environment that manifests may use, ``environment`` the part with the keys for
    planning, such as the plan key. ``source`` is the name of the manifests' repository, "" for git's origin. ``folder``
    is where plan files go. ``base_branches`` are those into which pull requests approve; none means the default branch.
    ``rate`` is the most requests per second, and ``audit`` is a file for a line on each of them. ``allow_files`` are
    patterns of files that sources may read although git does not track them. ``faults`` are errors in the inputs: with
    any, the job fails.
    """

    command: Command
    event: Event
    target: JobTarget
    path: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    reachable: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    scope: Scope = field(default_factory=Scope)
    source: str = ""
    api_url: str
    token_key: str = ""
    token_value: Sensitive = field(default_factory=lambda: Sensitive(""))
    plan_key: bytes | None = None
    parallelism: int = 16
    rate: float | None = None
    audit: Path | None = None
    timeout: float = 600
    comment: CommentWhen = "always"
    fail_on: FailOn = "errors"
    without_approval: WithoutApproval = "refuse"
    base_branches: tuple[str, ...] = ()
    allow_files: tuple[str, ...] = ()
    workspace: Path
    folder: Path
    faults: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Job(command={self.command!r}, path={self.path!r})"

    @property
    def has_credentials(self) -> bool:
        """Whether there is a token for the MedStack API."""
        return bool(self.token_key and self.token_value.reveal())


class JobResult(Struct, frozen=True, kw_only=True):
    """How a job ended. ``headline`` and ``details`` are sentences of plain text, not escaped yet.

    ``run`` is what was planned, None if nothing was; ``result`` is how the apply ended, None if it did not begin.
    """

    state: State
    headline: str
    details: tuple[str, ...] = ()
    exit_code: int = 0
    reason: Reason = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    run: PlannedRun | None = None
    result: RunResult | None = None
