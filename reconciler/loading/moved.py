"""Reads the moves under ``moved``: an entry or a list of entries."""

from collections.abc import Sequence

from reconciler.model import Document, Move


def moves(documents: Sequence[Document], repository: str = "") -> tuple[Move, ...]:
    """The moves of a document and those it extends, base first; null removes the inherited moves.

    ``repository`` is the document's repository, "" if it was not determined.
    """
    found: list[Move] = []
    for document in documents:
        written = document.value.get("moved", ())
        if written is None:
            found.clear()
            continue
        entries = (
            [(("moved",), written)]
            if isinstance(written, dict)
            else [(("moved", index), entry) for index, entry in enumerate(written)]
        )
        for path, entry in entries:
            kind, _, name = str(entry.get("from") or "").partition("/")
            to = str(entry.get("to") or "")
            found.append(
                Move(
                    document.marks(path),
                    kind,
                    name,
                    to.partition("/")[2] if to else name,
                    str(entry.get("stack") or ""),
                    str(entry.get("source") or ""),
                    to.partition("/")[0] or kind,
                    repository,
                )
            )
    return tuple(dict.fromkeys(found))
