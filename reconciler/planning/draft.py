"""The input (``Facts``) and the result (``Draft``) that all parts of planning share."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct, field

from reconciler.kinds import KINDS, VERSIONED
from reconciler.kinds.mounts import mounted
from reconciler.kinds.versions import split
from reconciler.model import (
    Address,
    Blocker,
    Change,
    Covered,
    Desired,
    Elsewhere,
    External,
    Kept,
    Live,
    LiveState,
    Location,
    Manifest,
    Move,
    Named,
    Owned,
    Record,
    ServiceUser,
    Source,
    Spec,
    Write,
)
from reconciler.model.note import Note
from reconciler.model.refusal import Refusal
from reconciler.planning.masks import Unshown, nothing


class Options(Struct, frozen=True, kw_only=True):
    """The options of a plan, besides desired state, live state and record.

    ``covered``     the files of the run: only objects that one of them declared last are deleted
    ``elsewhere``   what other files of the repository say of objects that these do not declare, or also declare
    ``prune``       also delete objects that files outside the run declared
    ``retry``       send a spec again that the platform rolled back
    ``targets``     plan only these objects and their dependencies; empty: all
    ``mask``        shell patterns of further variables to mask, of manifests and of services
    ``unshown``     where a live text has values of secrets and sensitive variables, which are masked
    ``same_value``  by secret: whether its value is the recorded one; None or missing: unknown
    ``digest_key``  the key for digests of readable values
    ``keep``        fields of services that this version does not know and that are sent back unchanged
    ``foreign``     the objects of other stacks, by kind and live name or id, with the stack
    ``leaving``     the ids of live services that other stacks delete before this plan is applied
    ``foreign_uses`` by kind and live name: the services that use it according to the records of other stacks
    ``foreign_worked`` the same, for services that are not up by these records and worked with it last
    ``shared``      by kind and logical name: the live name that each other stack has for it
    ``coming``      the same, of stacks that the run applies before this one
    ``replaced``    services that ``moved`` renames: created again under the new name, then deleted
    """

    covered: tuple[Covered, ...] = ()
    elsewhere: Mapping[Named, Elsewhere] = field(default_factory=dict)
    prune: bool = False
    retry: bool = False
    targets: frozenset[Named] = frozenset()
    mask: tuple[str, ...] = ()
    unshown: Unshown = nothing
    same_value: Mapping[str, bool | None] = field(default_factory=dict)
    digest_key: bytes = b""
    keep: frozenset[str] = frozenset()
    foreign: Mapping[Named, str] = field(default_factory=dict)
    leaving: frozenset[str] = frozenset()
    foreign_uses: Mapping[Named, tuple[ServiceUser, ...]] = field(default_factory=dict)
    foreign_worked: Mapping[Named, tuple[Blocker, ...]] = field(default_factory=dict)
    shared: Mapping[Named, Mapping[str, str]] = field(default_factory=dict)
    coming: Mapping[Named, Mapping[str, str]] = field(default_factory=dict)
    replaced: Mapping[Named, Move] = field(default_factory=dict)


class Facts(Struct, frozen=True, dict=True):
    """The desired state, live state and record of one stack, with indexes."""

    desired: Desired
    live: LiveState
    record: Record
    options: Options

    def address(self, kind: str, name: str) -> Address:
        """The address of an object of this cluster."""
        return Address(self.desired.cluster, kind, name)

    def declared(self, kind: str) -> Iterator[tuple[str, Manifest]]:
        """The manifests of a kind that the run plans, as (name, manifest), sorted by name."""
        return ((name, manifest) for name, manifest in self._declared[kind] if self.in_scope(kind, name))

    def in_scope(self, kind: str, name: str) -> bool:
        """Whether the run plans this object: without targets always, else if it is a target or a dependency of one."""
        return not self.options.targets or (kind, name) in self._scope

    def is_declared(self, owned: Owned) -> bool:
        """Whether the manifests still declare a recorded object.

        Not if it is ``external`` there now, since it is then managed elsewhere.
        """
        key = (owned.kind, owned.name)
        manifest = self.desired.manifests.get(key)
        if manifest is None:
            return key in self.desired.invalid
        return not manifest.spec.get("external") or owned.live_name == owned.name

    def consent(self, named: Named) -> Location | None:
        """The place of the consent to delete an object: its entry under ``removed``, or the move that renames a
        service.
        """
        replaced = self.options.replaced.get(named)
        return self.desired.removed.get(named) or (replaced.location if replaced else None)

    def source(self, owned: Owned) -> Source | None:
        """The file that declared an object last.

        For an old version this is the file of the current version, if there is one.
        """
        return (self.current(owned.kind, owned.name) or owned).source

    def is_covered(self, source: Source) -> bool:
        """Whether a file belongs to the run."""
        return any(folder.covers(source) for folder in self.options.covered)

    def declared_before_elsewhere(self) -> Iterator[tuple[Named, Source | None]]:
        """The declared objects that the record says a file outside the run declared last, each with that file (None
        if unknown).
        """
        for (kind, name), manifest in self.desired.manifests.items():
            owned = self.current(kind, name)
            if owned is None or manifest.source in (None, owned.source) or not self.in_scope(kind, name):
                continue
            if owned.source is None or not self.is_covered(owned.source):
                yield (kind, name), owned.source

    def still_there(self, owned: Owned) -> Live | None:
        """The live object that a recorded object is; None if it is gone.

        It must have the recorded name and, if known, the recorded id; for kinds without unique names only the id.
        """
        if not KINDS[owned.kind].named:
            return next(
                (
                    candidate
                    for candidate in self.live.objects.get(owned.kind, ())
                    if candidate.id == owned.id
                ),
                None,
            )
        live = self.found(owned.kind, owned.live_name)
        return live if live and owned.id in ("", live.id) else None

    def found(self, kind: str, name: str) -> Live | None:
        """The live object with exactly that name."""
        return self._by_name.get((kind, name))

    def namesake(self, kind: str, name: str) -> Live | None:
        """The live object with that name, ignoring case: the platform's names are case-insensitive."""
        return self._by_lower.get((kind, name.lower()))

    def current(self, kind: str, name: str) -> Owned | None:
        """The recorded object with that logical name, in its current version."""
        return self._current.get((kind, name))

    def retired(self, kind: str, name: str) -> tuple[Owned, ...]:
        """The recorded old versions of an object."""
        return tuple(self._retired.get((kind, name), ()))

    def versions(self, kind: str, name: str) -> tuple[Live, ...]:
        """The live objects that are ``name`` or a version of it, of any owner, oldest first."""
        return tuple(self._versions.get((kind, name.lower()), ()))

    def is_ours(self, live: Live) -> bool:
        """Whether the record holds this live object, by the same rule as ``still_there``."""
        if not KINDS[live.kind].named:
            return (live.kind, live.id) in self._ids
        owned = self._by_live_name.get((live.kind, live.name))
        return owned is not None and owned.id in ("", live.id)

    def owner(self, live: Live) -> str:
        """The other stack that owns a live object; "" if there is none."""
        return self.options.foreign.get((live.kind, live.name), "")

    @cached_property
    def owned(self) -> tuple[Owned, ...]:
        """The recorded objects, sorted by kind, name and live name."""
        return tuple(
            sorted(self.record.owned, key=lambda owned: (owned.kind, owned.name, owned.live_name, owned.id))
        )

    @cached_property
    def _scope(self) -> frozenset[Named]:
        return with_needs(self.desired, self.options.targets)

    @cached_property
    def _declared(self) -> Mapping[str, list[tuple[str, Manifest]]]:
        by_kind: dict[str, list[tuple[str, Manifest]]] = defaultdict(list)
        for (kind, name), manifest in sorted(self.desired.manifests.items(), key=lambda item: item[0]):
            by_kind[kind].append((name, manifest))
        return by_kind

    @cached_property
    def _by_name(self) -> Mapping[Named, Live]:
        return {(live.kind, live.name): live for objects in self.live.objects.values() for live in objects}

    @cached_property
    def _by_lower(self) -> Mapping[Named, Live]:
        return {(kind, name.lower()): live for (kind, name), live in self._by_name.items()}

    @cached_property
    def _versions(self) -> Mapping[Named, list[Live]]:
        versions: dict[Named, list[Live]] = defaultdict(list)
        for kind in VERSIONED:
            for live in self.live.objects.get(kind, ()):
                versions[kind, split(live.name)[0].lower()].append(live)
        for found in versions.values():
            found.sort(key=lambda live: split(live.name)[1])
        return versions

    @cached_property
    def _current(self) -> Mapping[Named, Owned]:
        return {(owned.kind, owned.name): owned for owned in self.owned if not owned.retired}

    @cached_property
    def _retired(self) -> Mapping[Named, list[Owned]]:
        retired: dict[Named, list[Owned]] = defaultdict(list)
        for owned in self.owned:
            if owned.retired:
                retired[owned.kind, owned.name].append(owned)
        return retired

    @cached_property
    def _ids(self) -> frozenset[Named]:
        return frozenset((owned.kind, owned.id) for owned in self.owned)

    @cached_property
    def _by_live_name(self) -> Mapping[Named, Owned]:
        return {(owned.kind, owned.live_name): owned for owned in self.owned}


