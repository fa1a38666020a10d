"""Finds what was approved for a push: its pull requests, reconciler's comment in each, and the plan sealed in it.

An approval counts for a stack while its commit is newer than the stack's last apply, and each approved change counts
once. Pull requests are read only as far as needed: first that of the newest commit, then those of the other commits
since the last apply (a merge queue brings several; a run may also have to do the work of a cancelled run).
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler import __version__
from reconciler.errors import GitHubError, Refused
from reconciler.github.artifacts import plan_in_artifacts
from reconciler.github.event import Pull, sha
from reconciler.github.job import Job
from reconciler.github.posts import PLAN, find_all
from reconciler.github.repository import Order, Post, Repository
from reconciler.github.reviewed import check_reviewed
from reconciler.github.seal import Binding, Sealed, opened
from reconciler.model import Applied, Used
from reconciler.model.unapproved import (
    NotDirect,
    OtherBase,
    OtherBranch,
    OtherEvent,
    PushFault,
    RequestRefused,
    Unapproved,
)
from reconciler.pipeline.approval import approval_of, judge
from reconciler.pipeline.planned import Planned, PlannedRun
from reconciler.planfile import AHEAD, MOMENT, VALID_FOR, Approved, Judgement, Once

COMMITS = 60
"""The pull requests of at most this many commits are read."""
WAITS = (2.0, 6.0)
"""Seconds between requests for the pull request of a commit that was just pushed."""


class MergedRequest(Struct):
    """A merged pull request, the commit by which it was found, and reconciler's comment in it.

    ``sealed`` is the sealed approval in the comment, ``approved`` the plan in it; ``why`` says why there is none.
    ``counts``: it approves a change of this run.
    """

    pull: Pull
    commit: str
    post: Post | None = None
    sealed: Sealed | None = None
    approved: Approved | None = None
    why: str = ""
    counts: bool = False


class Approvals(Struct):
    """The approvals for a job's push, as far as they were read."""

    job: Job
    repository: Repository | None
    requests: list[MergedRequest] = field(default_factory=list)
    _seen: dict[str, tuple[int, ...]] = field(default_factory=dict)
    _waited: bool = False

    @property
    def to_report_in(self) -> list[MergedRequest]:
        """The pull requests in which the run is reported: those of the push, and those whose approval counts."""
        pushed = {self.job.event.sha, *self.job.event.commits}
        return [request for request in self.requests if request.counts or request.commit in pushed]

    def order(self, planned: Planned, repository: str) -> Order:
        """How the job's commit relates to the commit of the stack's last apply from ``repository``.

        Applies from other repositories are ignored, since their commits are in another history.
        """
        applies = applies_of(planned, repository)
        last = _commit(applies[-1]) if applies else ""
        if not applies or last == self.job.event.sha:
            return "identical"
        if not last or self.repository is None:
            return "unknown"
        return self.repository.order(last, self.job.event.sha)

    def verdict(self, run: PlannedRun) -> Judgement:
        """Whether all changes of ``run`` are approved; reads as many pull requests as this needs."""
        unapproved: list[Unapproved] = []
        uses: dict[int, Used] = {}
        for planned in run.planned:
            judgement = self._of_stack(replace(run, planned=(planned,)), planned)
            unapproved += judgement.unapproved
            uses |= judgement.uses
        refused = [
            RequestRefused(request.pull.number, request.why) for request in self.requests if request.why
        ]
        return Judgement((*refused, *unapproved) if unapproved else (), uses)

    def look_at(self, commit: str) -> tuple[int, ...]:
        """The numbers of the merged pull requests that contain ``commit``; each is read once."""
        if self.repository is None:
            return ()
        if commit not in self._seen:
            event = self.job.event
            pulls = [event.pull] if event.pull else self.repository.pulls_of(commit)
            base = event.pull.base_ref if event.pull else event.branch
            here = [pull for pull in pulls if pull.base_ref == base]
            known = {request.pull.number for request in self.requests}
            self.requests += [
                self._request(self.repository, pull, commit) for pull in here if pull.number not in known
            ]
            self._seen[commit] = tuple(pull.number for pull in here)
        return self._seen[commit]

    def why_no_direct_push(self) -> NotDirect | None:
        """Why `without-approval: apply` does not cover this push, or None."""
        event, repository = self.job.event, self.repository
        if event.name != "push":
            return OtherEvent(event.name)
        if repository is None:
            return PushFault.PULLS_UNKNOWN
        if event.branch not in (bases := base_branches(self.job, repository)):
            return OtherBranch(event.branch, bases)
        commits = list(dict.fromkeys(self._pushed()))
        self._wait_for_github()
        of_a_pull = (
            len(commits) > COMMITS
            or any(self._belongs(repository, commit) for commit in commits)
            or repository.was_merged_as(event.branch, commits)
        )
        return PushFault.OF_A_PULL_REQUEST if of_a_pull else None

    def _belongs(self, repository: Repository, commit: str) -> bool:
        """Whether a pull request into this branch contains ``commit``: a merged one, or an open one, which GitHub may
        be about to mark as merged.
        """
        return bool(self.look_at(commit)) or any(
            pull.base_ref == self.job.event.branch and not pull.closed
            for pull in repository.pulls_with(commit)
        )

    def _of_stack(self, run: PlannedRun, planned: Planned) -> Judgement:
        """Whether a stack's plan is approved, by the approvals of the commits since its last apply."""
        verdict = judge(run, (), self.job.plan_key)
        if not verdict.unapproved or self.repository is None:
            return verdict
        if other := self._other_base():
            return Judgement((other, *verdict.unapproved), {})
        numbers: set[int] = set()
        self._wait_for_github()
        for count, commit in enumerate(self._commits(run, planned)):
            if count == COMMITS:
                break
            if not (found := set(self.look_at(commit)) - numbers):
                continue
            numbers |= found
            counting = [
                request
                for request in self.requests
                if request.pull.number in numbers and self._counts(run, request)
            ]
            verdict = judge(
                run, [request.approved for request in counting if request.approved], self.job.plan_key
            )
            if not verdict.unapproved:
                for request in counting:
                    request.counts = True
                break
        return verdict

    def _other_base(self) -> OtherBase | None:
        """Why approvals for this branch do not count, or None."""
        event = self.job.event
        base = event.pull.base_ref if event.pull else event.branch
        return None if self.repository is None else not_a_base(self.job, self.repository, base)

    def _commits(self, run: PlannedRun, planned: Planned) -> Iterator[str]:
        """The commits whose approvals count for a stack, newest first: those since its last apply.

        If the last apply was of this same commit (a failed job is run again), those since the apply before it.
        """
        event = self.job.event
        yield event.sha
        if event.pull or self.repository is None:
            return
        earlier = [
            commit for commit in map(_commit, applies_of(planned, run.repository)) if commit != event.sha
        ]
        commits = self._since(earlier[-1]) if earlier else None
        yield from (
            commit for commit in (self._pushed() if commits is None else commits) if commit != event.sha
        )

    def _pushed(self) -> Iterator[str]:
        """The commits of the push, newest first."""
        event = self.job.event
        seen = dict.fromkeys((event.sha, *event.commits))
        yield from seen
        commits = () if event.pull else self._since(event.before) or ()
        yield from (commit for commit in commits if commit not in seen)

    def _since(self, commit: str) -> Sequence[str] | None:
        """The job's commits after ``commit``, newest first; None if ``commit`` is not in the history."""
        if self.repository is None or not commit:
            return None
        try:
            return self.repository.commits_between(commit, self.job.event.sha)
        except GitHubError as error:
            if error.status != 404:
                raise
            return None

    def _wait_for_github(self) -> None:
        """Wait until GitHub knows the merged pull request of the pushed commit: right after the merge it may not."""
        if self._waited or self.repository is None or self.job.event.name != "push":
            return
        self._waited = True
        for seconds in WAITS:
            if self.look_at(self.job.event.sha):
                return
            self.repository.client.sleep(seconds)
            del self._seen[self.job.event.sha]

    def _counts(self, run: PlannedRun, request: MergedRequest) -> bool:
        """Whether a pull request approves anything of ``run``; ``why`` says why not."""
        if request.sealed is not None and request.approved is None and not request.why:
            try:
                approved = approval_of(run, self._plan_of(request.sealed), self.job.plan_key)
                request.approved = approved._replace(once=_once(request.sealed.binding, run))
            except Refused as refused:
                request.why = " ".join(refused.reasons)
        return request.approved is not None

    def _plan_of(self, sealed: Sealed) -> str:
        if sealed.plan is not None or self.repository is None:
            return sealed.plan or ""
        return plan_in_artifacts(self.repository, sealed.binding.run_id, sealed.digest)

    def _request(self, repository: Repository, pull: Pull, commit: str) -> MergedRequest:
        found = find_all(repository, pull.number, self.job.target, PLAN)
        if not found:
            return MergedRequest(pull, commit, why="it has no comment with a plan of this target")
        post = found[0]
        try:
            return MergedRequest(pull, commit, post, self._opened(repository, pull, found))
        except Refused as refused:
            return MergedRequest(pull, commit, post, why=" ".join(refused.reasons))

    def _opened(self, repository: Repository, pull: Pull, posts: Sequence[Post]) -> Sealed:
        post, *others = posts
        if others:
            raise Refused(
                f"it has {len(posts)} comments with a plan of this target, so it is unknown which one "
                "was reviewed. Before a merge, the next plan leaves one of them"
            )
        key = self.job.plan_key
        if key is None:
            raise Refused("its approval cannot be checked: plan-key is not set")
        found = opened(post.body, key=key, expected=binding_of(self.job, pull, repository.name))
        check_reviewed(repository, pull, post, found.binding.written)
        return found


