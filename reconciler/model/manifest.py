"""What is declared: documents as read, objects as they should be."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from msgspec import Struct, field

from reconciler.model.base import Address, Diagnostic, Location, Named, Part, Spec
from reconciler.model.source import Source

Path = tuple[str | int, ...]
Marks = Callable[[Path], Location]
"""Where a field of the manifest stands: ``marks(("hosts", 1))``; the closest enclosing place if it has none."""


class Document(Struct, frozen=True):
    """One YAML document, parsed and interpolated. Its shape is not known to be right until checked.

    ``key`` is its file's real path and its index there; ``extends`` the key of the document it builds upon.
    ``contents`` holds what was read for its secrets and configs, by ``(section, name)``, in canonical form.
    ``invalid`` are the parts with an error already reported: ``("cluster",)``, ``("secrets", "token")``,
    ``("services", "api", "replicas")``.
    ``standing`` is false for what is only there to be extended. ``landed`` are, by section
    and name, the texts into which sensitive variables came: the place within the entry, and the parts.
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
    """All that was read. ``complete`` is false where a file or a document could not be made sense of at all."""

    documents: tuple[Document, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    complete: bool = True


class Lifecycle(NamedTuple):
    """What a manifest says of an object's handling, not of the object.

    ``prevent_destroy`` is None where the manifest says nothing: protection that the record holds then stays.
    Nothing waits for a service with ``wait`` false, and no exit code counts how it is.
    """

    ignore_changes: tuple[str, ...] = ()
    prevent_destroy: bool | None = None
    on_failure: Literal["fail", "rollback"] = "fail"
    wait: bool = True


NOTHING_SAID = Lifecycle()


class Limits(NamedTuple):
    """The highest numbers that make sense: replicas of one service, nodes of the cluster."""

    replicas: int = 1000
    nodes: int = 100


DEFAULT_LIMITS = Limits()


class Manifest(Struct, frozen=True):
    """One declared object. ``spec`` is canonical and holds declared fields only.

    ``landed`` are the texts into which variables came, by field and, of environment variables, name; ``sensitive``
    the fields whose value is never shown. ``allowed`` are the checks whose warnings are not to be given of it, by
    name, each with the reason.
    ``source`` is the file of the document that names the cluster, never one that it extends; None where nobody asked.
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


class Move(NamedTuple):
    """One entry under ``moved``: what was called ``kind`` and ``name``, in another ``stack`` of the cluster or declared
    by the repository ``source``, is ``to`` here. Without a name it is all that this stack declares. ``repository`` is
    that of the file with the entry, "" where nobody asked.
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
    """Everything that one stack of one cluster should be.

    ``cluster`` is the label or id as written, or ``COMPANY`` for company-wide webhooks. ``removed`` is
    consent to destroy, ``released`` asks to forget without deleting; both map to where that is written.
    ``allowed`` are the checks whose warnings are not to be given of any of them, and where that is written.
    ``invalid`` are declared too, but with errors already reported; they are not in ``manifests``. ``partial``
    are in it, without the fields that errors were already reported for.
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
