"""What a file about one check fills in. A value, not a base class."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from reconciler.model import Desired, Diagnostic

Run = Callable[[Sequence[Desired]], Iterator[Diagnostic]]


@dataclass(frozen=True, slots=True)
class Check:
    """One question asked of everything that is desired.

    ``name`` stands in reports; ``description`` is one line on what is asked; ``check`` yields what it finds.
    """

    name: str
    description: str
    check: Run
