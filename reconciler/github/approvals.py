"""Finds what was approved for a push: its pull requests, our comment in each, the plan sealed there.

Asks for no more than it needs: first the pull request of the newest commit, then those of the rest of the
push (a merge queue brings several), at last those since the last apply (a run that was evicted from the queue
left its part to this one).
"""

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from reconciler import __version__
from reconciler.errors import GitHubError, Refused
from reconciler.github.approval import Binding, block_in, digest_of, opened, union
from reconciler.github.event import Pull
from reconciler.github.job import Job
from reconciler.github.posts import find
from reconciler.github.repository import Post, Repository
from reconciler.pipeline.plan import Run
from reconciler.planfile import Approved, decode, differences
from reconciler.planfile.file import LIMIT

COMMITS = 60
"""How many commits are looked at for their pull requests."""
ARTIFACTS = 20
WAITS = (2.0, 6.0)
"""Seconds between looks for the pull request of a commit that was just pushed."""
PREFIX = "reconciler"
"""What the names of artifacts begin with that may hold a plan file."""


@dataclass(slots=True)
class Standing:
    """One merged pull request, our comment in it, and what it approves or why it approves nothing."""

    pull: Pull
    post: Post | None = None
    approved: Approved | None = None
    why: str = ""


@dataclass(slots=True)
class Approvals:
    """What is known so far of the approvals for a job's push."""

    job: Job
    repository: Repository | None
    standings: list[Standing] = field(default_factory=list)

    def reasons(self, run: Run) -> tuple[str, ...]:
        """Why ``run`` is not approved, after a look at as many pull requests as that takes; none if it is."""
        reasons = self._differences(run)
        if reasons and self._waited_for_github():
            reasons = self._differences(run)
        for _ in self._more(run) if reasons else ():
            reasons = self._differences(run)
            if not reasons:
                return ()
        told = [f"pull request #{one.pull.number}: {one.why}" for one in self.standings if one.why]
        return (*told, *reasons)

    def look_at(self, commit: str) -> bool:
        """Take in the merged pull requests of a commit; whether there were any not seen before."""
        if self.repository is None:
            return False
        event, before = self.job.event, len(self.standings)
        pulls = [event.pull] if event.pull else self.repository.pulls_of(commit)
        known = {one.pull.number for one in self.standings}
        base = event.pull.base_ref if event.pull else event.branch
        for pull in pulls:
            if pull.number not in known and pull.base_ref == base:
                self.standings.append(self._standing(self.repository, pull))
        return len(self.standings) > before

    def _waited_for_github(self) -> bool:
        """Right after a merge GitHub may not yet know which pull request a commit is from; if waiting helped."""
        if self.standings or self.repository is None or self.job.event.name != "push":
            return False
        for seconds in WAITS:
            self.repository.client.sleep(seconds)
            if self.look_at(self.job.event.sha):
                return True
        return False

    def _more(self, run: Run) -> Iterator[None]:
        """Once for every commit that brought pull requests not seen before."""
        for commit in self._commits(run):
            if self.look_at(commit):
                yield

    def _commits(self, run: Run) -> Iterator[str]:
        seen: set[str] = set()
        for commits in self._stretches(run):
            for commit in commits:
                if len(seen) == COMMITS:
                    return
                if commit not in seen:
                    seen.add(commit)
                    yield commit

    def _stretches(self, run: Run) -> Iterator[Sequence[str]]:
        event = self.job.event
        if event.pull or self.repository is None:
            return
        yield (event.sha, *event.commits)
        applied = [one.record.applies[-1].commit for one in run.planned if one.record.applies]
        for since in dict.fromkeys((event.before, *applied)):
            if since and since != event.sha:
                try:
                    yield self.repository.commits_between(since, event.sha)
                except GitHubError as error:
                    if error.status != 404:  # the commit is gone from the history: nothing leads from there
                        raise

    def _differences(self, run: Run) -> tuple[str, ...]:
        approved = union(one.approved for one in self.standings if one.approved)
        if approved is not None:
            return differences(approved, run.plans, key=self.job.plan_key)
        changes = [change for plan in run.plans for change in plan.changes]
        released = [f"{plan.cluster}/{one.kind}/{one.name}" for plan in run.plans for one in plan.released]
        return (
            *(f"{one.address}: {one.action} was not approved" for one in changes),
            *(f"{one}: to release it was not approved" for one in released),
        )

    def _standing(self, repository: Repository, pull: Pull) -> Standing:
        post = find(repository, pull.number, self.job.target)
        if post is None:
            return Standing(pull, why="holds no plan of this target")
        try:
            return Standing(pull, post, self._approved(repository, pull, post))
        except Refused as refused:
            return Standing(pull, post, why=" ".join(refused.reasons))

    def _approved(self, repository: Repository, pull: Pull, post: Post) -> Approved:
        key = self.job.plan_key
        if key is None:
            raise Refused("without plan-key nothing can be checked that it approves")
        expected = Binding(
            repository=repository.name,
            pull=pull.number,
            base_ref=pull.base_ref,
            base_sha=pull.base_sha,
            head_sha=pull.head_sha,
            target=self.job.target.key,
            tool_version=__version__,
            run_id="",
        )
        sealed = opened(block_in(post.body), key=key, expected=expected)
        plan = (
            sealed.plan
            if sealed.plan is not None
            else _from_artifacts(repository, sealed.binding.run_id, sealed.digest)
        )
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return decode(plan, key=key, now=now, api_url=self.job.api_url)


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