def with_needs(desired: Desired, targets: Iterable[Named]) -> frozenset[Named]:
    """The targets and, recursively, all objects that their manifests refer to."""
    scope: set[Named] = set()
    waiting = list(targets)
    while waiting:
        current = waiting.pop()
        if current not in scope:
            scope.add(current)
            waiting += mentions(desired.manifests.get(current))
    return frozenset(scope)


def mentions(manifest: Manifest | None) -> Iterator[Named]:
    """The objects that a manifest refers to, by logical name: what it mounts, and its ``depends_on``."""
    if manifest is None:
        return
    yield from ((mount.kind, mount.name) for mount in mounted(manifest.spec))
    yield from ((manifest.address.kind, name) for name in manifest.depends_on)


class Draft(Struct):
    """The plan under construction, which each part of planning adds to."""

    changes: list[Change] = field(default_factory=list)
    unchanged: set[Address] = field(default_factory=set)
    unchecked: list[Address] = field(default_factory=list)
    verify: list[Owned] = field(default_factory=list)
    held: list[Address] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    declared: dict[str, Spec] = field(default_factory=dict)
    live_names: dict[Named, str] = field(default_factory=dict)
    externals: list[External] = field(default_factory=list)
    _masked: int = 0

    def writes(self) -> Iterator[Write]:
        """The changes so far, except deletes."""
        return (change for change in self.changes if change.action != "delete")

    def mask(self) -> str:
        """A mask for a sensitive value, with a new number each time.

        Equal values get different numbers: else authors of manifests could test guesses.
        """
        self._masked += 1
        return f"(sensitive #{self._masked})"
