"""The nouns: plain values that every other module speaks in. No verbs, no I/O.

``Spec`` is a kind's canonical form: a dict of the API's own field names, whatever shorthand the manifest
used and whatever form the API answered in (see ``reconciler.kinds``).
"""

from reconciler.model.base import (
    COMPANY,
    Action,
    Address,
    Body,
    Condition,
    Diagnostic,
    Location,
    Masked,
    Named,
    Part,
    Sensitive,
    Severity,
    Spec,
    State,
    Status,
)
from reconciler.model.live import (
    Live,
    LiveState,
    NodeSize,
)
from reconciler.model.manifest import (
    Desired,
    Document,
    Documents,
    Lifecycle,
    Manifest,
    Marks,
    Path,
)
from reconciler.model.plan import (
    Blocker,
    Change,
    External,
    FieldChange,
    Outcome,
    Plan,
    Taken,
)
from reconciler.model.record import (
    Applied,
    Lease,
    Owned,
    Pending,
    Record,
    RecordedAction,
    Source,
    Used,
)

__all__ = [
    "COMPANY",
    "Action",
    "Address",
    "Applied",
    "Blocker",
    "Body",
    "Change",
    "Condition",
    "Desired",
    "Diagnostic",
    "Document",
    "Documents",
    "External",
    "FieldChange",
    "Lease",
    "Lifecycle",
    "Live",
    "LiveState",
    "Location",
    "Manifest",
    "Marks",
    "Masked",
    "Named",
    "NodeSize",
    "Outcome",
    "Owned",
    "Part",
    "Path",
    "Pending",
    "Plan",
    "Record",
    "RecordedAction",
    "Sensitive",
    "Severity",
    "Source",
    "Spec",
    "State",
    "Status",
    "Taken",
    "Used",
]
