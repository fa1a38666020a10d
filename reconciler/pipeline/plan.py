"""fetch → plan → guard for every stack that the manifests declare. Its client can't write."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler import digest
from reconciler.fetch import PREVIEW, fetch
from reconciler.kinds import SECTIONS
from reconciler.model import Desired, LiveState
from reconciler.pipeline.keys import DIGEST_KEY
from reconciler.pipeline.manifests import Manifests
from reconciler.pipeline.scope import Scope, in_scope
from reconciler.pipeline.session import Session, never_repeat

if TYPE_CHECKING:
    from reconciler.pipeline.planned import PlannedRun


def plan(
    session: Session,
    manifests: Manifests,
    scope: Scope | None = None,
    environment: Mapping[str, str] | None = None,
) -> "PlannedRun":
    """Plan every stack in ``scope``, None for all that ``manifests`` declare. Writes nothing.

    ``environment`` is where ``RECONCILER_DIGEST_KEY`` stands, None for this process's own. From now on no message of
    the session repeats the values of its secrets and of the manifests' sensitive variables.

    Raises ``InvalidManifests``; ``UsageError`` for a scope that the manifests do not have; ``DamagedRecord``; and what
    the API raised. What a guard refuses is no error here: see ``PlannedRun.refusals``.
    """
    scope, environment = scope or Scope(), os.environ if environment is None else environment
    manifests.raise_if_invalid()
    never_repeat(session, environment, manifests)
    stacks = in_scope(manifests.desired, scope)
    key = digest.checked_key(environment.get(DIGEST_KEY))
    with session.stages.stage("fetch"), _begun(session, stacks) as live:
        # Planning is imported while the server answers.
        from reconciler.pipeline.ownership import begin_forgotten
        from reconciler.pipeline.plan_stacks import plan_stacks

        forgotten = begin_forgotten(session, manifests, scope)
        states = live.result()
    with session.stages.stage("plan"):
        return plan_stacks(
            session,
            manifests,
            stacks,
            states,
            scope=scope,
            key=key,
            forgotten=forgotten,
            live_again=lambda stack: _live(session, [stack])[stack.cluster],
        )


@contextmanager
def _begun(session: Session, stacks: Sequence[Desired]) -> Iterator[Future[dict[str, LiveState]]]:
    """What is live in the clusters of these stacks, asked for in a thread."""
    threads = ThreadPoolExecutor(1, "live")
    try:
        yield threads.submit(_live, session, stacks)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


def _live(session: Session, stacks: Sequence[Desired]) -> dict[str, LiveState]:
    """What is live in the clusters of these stacks, by the cluster's name."""
    return fetch(
        session.reader,
        [desired.cluster for desired in stacks],
        sections=[section for section in PREVIEW if any(_needs(desired, section) for desired in stacks)],
        spared=_spared(stacks),
        company=session.company,
        parallelism=session.parallelism,
    )


def _needs(desired: Desired, section: str) -> bool:
    """The company's is always read, since what is recorded may have left the manifests; else what is declared."""
    kind = SECTIONS[section]
    return kind.of_company or any(named[0] == kind.name for named in (*desired.manifests, *desired.removed))


def _spared(stacks: Sequence[Desired]) -> tuple[str, ...]:
    """What is in preview and nobody declares: a feature in preview that fails must not keep anyone from all else."""
    declared = {kind for desired in stacks for kind, _ in (*desired.manifests, *desired.removed)}
    return tuple(section for section in PREVIEW if SECTIONS[section].name not in declared)
