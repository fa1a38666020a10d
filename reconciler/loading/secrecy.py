"""Which variables of manifests are sensitive, and where their values may land so that they can be masked."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.kinds import SECTIONS
from reconciler.kinds.sensitive import is_sensitive_variable
from reconciler.loading.interpolate import names
from reconciler.model import Diagnostic, Document, Location, Part, Path

LEAST_SOUGHT = 8
"""Characters of the shortest value that is looked for in a text in which nobody put it: a shorter one is a word."""
Landed = Mapping[Path, tuple[Part, ...]]
"""By the place of each text with variables: its parts."""


@dataclass(frozen=True, slots=True)
class Secrecy:
    """What the documents of one chain of ``extends`` and the run say of variables.

    ``derived`` are variables of ``vars`` that are made from a sensitive one; ``mask`` the patterns of the run.
    """

    sensitive: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset()
    derived: frozenset[str] = frozenset()
    mask: tuple[str, ...] = ()

    def __call__(self, name: str) -> bool:
        """Whether the value of ``${name}`` is masked wherever it lands."""
        named = is_sensitive_variable(name, sensitive=self.sensitive, plain=self.plain, mask=self.mask)
        return named or (name in self.derived and name not in self.plain)


def secrecy_of(values: Iterable[Mapping[str, Any]], mask: Iterable[str]) -> Secrecy:
    """What documents, as they are written, say of variables together."""
    documents = list(values)
    listed = {
        field: frozenset(name for one in documents for name in _texts(one.get(field)))
        for field in ("sensitive", "plain")
    }
    said = Secrecy(listed["sensitive"], listed["plain"], mask=tuple(mask))
    derived = frozenset(
        name
        for one in documents
        for name, text in (one["vars"].items() if isinstance(one.get("vars"), dict) else ())
        if isinstance(text, str) and "${" in text and any(map(said, names(text)))
    )
    return Secrecy(said.sensitive, said.plain, derived, said.mask)


def _texts(value: Any) -> Iterator[str]:
    yield from (one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def report_misplaced(landed: Landed, report: Callable[[Path, str, str], None]) -> None:
    """Reports each sensitive variable in a field that is shown: a name, a reference, what belongs together."""
    for path, parts in landed.items():
        if _can_be_masked(path):
            continue
        for name in dict.fromkeys(part.variable for part in parts if part.sensitive):
            report(
                path,
                f"the variable {name} is sensitive, and {_field(path)} is shown in plans and kept in the record",
                f"use a variable that is no credential; if {name} is none, list it: plain: [{name}]",
            )


def by_entry(landed: Landed) -> dict[Path, tuple[tuple[Path, tuple[Part, ...]], ...]]:
    """What landed in each entry, by section and name: the place within it, and the parts."""
    entries: dict[Path, list[tuple[Path, tuple[Part, ...]]]] = {}
    for path, parts in landed.items():
        if len(path) > 2:
            entries.setdefault(path[:2], []).append((path[2:], parts))
    return {entry: tuple(texts) for entry, texts in entries.items()}


def sensitive_texts(documents: Iterable[Document]) -> frozenset[str]:
    """The values of sensitive variables that came into any text of the documents."""
    return frozenset(part.text for one in documents for part in _parts(one) if part.sensitive and part.text)


def plain_texts(documents: Iterable[Document]) -> Iterator[str]:
    """Every text of the documents into which no sensitive variable came."""
    for one in documents:
        hidden = {(*entry, *path) for entry, texts in one.landed.items() for path, _ in texts}
        waiting: list[tuple[Path, Any]] = [((), one.value)]
        while waiting:
            path, node = waiting.pop()
            if isinstance(node, str) and path not in hidden:
                yield node
            elif isinstance(node, Mapping):
                yield from node
                waiting += [((*path, key), child) for key, child in node.items()]
            elif isinstance(node, list):
                waiting += [((*path, index), child) for index, child in enumerate(node)]


def conceal(diagnostics: Iterable[Diagnostic], documents: Iterable[Document]) -> list[Diagnostic]:
    """The diagnostics without what came from sensitive variables.

    Of what is said about a text with such a variable, and holds anything of its value, only the check is left.
    """
    documents = [one for one in documents if one.landed]
    if not documents:
        return list(diagnostics)
    about: dict[Location, list[str]] = {}
    for document in documents:
        for entry, texts in document.landed.items():
            for path, parts in texts:
                values = [part.text for part in parts if part.sensitive]
                for depth in range(len(path) + 1):
                    about.setdefault(document.marks((*entry, *path[:depth])), []).extend(values)
    everywhere = [text for text in sensitive_texts(documents) if len(text) >= LEAST_SOUGHT]
    return [_concealed(one, about.get(one.location, ()), everywhere) for one in diagnostics]


def _concealed(one: Diagnostic, here: Iterable[str], everywhere: Iterable[str]) -> Diagnostic:
    said = f"{one.message} {one.hint}".lower()
    words = {
        word
        for value in here
        for word in re.findall(r"\w+", value.lower())
        if len(word) > 2 or word == value.lower()
    }
    if any(word in said for word in words) or any(text.lower() in said for text in everywhere):
        message = "what came from a sensitive variable is not as it has to be here; it is not shown"
        return one._replace(message=message, hint="look at the value that the variable has")
    return one


def _parts(document: Document) -> Iterator[Part]:
    for texts in document.landed.values():
        for _, parts in texts:
            yield from parts


def _can_be_masked(path: Path) -> bool:
    if len(path) < 3:
        return False
    kind = SECTIONS.get(str(path[0]))
    return kind is not None and kind.maskable(path[2]) and path[-1] != "key"


def _field(path: Path) -> str:
    return ".".join(str(step) for step in path if not isinstance(step, int))
