"""Finds what was approved for a push: its pull requests, our comment in each, the plan sealed there.

An approval counts for a stack while its commit is newer than the stack's last apply, and each of its changes
once. Asks for no more than it needs: first the pull request of the newest commit, then those of the rest of what
came since the last apply (a merge queue brings several; a run that was evicted from it left its part to this one).
"""

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from reconciler import __version__
from reconciler.errors import GitHubError, Refused
from reconciler.github.event import Pull
from reconciler.github.job import Job
from reconciler.github.posts import PLAN, find
from reconciler.github.repository import Order, Post, Repository
from reconciler.github.seal import Binding, Sealed, opened
from reconciler.model import Applied, Used
from reconciler.pipeline.approval import approval_of, judge
from reconciler.pipeline.plan import Planned, PlannedRun
from reconciler.planfile import Approved, Judgement, digest_of
from reconciler.planfile.file import LIMIT

COMMITS = 60
"""How many commits are looked at for their pull requests."""
ARTIFACTS = 20
WAITS = (2.0, 6.0)
"""Seconds between looks for the pull request of a commit that was just pushed."""
PREFIX = "reconciler"
"""What the names of artifacts begin with that may hold a plan file."""


@dataclass(slots=True)
class MergedRequest:
    """One merged pull request, the commit it was found by, and our comment: what it seals, or why nothing."""

    pull: Pull
    commit: str
    post: Post | None = None
    sealed: Sealed | None = None
    approved: Approved | None = None
    why: str = ""
    counts: bool = False


@dataclass(slots=True)
class Approvals:
    """What is known so far of the approvals for a job's push."""

    job: Job
    repository: Repository | None
    standings: list[MergedRequest] = field(default_factory=list)
    _seen: dict[str, tuple[int, ...]] = field(default_factory=dict)
    _waited: bool = False

    @property
    def concerned(self) -> list[MergedRequest]:
        """The pull requests that a run is to be reported in: those of the push, and those whose approval counts."""
        pushed = {self.job.event.sha, *self.job.event.commits}
        return [one for one in self.standings if one.counts or one.commit in pushed]

    def order(self, planned: Planned, repository: str) -> Order:
        """How the job's commit stands to the one that the stack was applied from last by the manifests' ``repository``.

        Another repository's commits are no part of this one's history, so they are passed over.
        """
        applies = applies_of(planned, repository)
        last = _commit(applies[-1]) if applies else ""
        if not applies or last == self.job.event.sha:
            return "identical"
        if not last or self.repository is None:
            return "unknown"
        return self.repository.order(last, self.job.event.sha)

    def verdict(self, run: PlannedRun) -> Judgement:
        """Whether everything of ``run`` is approved, after a look at as many pull requests as that takes."""
        reasons: list[str] = []
        uses: dict[int, Used] = {}
        for planned in run.planned:
            one = self._of_stack(replace(run, planned=(planned,)), planned)
            reasons += one.reasons
            uses |= one.uses
        told = [f"pull request #{one.pull.number}: {one.why}" for one in self.standings if one.why]
        return Judgement((*told, *reasons) if reasons else (), uses)

    def look_at(self, commit: str) -> tuple[int, ...]:
        """The numbers of the merged pull requests that brought ``commit``, each looked at once."""
        if self.repository is None:
            return ()
        if commit not in self._seen:
            event = self.job.event
            pulls = [event.pull] if event.pull else self.repository.pulls_of(commit)
            base = event.pull.base_ref if event.pull else event.branch
            here = [pull for pull in pulls if pull.base_ref == base]
            known = {one.pull.number for one in self.standings}
            self.standings += [
                self._standing(self.repository, pull, commit) for pull in here if pull.number not in known
            ]
            self._seen[commit] = tuple(pull.number for pull in here)
        return self._seen[commit]

    def belongs_to_a_pull_request(self) -> bool:
        """Whether any commit of the push came by a pull request; also where there are too many to look at all."""
        commits = list(dict.fromkeys(self._pushed()))
        self._wait_for_github()
        return len(commits) > COMMITS or any(self.look_at(one) for one in commits)

    def _of_stack(self, run: PlannedRun, planned: Planned) -> Judgement:
        """The verdict on one stack's plan, by the approvals of the commits since its last apply."""
        verdict = judge(run, (), self.job.plan_key)
        if not verdict.reasons or self.repository is None:
            return verdict
        if refused := self._other_base():
            return Judgement((refused, *verdict.reasons), {})
        numbers: set[int] = set()
        self._wait_for_github()
        for count, commit in enumerate(self._commits(run, planned)):
            if count == COMMITS:
                break
            if not (found := set(self.look_at(commit)) - numbers):
                continue
            numbers |= found
            counting = [
                one for one in self.standings if one.pull.number in numbers and self._counts(run, one)
            ]
            verdict = judge(run, [one.approved for one in counting if one.approved], self.job.plan_key)
            if not verdict.reasons:
                for one in counting:
                    one.counts = True
                break
        return verdict

    def _other_base(self) -> str:
        """Why approvals for this branch don't count, or ""."""
        event = self.job.event
        base = event.pull.base_ref if event.pull else event.branch
        return "" if self.repository is None else not_a_base(self.job, self.repository, base)

    def _commits(self, run: PlannedRun, planned: Planned) -> Iterator[str]:
        """The commits whose approvals count for a stack, the newest first: those since its last apply.

        Where the last apply was of this very commit, those since the apply before it: a failed job is run again.
        """
        event = self.job.event
        yield event.sha
        if event.pull or self.repository is None:
            return
        earlier = [one for one in map(_commit, applies_of(planned, run.repository)) if one != event.sha]
        commits = self._since(earlier[-1]) if earlier else None
        yield from (one for one in (self._pushed() if commits is None else commits) if one != event.sha)

    def _pushed(self) -> Iterator[str]:
        """The commits of the push, the newest first."""
        event = self.job.event
        seen = dict.fromkeys((event.sha, *event.commits))
        yield from seen
        commits = () if event.pull else self._since(event.before) or ()
        yield from (one for one in commits if one not in seen)

    def _since(self, commit: str) -> Sequence[str] | None:
        """The commits of the job's that ``commit`` lacks, the newest first; None where it is not in the history."""
        if self.repository is None or not commit:
            return None
        try:
            return self.repository.commits_between(commit, self.job.event.sha)
        except GitHubError as error:
            if error.status != 404:
                raise
            return None

    def _wait_for_github(self) -> None:
        """Right after a merge GitHub may not yet know which pull request a commit is from: look a few times."""
        if self._waited or self.repository is None or self.job.event.name != "push":
            return
        self._waited = True
        for seconds in WAITS:
            if self.look_at(self.job.event.sha):
                return
            self.repository.client.sleep(seconds)
            del self._seen[self.job.event.sha]

    def _counts(self, run: PlannedRun, standing: MergedRequest) -> bool:
        """Whether a pull request approves anything of ``run``; ``why`` says why not."""
        if standing.sealed is not None and standing.approved is None and not standing.why:
            try:
                plan = self._plan_of(standing.sealed)
                standing.approved = approval_of(run, plan, self.job.plan_key)
            except Refused as refused:
                standing.why = " ".join(refused.reasons)
        return standing.approved is not None

    def _plan_of(self, sealed: Sealed) -> str:
        if sealed.plan is not None or self.repository is None:
            return sealed.plan or ""
        return _from_artifacts(self.repository, sealed.binding.run_id, sealed.digest)

    def _standing(self, repository: Repository, pull: Pull, commit: str) -> MergedRequest:
        post = find(repository, pull.number, self.job.target, PLAN)
        if post is None:
            return MergedRequest(pull, commit, why="holds no plan of this target")
        try:
            return MergedRequest(pull, commit, post, self._opened(repository, pull, post))
        except Refused as refused:
            return MergedRequest(pull, commit, post, why=" ".join(refused.reasons))

    def _opened(self, repository: Repository, pull: Pull, post: Post) -> Sealed:
        key = self.job.plan_key
        if key is None:
            raise Refused("without plan-key it can't be checked what it approves")
        return opened(post.body, key=key, expected=binding_of(self.job, pull, repository.name))


