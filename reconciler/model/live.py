"""What is there: objects as the cluster has them."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct, field

from reconciler.model.base import Body, Spec


class Live(Struct, frozen=True):
    """One object as the cluster has it. ``name`` is its name there; ``body`` is the API's answer.

    ``misfits`` says of each field of the answer that was not of the documented form what it was; such fields are
    neither in ``body`` nor in ``spec``.
    """

    kind: str
    name: str
    id: str
    spec: Spec
    body: Body
    misfits: tuple[str, ...] = ()


class NodeSize(NamedTuple):
    """A size of node the cluster can have (API: node-sizes)."""

    id: str
    title: str


class LiveState(Struct, frozen=True):
    """Everything that was read of one cluster. ``objects`` maps a kind to its objects, sorted by name, id.

    ``missing`` names the collections that could not be read since the feature is not there for this token
    (preview endpoints answering 401, 403 or 404), with the status.
    """

    company_id: str
    company_name: str
    cluster_id: str
    cluster_label: str
    objects: Mapping[str, tuple[Live, ...]]
    node_sizes: tuple[NodeSize, ...] = ()
    missing: Mapping[str, int] = field(default_factory=dict)
