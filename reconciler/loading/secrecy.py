"""Which variables of manifests are sensitive, and in which fields their values can be masked."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from reconciler.credentials.known import KnownValues
from reconciler.credentials.rules import is_sensitive_variable
from reconciler.kinds import SECTIONS
from reconciler.loading.interpolate import names
from reconciler.model import Diagnostic, Document, Location, Part, Path, Sensitive

_LONGEST_CUT = 300
"""Characters of the longest text that a message shows of a value before it cuts it."""
Landed = Mapping[Path, tuple[Part, ...]]
"""The parts of each text with variables, by its path."""


class Secrecy(Struct, frozen=True):
    """Which variables are sensitive, by the documents of a chain of ``extends`` and by the run.

    ``derived`` are variables under ``vars`` that use a sensitive variable; ``mask`` are the patterns of the run.
    """

    sensitive: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset()
    derived: frozenset[str] = frozenset()
    mask: tuple[str, ...] = ()

    def __call__(self, name: str) -> bool:
        """Whether the value of ``${name}`` is masked wherever it is used."""
        named = is_sensitive_variable(name, sensitive=self.sensitive, plain=self.plain, mask=self.mask)
        return named or (name in self.derived and name not in self.plain)


def secrecy_of(values: Iterable[Mapping[str, Any]], mask: Iterable[str]) -> Secrecy:
    """The sensitive variables by the documents of a chain, as they are written, and by the patterns of the run."""
    documents = list(values)
    listed = {
        field: frozenset(name for document in documents for name in _texts(document.get(field)))
        for field in ("sensitive", "plain")
    }
    secrecy = Secrecy(listed["sensitive"], listed["plain"], mask=tuple(mask))
    derived = frozenset(
        name
        for document in documents
        for name, text in (document["vars"].items() if isinstance(document.get("vars"), dict) else ())
        if isinstance(text, str) and "${" in text and any(map(secrecy, names(text)))
    )
    return Secrecy(secrecy.sensitive, secrecy.plain, derived, secrecy.mask)


def _texts(value: Any) -> Iterator[str]:
    yield from (item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def report_misplaced(landed: Landed, report: Callable[[Path, str, str], None]) -> None:
    """Report each sensitive variable in a field that is shown, such as a name or a reference."""
    for path, parts in landed.items():
        if _can_be_masked(path):
            continue
        for name in dict.fromkeys(part.variable for part in parts if part.sensitive):
            report(
                path,
                f"the variable {name} is sensitive, but {_field(path)} is shown in plans and kept in the record",
                f"use another variable; if {name} is not a credential, list it: plain: [{name}]",
            )


def by_entry(landed: Landed) -> dict[Path, tuple[tuple[Path, tuple[Part, ...]], ...]]:
    """The texts with variables of each entry, by section and name: the path in the entry, and the parts."""
    entries: dict[Path, list[tuple[Path, tuple[Part, ...]]]] = {}
    for path, parts in landed.items():
        if len(path) > 2:
            entries.setdefault(path[:2], []).append((path[2:], parts))
    return {entry: tuple(texts) for entry, texts in entries.items()}


def sensitive_texts(documents: Iterable[Document]) -> frozenset[str]:
    """The values of the sensitive variables that are used in the documents."""
    return frozenset(
        part.text for document in documents for part in _parts(document) if part.sensitive and part.text
    )


def secret_values(documents: Iterable[Document]) -> frozenset[str]:
    """The values of secrets and webhook URLs that were read for the documents, from any source."""
    return frozenset(
        value.reveal()
        for document in documents
        for spec in document.contents.values()
        for value in spec.values()
        if isinstance(value, Sensitive)
    )


def plain_texts(documents: Iterable[Document]) -> Iterator[str]:
    """Every text of the documents that holds no sensitive variable."""
    for document in documents:
        hidden = {(*entry, *path) for entry, texts in document.landed.items() for path, _ in texts}
        waiting: list[tuple[Path, Any]] = [((), document.value)]
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
    """The diagnostics without the values of sensitive variables.

    A diagnostic that repeats a part of such a value, or its beginning, keeps only its check and place.
    """
    documents = [document for document in documents if document.landed]
    if not documents:
        return list(diagnostics)
    about: dict[Location, list[str]] = {}
    for document in documents:
        for entry, texts in document.landed.items():
            for path, parts in texts:
                values = [part.text for part in parts if part.sensitive]
                for depth in range(len(path) + 1):
                    about.setdefault(document.marks((*entry, *path[:depth])), []).extend(values)
    everywhere = KnownValues(sensitive_texts(documents))
    return [
        _concealed(diagnostic, about.get(diagnostic.location, ()), everywhere) for diagnostic in diagnostics
    ]


def _concealed(diagnostic: Diagnostic, here: Iterable[str], everywhere: KnownValues) -> Diagnostic:
    text = f"{diagnostic.message} {diagnostic.hint}".lower()
    words = {
        word
        for value in here
        for word in re.findall(r"\w+", value.lower())
        if len(word) > 2 or word == value.lower()
    }
    if any(_repeats(text, word) for word in words) or everywhere.spans(text):
        message = "the value of a sensitive variable fails this check; the value is not shown"
        return diagnostic._replace(message=message, hint="check the variable's value")
    return diagnostic


def _repeats(text: str, word: str) -> bool:
    """Whether a text contains a word, or its beginning where the text is cut."""
    if word in text:
        return True
    return "…" in text and any(
        f"{word[:length]}…" in text for length in range(1, min(len(word), _LONGEST_CUT))
    )


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
