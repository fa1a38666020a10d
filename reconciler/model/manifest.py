"""What manifests declare: documents as they were read, and the objects in them."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from msgspec import Struct, field

from reconciler.model.base import Address, Diagnostic, Location, Named, Part, Spec
from reconciler.model.source import Source

Path = tuple[str | int, ...]
Marks = Callable[[Path], Location]
"""Takes the path of a field, such as ``("hosts", 1)``; returns its place in the manifest, or the closest
enclosing place.
"""


class Document(Struct, frozen=True):
    """One YAML document, parsed, with variables replaced. Not validated.

    ``key`` is its file's real path and its index there; ``extends`` the key of the document that it extends.
    ``contents`` are the contents of its secrets and configs, by ``(section, name)``, in canonical form.
    ``invalid`` are the parts with an error that was already reported: ``("cluster",)``, ``("secrets",
    "token")``, ``("services", "api", "replicas")``. ``standing``: false for a document that only serves as a
    base. ``landed`` are the texts with sensitive variables, by section and name: the place within the entry,
    and the parts.
    """

    key: tuple[str, int]
    value: Mapping[str, Any]
    marks: Marks
    extends: tuple[str, int] | None = None
    contents: Mapping[tuple[str, str], Spec] = field(default_factory=dict)
    invalid: frozenset[Path] = frozenset()
    standing: bool = True
    landed: Mapping[Path, tuple[tuple[Path, tuple[Part, ...]], ...]] = field(default_factory=dict)


class Documents(NamedTuple):
    """All documents of a run. ``complete``: false if a file or a document could not be read at all."""

    documents: tuple[Document, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    complete: bool = True


class Lifecycle(NamedTuple):
    """How a manifest says that an object is handled; not a property of the object itself.

    ``prevent_destroy`` is None if the manifest does not say; the recorded protection then stays. With ``wait``
    false, nothing waits for the service, and its state does not affect the exit code.
    """

    ignore_changes: tuple[str, ...] = ()
    prevent_destroy: bool | None = None
    on_failure: Literal["fail", "rollback"] = "fail"
    wait: bool = True


NOTHING_SAID = Lifecycle()


class Limits(NamedTuple):
    """The highest numbers that are accepted: replicas of a service, nodes of a cluster."""

    replicas: int = 1000
    nodes: int = 100


DEFAULT_LIMITS = Limits()


class Manifest(Struct, frozen=True):
    """One declared object. ``spec`` is canonical and holds only declared fields.

    ``landed`` are the texts with variables, by field and, for environment variables, name. ``sensitive`` are
    the fields whose values are never shown. ``allowed`` are the checks whose warnings the manifest allows, by
    name, each with the reason. ``source`` is the file of the document that names the cluster, not of one that
    it extends; None if it was not determined.
    """

    address: Address
    spec: Spec
    location: Location
    marks: Marks
    depends_on: tuple[str, ...] = ()
    lifecycle: Lifecycle = NOTHING_SAID
    landed: Mapping[tuple[str, str], tuple[tuple[Part, ...], ...]] = field(default_factory=dict)
    sensitive: tuple[str, ...] = ()
    source: Source | None = None
    allowed: Mapping[str, str] = field(default_factory=dict)

    @property
    def sensitive_paths(self) -> frozenset[str]:
        """The values that are not shown, such as ``args`` and ``environment_variables.LOGIN``: those that the manifest
        marks, and those with the value of a sensitive variable.
        """
        landed = {
            ".".join(filter(None, place))
            for place, texts in self.landed.items()
            if any(part.sensitive for parts in texts for part in parts)
        }
        return frozenset({*self.sensitive, *landed})


class Move(NamedTuple):
    """An entry under ``moved``: the object ``kind`` and ``name``, of another ``stack`` of the cluster or
    declared by the repository ``source``, is ``to`` here.

    Without a name it covers all objects that this stack declares. ``repository`` is the repository of the file
    with the entry, "" if it was not determined.
    """

    location: Location
    kind: str = ""
    name: str = ""
    to: str = ""
    stack: str = ""
    source: str = ""
    to_kind: str = ""
    repository: str = ""


class Desired(Struct, frozen=True):
    """The desired state of one stack of one cluster.

    ``cluster`` is the label or id as written, or ``COMPANY`` for webhooks of the whole company. ``removed`` are
    the objects that may be destroyed, ``released`` those to forget without deleting; both map to the place of
    the entry. ``allowed`` are the checks whose warnings are allowed for all manifests, each with the place of
    the entry. ``invalid`` are declared objects with errors that were already reported; they are not in
    ``manifests``. ``partial`` are in ``manifests`` without the fields that have errors.
    """

    cluster: str
    stack: str
    location: Location
    company: str | None = None
    manifests: Mapping[Named, Manifest] = field(default_factory=dict)
    invalid: frozenset[Named] = frozenset()
    partial: frozenset[Named] = frozenset()
    limits: Limits = DEFAULT_LIMITS
    allowed: Mapping[str, Location] = field(default_factory=dict)
    removed: Mapping[Named, Location] = field(default_factory=dict)
    released: Mapping[Named, Location] = field(default_factory=dict)
    moved: tuple[Move, ...] = ()
