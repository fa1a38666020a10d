"""The record of each stack, kept in the cluster as configs: managed objects, pending changes, the lease.

``read`` decodes it from the list of configs, which every run fetches. Only a ``RecordLease`` and ``unlock`` write it.
"""

from reconciler.record.holding import held, may_be_held, renewed_lately
from reconciler.record.lease import RecordLease
from reconciler.record.moves import Configs, RecordStore
from reconciler.record.names import is_record
from reconciler.record.reading import (
    OtherStacks,
    Reading,
    concealed,
    configs_of,
    others,
    read,
    stacks,
    taken,
    used,
)
from reconciler.record.taking import unlock

__all__ = [
    "Configs",
    "OtherStacks",
    "Reading",
    "RecordLease",
    "RecordStore",
    "concealed",
    "configs_of",
    "held",
    "is_record",
    "may_be_held",
    "others",
    "read",
    "renewed_lately",
    "stacks",
    "taken",
    "unlock",
    "used",
]
