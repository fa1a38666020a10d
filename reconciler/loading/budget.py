"""Limits on what a run may read, so that a manifest in a pull request cannot keep a job busy for long."""

MAX_DOCUMENTS = 20_000
"""YAML documents in a run."""
MAX_FILES = 20_000
"""Manifest files in a run."""
MAX_BYTES = 64_000_000
"""Bytes of all manifest files in a run."""
MAX_VALUES = 4_000_000
"""Values of all documents in a run; a base counts once for each set of variables that it is read with."""
MAX_CONTENT = 128_000_000
"""Bytes of all files that secrets and configs name."""
MAX_ENTRIES = 150_000
"""Objects in a run, each counted once for every layer of ``extends`` that has it."""


class BudgetExceeded(Exception):
    """A run has more to read than a limit allows; ``str(error)`` says which limit."""


class Budget:
    """The remaining limits of a run."""

    def __init__(self) -> None:
        self._left = {
            "files": MAX_FILES,
            "documents": MAX_DOCUMENTS,
            "bytes of manifests": MAX_BYTES,
            "values": MAX_VALUES,
            "bytes of files named by secrets and configs": MAX_CONTENT,
            "objects, counting every layer of extends": MAX_ENTRIES,
        }
        self._limits = dict(self._left)

    def take(self, what: str, amount: int = 1) -> None:
        """Subtract ``amount`` from a limit. Raises BudgetExceeded below zero.

        ``what`` is one of the names above.
        """
        self._left[what] -= amount
        if self._left[what] < 0:
            raise BudgetExceeded(f"the manifests of this run have more than {self._limits[what]:,} {what}")


HINT = "split PATH into parts, and run one after another"
"""What to do when a limit is exceeded."""
