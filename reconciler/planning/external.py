"""Finds the live objects of ``external`` secrets, configs and volumes. Pure.

It is the object with exactly that live name. If there is none, it is the current version of the object with that
logical name, if a single other stack owns one; ``external: {stack: A}`` names the stack.
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
    """Whether a manifest refers to an object that is made elsewhere."""
    return bool(manifest.spec.get("external"))


def resolve_external(facts: Facts, draft: Draft, manifest: Manifest) -> None:
    """Add the live name of an external object to the draft, or a refusal."""
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
    """The stack in ``external: {stack: A}``; "" for ``external: true``."""
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
    """The live name of an external object, or why it cannot be resolved.

    ``stack`` is the stack that must own it, "" for any. ``exists`` and ``owner`` take a live name: whether it
    exists, and the stack that owns it ("" for none). ``shared`` are the objects of other stacks, ``coming`` those
    that stacks applied earlier in the run will create.
    """
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
    """The stacks that own an object created under this name and renamed later, each with its name now."""
    return sorted(
        (stack, now)
        for (of_kind, now), stacks in shared.items()
        if of_kind == kind and now != name
        for stack, live_name in stacks.items()
        if split(live_name)[0] == name
    )
