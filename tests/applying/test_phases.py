"""Deletes come after everything else, except those that a change of the plan waits for."""

from typing import Any

from reconciler.applying.phases import phases
from reconciler.model import Action, Address, Change
from tests.changes import change_of


def a(name: str) -> Address:
    return Address("production", "service", name)


def step(action: Action, name: str, *needs: str) -> Any:
    return change_of(a(name), action, needs=tuple(map(a, needs)))


def names(*changes: Change) -> list[list[str]]:
    """The names in each phase: changes without deletes before them, the rounds, the other deletes."""
    found = phases(changes)
    return [[change.address.name for change in part] for part in (found.first, *found.rounds, found.deletes)]


def test_all_deletes_come_last_if_nothing_waits_for_them():
    assert names(step("delete", "old"), step("create", "db"), step("update", "web", "db")) == [
        ["db", "web"],
        ["old"],
    ]


def test_a_delete_that_others_wait_for_follows_the_writes_that_do_not_need_it():
    changes = (
        step("delete", "old"),
        step("create", "db"),
        step("replace", "new", "db", "old"),
        step("create", "after", "new"),
        step("delete", "unused"),
    )

    assert names(*changes) == [["db"], ["old", "new", "after"], ["unused"]]


def test_a_delete_waits_for_the_takeover_that_its_service_needs():
    changes = (
        step("delete", "old-1"),
        step("delete", "old-2"),
        step("replace", "new-1", "old-1"),
        step("replace", "new-2", "new-1", "old-2"),
    )

    assert names(*changes) == [[], ["old-1", "new-1"], ["old-2", "new-2"], []]
