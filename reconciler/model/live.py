"""Live state: objects as they are in the cluster."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct, field

from reconciler.model.base import Body, Spec


class Live(Struct, frozen=True):
    """One object as it is in the cluster. ``name`` is its live name; ``body`` is the API's answer.

    ``misfits`` says, for each field of the answer that is not of the documented form, what it was; such fields
    are neither in ``body`` nor in ``spec``.
    """

    kind: str
    name: str
    id: str
    spec: Spec
    body: Body
    misfits: tuple[str, ...] = ()


class NodeSize(NamedTuple):
    """A size of node that the cluster can have (API: node-sizes)."""

    id: str
    title: str


class LiveState(Struct, frozen=True):
    """Everything that was read of a cluster. ``objects`` are by kind, sorted by name and id.

    ``missing`` are the collections that could not be read, since this token has no access to the preview
    feature; each with the HTTP status (401, 403 or 404).
    """

    company_id: str
    company_name: str
    cluster_id: str
    cluster_label: str
    objects: Mapping[str, tuple[Live, ...]]
    node_sizes: tuple[NodeSize, ...] = ()
    missing: Mapping[str, int] = field(default_factory=dict)
