"""What a file about one check fills in: a value, not a base class. And the few words that checks share."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from reconciler.model import Desired, Diagnostic, Location, Manifest

Run = Callable[[Sequence[Desired]], Iterator[Diagnostic]]


class Check(NamedTuple):
    """One question asked of everything that is desired.

    ``name`` stands in reports; ``description`` is one line on what is asked; ``check`` yields what it finds.
    ``of_absence`` checks conclude from what is not there: they look at no manifest that has a field at fault.
    """

    name: str
    description: str
    check: Run
    of_absence: bool = False


def of_kind(kind: str, desired: Sequence[Desired]) -> Iterator[Manifest]:
    """Every valid manifest of a kind, in all stacks of all clusters."""
    for one in desired:
        for (each, _), manifest in one.manifests.items():
            if each == kind:
                yield manifest


def error(check: str, location: Location, message: str, hint: str) -> Diagnostic:
    """A finding that stops every plan."""
    return Diagnostic(location, "error", check, _clipped(message), _clipped(hint))


def warning(check: str, location: Location, message: str, hint: str) -> Diagnostic:
    """A finding that may be meant as it is."""
    return Diagnostic(location, "warning", check, _clipped(message), _clipped(hint))


def _clipped(text: str) -> str:
    """A name or an image can be made as long as a file."""
    return text if len(text) <= 300 else f"{text[:299]}…"
