"""What a file about one check fills in: a value, not a base class. And the few words that checks share."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import NamedTuple

from reconciler.kinds import Kind
from reconciler.model import Desired, Diagnostic, Location, Manifest

Run = Callable[[Sequence[Desired]], Iterator[Diagnostic]]


class Check(NamedTuple):
    """One question asked of everything that is desired.

    ``name`` stands in reports; ``description`` is one line on what is asked; ``check`` yields what it finds.
    ``warns`` says that it may give warnings, which a manifest can allow.
    ``of_absence`` checks conclude from what is not there: they look at no manifest that has a field at fault.
    """

    name: str
    description: str
    check: Run
    of_absence: bool = False
    warns: bool = False


def of_kind(kind: Kind, desired: Sequence[Desired]) -> Iterator[Manifest]:
    """Every valid manifest of a kind, in all stacks of all clusters."""
    for one in desired:
        for (each, _), manifest in one.manifests.items():
            if each == kind.name:
                yield manifest


class Suggestions:
    """Names that were probably meant. After so many no more are looked for: each costs time."""

    MOST = 30
    """Words for which a name is looked for."""
    CANDIDATES = 500
    """Names that are compared with one word."""
    LONGEST = 80
    """Characters of a word or name that is compared."""

    def __init__(self) -> None:
        self._left = self.MOST
        self._known: dict[tuple[str, str], str] = {}

    def likely(self, word: str, accepted: Iterable[str], *, among: str = "") -> str:
        """The accepted name that was probably meant, ignoring case; "" if none is close.

        ``among`` names what is ``accepted``, where that is always the same: a word is then compared once.
        """
        if among and (word, among) in self._known:
            return self._known[word, among]
        if self._left <= 0 or len(word) > self.LONGEST:
            return ""
        self._left -= 1
        self._known[word, among] = self._nearest(word, accepted)
        return self._known[word, among]

    def _nearest(self, word: str, accepted: Iterable[str]) -> str:
        near = (one for one in accepted if abs(len(one) - len(word)) <= max(2, len(word) // 2))
        by_lower = {one.lower(): one for one in islice(near, self.CANDIDATES) if len(one) <= self.LONGEST}
        lower = word.lower()
        close = get_close_matches(lower.replace("-", "_"), by_lower, n=1, cutoff=0.65)
        close = close or get_close_matches(lower, by_lower, n=1, cutoff=0.65)
        return by_lower[close[0]] if close else ""


_UNBRACED = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]{0,59}+)", re.ASCII)


def braces(text: str) -> str:
    """What to write for a variable as other tools write it, ``$NAME``; "" where the text holds none."""
    match = _UNBRACED.search(text)
    return f"write ${{{match[1]}}}: a variable has braces around its name" if match else ""


def error(check: str, location: Location, message: str, hint: str) -> Diagnostic:
    """A finding that stops every plan."""
    return Diagnostic(location, "error", check, _clipped(message), _clipped(hint))


def warning(check: str, location: Location, message: str, hint: str) -> Diagnostic:
    """A finding that may be meant as it is."""
    return Diagnostic(location, "warning", check, _clipped(message), _clipped(hint))


def _clipped(text: str) -> str:
    """A name or an image can be made as long as a file."""
    return text if len(text) <= 300 else f"{text[:299]}…"
