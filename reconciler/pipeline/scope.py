"""The part of the manifests that a run is about. Imports little, so that requests can be sent before manifests are
loaded."""

from collections.abc import Sequence

from msgspec import Struct

from reconciler.errors import UsageError
from reconciler.model import Address, Desired
from reconciler.pipeline.fleet import Shard


class Scope(Struct, frozen=True, kw_only=True):
    """The part of the manifests that a run is about, and whether it may adopt, delete or try held updates again."""

    clusters: Sequence[str] = ()
    shard: Shard | None = None
    targets: Sequence[Address] = ()
    adopt: bool = False
    prune: bool = False
    retry: bool = False
    mask: Sequence[str] = ()
    keep: Sequence[str] = ()


def in_scope(desired: Sequence[Desired], scope: Scope) -> list[Desired]:
    """The stacks in scope. Raises UsageError for a cluster or a target that the manifests do not have."""
    if not desired:
        raise UsageError("there is nothing to plan: no manifest declares anything")
    named = set(scope.clusters)
    if unknown := sorted(named - {stack.cluster for stack in desired}):
        known = ", ".join(sorted({stack.cluster for stack in desired}))
        raise UsageError(
            f"--cluster {unknown[0]}: the manifests declare no such cluster. They declare: {known}."
        )
    chosen = [stack for stack in desired if not named or stack.cluster in named]
    if scope.shard is not None:
        chosen = [stack for stack in chosen if stack.cluster in scope.shard]
    for target in scope.targets:
        if not any(_is_declared(stack, target) for stack in chosen):
            raise UsageError(
                f"--target {target}: the manifests neither declare it nor name it under removed. An address is "
                "CLUSTER/KIND/NAME, such as production/service/api."
            )
    if scope.targets:
        chosen = [
            stack for stack in chosen if any(target.cluster == stack.cluster for target in scope.targets)
        ]
    return chosen


def _is_declared(desired: Desired, target: Address) -> bool:
    key = (target.kind, target.name)
    return target.cluster == desired.cluster and (key in desired.manifests or key in desired.removed)
