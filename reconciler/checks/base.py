"""The type of a check, and what checks share. A check is a value, not a class."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import NamedTuple

from reconciler.kinds import Kind
from reconciler.model import Desired, Diagnostic, Location, Manifest

Run = Callable[[Sequence[Desired]], Iterator[Diagnostic]]


class Check(NamedTuple):
    """A check of all desired stacks.

    ``name`` is shown in reports, ``description`` says in a line what is found; ``check`` yields the findings.
    ``warns``: it may give warnings, which a manifest can allow.
    ``of_absence``: it reports missing fields, so it skips manifests with a field that already has an error.
    """

    name: str
    description: str
    check: Run
    of_absence: bool = False
    warns: bool = False


def of_kind(kind: Kind, desired: Sequence[Desired]) -> Iterator[Manifest]:
    """Every valid manifest of a kind, in all stacks of all clusters."""
    for stack in desired:
        for (kind_name, _), manifest in stack.manifests.items():
            if kind_name == kind.name:
                yield manifest


class Suggestions:
    """Suggests names that were probably meant: at most ``MOST`` times, since each search takes time."""

    MOST = 30
    """Words for which a suggestion is searched."""
    CANDIDATES = 500
    """Names that are compared with a word."""
    LONGEST = 80
    """Characters of a word or name that is compared."""

    def __init__(self) -> None:
        self._left = self.MOST
        self._known: dict[tuple[str, str], str] = {}

    def likely(self, word: str, accepted: Iterable[str], *, among: str = "") -> str:
        """The accepted name that was probably meant, ignoring case; "" if none is close.

        ``among`` is a key for ``accepted`` if that is always the same: the result for a word is then remembered.
        """
        if among and (word, among) in self._known:
            return self._known[word, among]
        if self._left <= 0 or len(word) > self.LONGEST:
            return ""
        self._left -= 1
        self._known[word, among] = self._nearest(word, accepted)
        return self._known[word, among]

    def _nearest(self, word: str, accepted: Iterable[str]) -> str:
        near = (name for name in accepted if abs(len(name) - len(word)) <= max(2, len(word) // 2))
        by_lower = {name.lower(): name for name in islice(near, self.CANDIDATES) if len(name) <= self.LONGEST}
        lower = word.lower()
        close = get_close_matches(lower.replace("-", "_"), by_lower, n=1, cutoff=0.65)
        close = close or get_close_matches(lower, by_lower, n=1, cutoff=0.65)
        return by_lower[close[0]] if close else ""


_UNBRACED = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]{0,59}+)", re.ASCII)


def braces(text: str) -> str:
    """The hint for a variable without braces, ``$NAME``; "" if the text holds none."""
    match = _UNBRACED.search(text)
    return f"write ${{{match[1]}}}: a variable has braces around its name" if match else ""


def error(check: str, location: Location, message: str, hint: str) -> Diagnostic:
    """A finding that stops every plan."""
    return Diagnostic(location, "error", check, _clipped(message), _clipped(hint))


def warning(check: str, location: Location, message: str, hint: str) -> Diagnostic:
    """A finding that may be intended."""
    return Diagnostic(location, "warning", check, _clipped(message), _clipped(hint))


def _clipped(text: str) -> str:
    """Shorten a text that repeats names or values of a manifest, which may be very long."""
    return text if len(text) <= 300 else f"{text[:299]}…"
