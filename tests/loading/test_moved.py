"""The entries under ``moved``."""

from typing import Any

from reconciler.loading.moved import moves
from reconciler.model import Document, Location, Move

PLACE = Location("site.yaml", 3)


def document(value: Any) -> Document:
    return Document(("site.yaml", 0), {"moved": value}, lambda _: PLACE)


def test_an_entry_needs_only_the_name_of_its_object():
    assert moves([document({"from": "service/api", "to": "service/web"})]) == (
        Move(PLACE, "service", "api", "web", to_kind="service"),
    )
    assert moves([document([{"from": "service/api", "stack": "old"}])]) == (
        Move(PLACE, "service", "api", "api", "old", to_kind="service"),
    )


def test_a_renamed_repository_is_one_entry_without_a_name():
    assert moves([document({"source": "github.com/old/name"})]) == (
        Move(PLACE, source="github.com/old/name"),
    )


def test_an_entry_has_the_repository_of_its_file():
    assert [entry.repository for entry in moves([document({"source": "old"})], "new")] == ["new"]


def test_moves_of_a_base_come_first_and_null_removes_them():
    base, more = document([{"from": "secret/a", "to": "secret/b"}]), document([{"from": "secret/c"}])

    assert [move.name for move in moves([base, base, more])] == ["a", "c"]
    assert [move.name for move in moves([base, document(None), more])] == ["c"]


def test_a_document_without_moved_has_no_moves():
    assert moves([Document(("site.yaml", 0), {}, lambda _: PLACE)]) == ()