def binding_of(job: Job, pull: Pull, repository: str, *, written: str = "") -> Binding:
    """What an approval in ``pull`` is valid for, when ``job`` makes it (at ``written``) or checks it."""
    return Binding(
        repository=repository,
        pull=pull.number,
        base_ref=pull.base_ref,
        base_sha=pull.base_sha,
        head_sha=pull.head_sha,
        target=job.target.key,
        tool_version=__version__,
        run_id=job.event.run_id,
        written=written,
    )


def not_a_base(job: Job, repository: Repository, branch: str) -> OtherBase | None:
    """Why pull requests into ``branch`` approve nothing; None if they can approve."""
    known = base_branches(job, repository)
    return None if branch in known else OtherBase(branch, known)


def base_branches(job: Job, repository: Repository) -> tuple[str, ...]:
    """The branches that are applied: those of the input, or the default branch."""
    return job.base_branches or (job.event.default_branch or repository.default_branch(),)


def applies_of(planned: Planned, repository: str) -> list[Applied]:
    """The applies of a stack, without those of another repository. An apply without a commit counts."""
    return [
        applied
        for applied in planned.record.applies
        if not (repository and _commit(applied) and applied.repository not in ("", repository))
    ]


def _commit(applied: Applied) -> str:
    """The commit without the suffix for edited files; "" if it is not a commit, which an edited record can contain."""
    try:
        return sha(applied.commit.partition("-")[0])
    except ValueError:
        return ""


def _once(binding: Binding, run: PlannedRun) -> Once:
    """The identity and expiry under which the record keeps a pull request's used approvals.

    All plans of one head have the same identity, so that an earlier comment, if restored, approves nothing again. The
    marks are kept for as long as any of these approvals is valid.
    """
    identity = f"{binding.repository}#{binding.pull} at {binding.head_sha}"
    return Once(identity, (run.now + VALID_FOR + AHEAD).strftime(MOMENT))
