"""Plans every stack that the manifests declare: fetch → plan → guard. Its client cannot write."""

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
    """Plan every stack in ``scope`` (None: all that ``manifests`` declare). Writes nothing.

    ``environment`` has ``RECONCILER_DIGEST_KEY``; None: this process's own. From now on all messages of the session
    mask the values of its secrets and of the manifests' sensitive variables.

    Raises ``InvalidManifests`` if the manifests have errors, ``UsageError`` if ``scope`` names something that they do
    not have, ``DamagedRecord``, and what the API raises. Refusals of guards are not raised: see
    ``PlannedRun.refusals``.
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
    """Start a thread that reads the live state of these stacks' clusters."""
    threads = ThreadPoolExecutor(1, "live")
    try:
        yield threads.submit(_live, session, stacks)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


def _live(session: Session, stacks: Sequence[Desired]) -> dict[str, LiveState]:
    """The live state of these stacks' clusters, by the cluster's name."""
    return fetch(
        session.reader,
        [desired.cluster for desired in stacks],
        sections=[section for section in PREVIEW if any(_needs(desired, section) for desired in stacks)],
        spared=_spared(stacks),
        company=session.company,
        parallelism=session.parallelism,
    )


def _needs(desired: Desired, section: str) -> bool:
    """Whether to read a collection in preview: those of the company always, since recorded objects may no longer be
    declared; others if ``desired`` declares such an object."""
    kind = SECTIONS[section]
    return kind.of_company or any(named[0] == kind.name for named in (*desired.manifests, *desired.removed))


def _spared(stacks: Sequence[Desired]) -> tuple[str, ...]:
    """The collections in preview that no manifest declares: an error of the server there must not stop the run."""
    declared = {kind for desired in stacks for kind, _ in (*desired.manifests, *desired.removed)}
    return tuple(section for section in PREVIEW if SECTIONS[section].name not in declared)
