"""What documents say under ``moved``: one entry or a list of them."""

from collections.abc import Sequence

from reconciler.model import Document, Move


def moves(documents: Sequence[Document]) -> tuple[Move, ...]:
    """The entries of a document and of those it extends, base first; null removes what was inherited."""
    found: list[Move] = []
    for document in documents:
        said = document.value.get("moved", ())
        if said is None:
            found.clear()
            continue
        entries = (
            [(("moved",), said)]
            if isinstance(said, dict)
            else [(("moved", index), one) for index, one in enumerate(said)]
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
                )
            )
    return tuple(dict.fromkeys(found))
