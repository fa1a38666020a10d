"""What others make: the live object that an ``external`` secret, config or volume stands for. Pure.

It is the object of exactly that live name, else what the only other stack that owns one of that logical name has
for it now, so that new versions are followed; ``{stack: A}`` says which stack.
"""

from collections.abc import Callable, Mapping
from typing import Any

from reconciler.kinds import KINDS
from reconciler.kinds.versions import split
from reconciler.model import External, Manifest, Named
from reconciler.model.refusal import RefusedExternal, UnresolvedExternal
from reconciler.planning.draft import Draft, Facts

Shared = Mapping[Named, Mapping[str, str]]
"""By kind and logical name: the live name that each other stack has for it."""


def is_external(manifest: Manifest) -> bool:
    """Whether the object is made elsewhere."""
    return bool(manifest.spec.get("external"))


def resolve_external(facts: Facts, draft: Draft, manifest: Manifest) -> None:
    """Note the live name of an external object, or refuse."""
    kind, name = manifest.address.kind, manifest.address.name
    stack = stack_of(manifest.spec["external"])
    found = resolve(
        kind,
        name,
        stack,
        exists=lambda live_name: facts.found(kind, live_name) is not None,
        shared=facts.options.shared,
        coming=facts.options.coming,
        owner=lambda live_name: facts.options.foreign.get((kind, live_name), ""),
    )
    if isinstance(found, UnresolvedExternal):
        draft.refusals.append(RefusedExternal(manifest.address, found))
        draft.live_names[kind, name] = name
    else:
        draft.live_names[kind, name] = found
        draft.externals.append(External(kind, name, stack, found))


def stack_of(external: Any) -> str:
    """The stack that ``external: {stack: A}`` names; "" for ``external: true``."""
    return str(external["stack"]) if isinstance(external, Mapping) else ""


def resolve(
    kind: str,
    name: str,
    stack: str,
    *,
    exists: Callable[[str], bool],
    shared: Shared,
    coming: Shared,
    owner: Callable[[str], str],
) -> str | UnresolvedExternal:
    """The live name, or why there is none. ``coming`` is what stacks that are applied before this one make."""
    owners = {
        **{source: live for source, live in shared.get((kind, name), {}).items() if exists(live)},
        **coming.get((kind, name), {}),
    }
    if stack:
        if stack in owners:
            return owners[stack]
        if exists(name) and owner(name) == stack:
            return name
    elif exists(name):
        return name
    elif len(owners) == 1:
        return next(iter(owners.values()))
    traits = KINDS[kind]
    renamed = _renamed(kind, name, shared) if traits.versioned else []
    return UnresolvedExternal(
        kind,
        traits.section,
        stack,
        owners=tuple(sorted(owners)),
        has_value=bool(traits.source),
        renamed=tuple(new_name for new_name in renamed if stack in ("", new_name[0])),
    )


def _renamed(kind: str, name: str, shared: Shared) -> list[tuple[str, str]]:
    """The stacks that own a version made under this name, each with the name that it has there now."""
    return sorted(
        (stack, now)
        for (of_kind, now), stacks in shared.items()
        if of_kind == kind and now != name
        for stack, live_name in stacks.items()
        if split(live_name)[0] == name
    )