def binding_of(job: Job, pull: Pull, repository: str) -> Binding:
    """What an approval in ``pull`` is for, made or expected by ``job``."""
    return Binding(
        repository=repository,
        pull=pull.number,
        base_ref=pull.base_ref,
        base_sha=pull.base_sha,
        head_sha=pull.head_sha,
        target=job.target.key,
        tool_version=__version__,
        run_id=job.event.run_id,
    )


def not_a_base(job: Job, repository: Repository, branch: str) -> str:
    """Why pull requests into ``branch`` approve nothing, or "" where they do."""
    known = job.base_branches or (job.event.default_branch or repository.default_branch(),)
    if branch in known:
        return ""
    return (
        f"pull requests into {branch or 'no branch'} approve nothing, only those into {', '.join(known)}: "
        "the input base-branches names others"
    )


def applies_of(planned: Planned, repository: str) -> list[Applied]:
    """The applies of a stack but for those of another repository's commits. One of no known commit may be of any."""
    return [
        one
        for one in planned.record.applies
        if not (repository and _commit(one) and one.repository not in ("", repository))
    ]


def _commit(applied: Applied) -> str:
    """The commit alone, without what says that files were edited since."""
    return applied.commit.partition("-")[0]


def _from_artifacts(repository: Repository, run_id: str, digest: str) -> str:
    """The plan file with this digest, from the artifacts of the run that made it. Raises Refused, GitHubError."""
    for number, one in enumerate(repository.artifacts(run_id)):
        if number == ARTIFACTS:
            break
        if str(one.get("name", "")).startswith(PREFIX) and not one.get("expired"):
            for text in _files(repository.artifact(int(one["id"]), limit=LIMIT)):
                if digest_of(text) == digest:
                    return text
    raise Refused(
        f"its plan was too long for the comment, and no artifact of run {run_id} whose name begins with "
        f"{PREFIX!r} holds it: upload the output plan-json, and keep it until the merge"
    )


def _files(archive: bytes) -> Iterator[str]:
    """The JSON files of a ZIP archive, none larger than a plan file may be."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as archived:
            for entry in archived.infolist()[:ARTIFACTS]:
                if entry.filename.endswith(".json") and entry.file_size <= LIMIT:
                    yield archived.read(entry).decode("utf-8")
    except (zipfile.BadZipFile, zlib.error, UnicodeDecodeError, RuntimeError, NotImplementedError):
        return
