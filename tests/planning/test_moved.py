"""The effect of ``moved`` on a record before planning."""

from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.model import Address, Desired, Move, Owned, Pending, Record, RecordOnly, Source
from reconciler.planning.moved import Moved, moved, of_targets, with_moves, without_given, without_taken
from tests.planning.build import PLACE, REPOSITORY, SOURCE, declare, empty, want
from tests.planning.platform import AppliedStack, FakePlatform
from tests.words import notes_of, refusals_of

OLD = "github.com/clinic/old"


def owned(kind: str, name: str, *, live: str = "", source: Source | None = SOURCE, **more: Any) -> Owned:
    return Owned(kind, name, live or name, f"id-{live or name}", source=source, **more)


def recorded(*entries: Owned, stack: str = "default", **more: Any) -> Record:
    return replace(empty(), stack=stack, owned=entries, **more)


def move(
    former: str = "", to: str = "", *, stack: str = "", source: str = "", here: str = REPOSITORY
) -> Move:
    kind, _, name = former.partition("/")
    return Move(PLACE, kind, name, to.partition("/")[2] or name, stack, source, kind, here)


def asked(desired: Desired, *moves: Move) -> Desired:
    return replace(desired, moved=moves)


def names(found: Moved) -> list[tuple[str, str, str]]:
    return [(entry.kind, entry.name, entry.live_name) for entry in found.record.owned]


# Another name in the same stack.


@pytest.mark.parametrize(
    "kind, value, live",
    [("secret", "s", "key.v3"), ("config", "c", "key.v3"), ("webhook", "https://h/x", "key")],
)
def test_a_renamed_object_keeps_its_live_object(kind, value, live):
    before = recorded(owned(kind, "key", live=live))

    found = moved(asked(want(declare(kind, "code", value)), move(f"{kind}/key", f"{kind}/code")), before, {})

    assert names(found) == [(kind, "code", live)]
    assert found.record_only == (
        RecordOnly(Address("production", kind, "code"), "moved", f"{kind}/key", f"{kind}/code"),
    )
    assert (found.replaced, refusals_of(found), found.transfers) == ({}, (), ())


def test_old_versions_are_renamed_too():
    before = recorded(
        owned("secret", "key", live="key.v2"), owned("secret", "key", live="key.v1", retired=True)
    )

    found = moved(asked(want(declare("secret", "code", "s")), move("secret/key", "secret/code")), before, {})

    assert names(found) == [("secret", "code", "key.v2"), ("secret", "code", "key.v1")]


def test_a_renamed_service_is_replaced():
    before = recorded(owned("service", "api"))
    desired = asked(want(declare("service", "web", {"image": "nginx"})), move("service/api", "service/web"))

    found = moved(desired, before, {})

    assert found.record == before
    assert {named: move.to for named, move in found.replaced.items()} == {("service", "api"): "web"}
    plan = with_moves(AppliedStack(FakePlatform(), empty(), {}).plan(want()), found)
    assert notes_of(plan)[-1] == (
        "service/api becomes service/web: the platform cannot rename a service, so web is created and api is deleted."
    )


def test_a_service_of_another_repository_is_replaced_only_if_the_move_names_it():
    other = Source("github.com/others/x", "x.yaml")
    before = recorded(owned("service", "api", source=other))
    web = want(declare("service", "web", {"image": "nginx"}))
    asks = [
        move("service/api", "service/web", source=source) for source in ("", OLD, other.repository.upper())
    ]

    assert [bool(moved(asked(web, entry), before, {}).replaced) for entry in asks] == [False, False, True]


@pytest.mark.parametrize(
    "entries, declared",
    [
        ((), ("code",)),  # it was renamed before, or never existed
        ((("secret", "key"),), ("code", "key")),  # both are declared
    ],
)
def test_a_move_of_nothing_changes_nothing(entries, declared):
    before = recorded(*(owned(*entry) for entry in entries))
    desired = want(*(declare("secret", name, "s") for name in declared))

    found = moved(asked(desired, move("secret/key", "secret/code")), before, {})

    assert (found.record, found.record_only) == (before, ())


@pytest.mark.parametrize("stack", ["", "other"])
def test_a_rename_to_a_used_name_is_refused(stack):
    former = owned("secret", "key", live="key.v3")
    before = recorded(*([] if stack else [former]), owned("secret", "code", live="code.v1"))
    desired = asked(want(declare("secret", "code", "s")), move("secret/key", "secret/code", stack=stack))

    found = moved(desired, before, giver(former) if stack else {})

    assert (found.record, found.record_only, found.transfers) == (before, (), ())
    (why,) = refusals_of(found)
    origin = " of the stack other" if stack else ""
    assert why.startswith(
        f"secret/key{origin} cannot become secret/code: the stack default has another secret of that name."
    )


def test_an_object_that_was_taken_before_and_changed_is_the_same_object():
    desired = asked(want(declare("secret", "key", "s")), move("secret/key", stack="other"))
    taken = owned("secret", "key", live="key.v2", retired=True, taken_from="other")
    before = recorded(owned("secret", "key", live="key.v3"), taken)

    found = moved(desired, before, giver(owned("secret", "key", live="key.v1")))

    assert (found.record, refusals_of(found)) == (before, ())


def test_a_service_that_is_not_recorded_is_not_replaced():
    desired = asked(want(declare("service", "web", {"image": "nginx"})), move("service/api", "service/web"))
    found = moved(desired, recorded(), {})
    assert found.replaced == {}


def test_a_run_of_targets_moves_only_these_and_their_dependencies():
    web = declare("service", "web", {"image": "a", "secrets": [{"name": "key", "file_name": "key"}]})
    entries = [owned("service", "web"), owned("secret", "key"), owned("config", "app")]
    declared = want(web, declare("secret", "key", "s"), declare("config", "app", "c"))
    named = [move(f"{entry.kind}/{entry.name}", stack="other") for entry in entries]
    expected = [("service", "web"), ("secret", "key")]

    for moves in (named, [move(stack="other")]):
        wanted = of_targets(asked(declared, *moves), frozenset({("service", "web")}))
        found = moved(wanted, recorded(), giver(*entries))
        assert [(transfer.taken.kind, transfer.taken.name) for transfer in found.transfers] == expected

    old = Source(OLD, "x.yaml")
    before = recorded(*(replace(entry, source=old) for entry in entries))
    wanted = of_targets(asked(declared, move(source=OLD)), frozenset({("service", "web")}))
    after = moved(wanted, before, {}).record
    assert [entry.source == old for entry in after.owned] == [False, False, True]


# Another repository.


def test_a_renamed_repository_becomes_the_source_of_all_its_objects():
    old = Source(OLD, "site.yaml")
    before = recorded(
        owned("service", "api", source=old),
        owned("secret", "key", live="key.v1", source=old, retired=True),
        owned("service", "web", source=Source("github.com/others/x", "x.yaml")),
        owned("service", "db", source=None),
    )

    found = moved(
        asked(want(declare("service", "api", {"image": "a"})), move(source=OLD.upper())), before, {}
    )

    assert [entry.source for entry in found.record.owned] == [
        Source(REPOSITORY, "site.yaml"),
        Source(REPOSITORY, "site.yaml"),
        Source("github.com/others/x", "x.yaml"),
        None,
    ]
    # An old version has the same logical name as its current version.
    assert [str(entry.address) for entry in found.record_only] == ["production/service/api"]


def test_a_single_object_of_a_repository_can_be_moved():
    old = Source(OLD, "site.yaml")
    before = recorded(owned("service", "api", source=old), owned("service", "web", source=old))

    found = moved(
        asked(want(declare("service", "api", {"image": "a"})), move("service/api", source=OLD)), before, {}
    )

    assert [entry.source for entry in found.record.owned] == [SOURCE, old]


def test_a_renamed_repository_keeps_objects_that_no_file_declares():
    before = recorded(owned("service", "api", source=Source(OLD, "site.yaml")))

    found = moved(asked(want(), move(source=OLD)), before, {})

    assert [entry.source for entry in found.record.owned] == [Source(REPOSITORY, "site.yaml")]


def test_only_the_repository_with_the_move_counts_as_renamed():
    before = recorded(owned("service", "web", source=Source(OLD, "site.yaml")))
    desired = asked(
        want(declare("service", "api", {"image": "a"})), move(source=OLD, here="github.com/clinic/inner")
    )

    found = moved(desired, before, {})

    assert [entry.source for entry in found.record.owned] == [Source("github.com/clinic/inner", "site.yaml")]


def test_without_sources_nothing_is_moved_from_a_repository():
    before = recorded(owned("service", "api", source=Source(OLD, "site.yaml")))
    assert moved(asked(want(), move(source=OLD, here="")), before, {}).record == before


# Another stack.


def giver(*entries: Owned, **more: Any) -> dict[str, Record]:
    return {"other": recorded(*entries, stack="other", **more)}


def test_a_stack_of_the_same_repository_hands_over_declared_objects():
    others = giver(owned("secret", "key", live="key.v2", digest="d"), owned("service", "api"))
    desired = asked(want(declare("secret", "code", "s")), move("secret/key", "secret/code", stack="other"))

    found = moved(desired, recorded(), others)

    (transfer,) = found.transfers
    assert (transfer.stack, transfer.owned.name, transfer.taken.name) == ("other", "key", "code")
    assert transfer.taken.taken_from == "other"
    assert transfer.taken.source == SOURCE
    assert names(found) == [("secret", "code", "key.v2")]
    assert found.record_only == (
        RecordOnly(
            Address("production", "secret", "code"), "moved", "stack other: secret/key", "stack default"
        ),
    )


def test_a_stack_hands_over_only_objects_declared_here():
    others = giver(owned("service", "api"), owned("service", "web"))

    found = moved(
        asked(want(declare("service", "api", {"image": "a"})), move(stack="other")), recorded(), others
    )

    assert names(found) == [("service", "api", "api")]


def test_external_objects_are_not_handed_over():
    desired = want(declare("secret", "key", {"external": True}))
    found = moved(
        asked(desired, move("secret/key", stack="other")), recorded(), giver(owned("secret", "key"))
    )
    assert (found.transfers, refusals_of(found)) == ((), ())


def test_an_object_owned_here_is_not_taken_again():
    desired = asked(want(declare("service", "api", {"image": "a"})), move("service/api", stack="other"))
    found = moved(desired, recorded(owned("service", "api")), giver(owned("service", "api")))
    assert found.transfers == ()


def test_an_unknown_stack_hands_nothing_over():
    desired = asked(want(declare("service", "api", {"image": "a"})), move("service/api", stack="other"))
    assert moved(desired, recorded(), {}) == Moved(recorded())


ELSEWHERE = Source("github.com/others/x", "x.yaml")


def test_a_stack_of_another_repository_hands_nothing_over_without_release():
    desired = asked(want(declare("service", "api", {"image": "a"})), move("service/api", stack="other"))

    found = moved(desired, recorded(), giver(owned("service", "api", source=ELSEWHERE)))

    assert found.transfers == ()
    assert refusals_of(found) == (
        (
            "production/service/api is owned by the stack other, and was declared by github.com/others/x: x.yaml "
            "that "
            "is not in this repository. First name it under released there, and apply that."
        ),
    )
    assert refusals_of(with_moves(AppliedStack(FakePlatform(), empty(), {}).plan(want()), found))[
        -1:
    ] == refusals_of(found)


def test_the_refusal_of_a_move_replaces_the_one_about_ownership():
    stack = AppliedStack(FakePlatform(), empty(), {("service", name): "other" for name in ("api", "app")})
    for name in ("api", "app"):
        stack.platform.create("service", {"name": name, "image": "a"})
    declared = want(*(declare("service", name, {"image": "a"}) for name in ("api", "app")))
    wanted = asked(declared, move("service/api", stack="other"))
    found = moved(wanted, recorded(), giver(owned("service", "api", source=ELSEWHERE)))

    owned_by_other, not_released = refusals_of(with_moves(stack.plan(wanted), found))

    assert owned_by_other.startswith("production/service/app belongs to the stack other")
    assert (not_released,) == refusals_of(found)


def test_an_old_version_gets_no_refusal_besides_the_current_one():
    entries = (
        owned("secret", "key", live="key.v2", source=ELSEWHERE),
        owned("secret", "key", live="key.v1", source=ELSEWHERE, retired=True),
    )
    desired = asked(want(declare("secret", "key", "s")), move("secret/key", stack="other"))
    assert len(refusals_of(moved(desired, recorded(), giver(*entries)))) == 1


@pytest.mark.parametrize("source", [ELSEWHERE, None])
def test_a_released_object_is_handed_over_whoever_declared_it(source):
    desired = asked(want(declare("service", "api", {"image": "a"})), move("service/api", stack="other"))
    found = moved(desired, recorded(), giver(released=(owned("service", "api", source=source),)))
    assert [transfer.taken.name for transfer in found.transfers] == ["api"]


def test_a_named_object_of_another_repository_must_be_released_there():
    desired = asked(
        want(declare("service", "api", {"image": "a"})),
        move("service/api", stack="other", source=ELSEWHERE.repository),
    )
    found = moved(desired, recorded(), giver(owned("service", "api", source=ELSEWHERE)))
    assert not found.transfers
    (why,) = refusals_of(found)
    assert "First name it under released there" in why


def test_an_object_without_a_recorded_file_is_not_handed_over():
    desired = asked(want(declare("service", "api", {"image": "a"})), move("service/api", stack="other"))
    (why,) = refusals_of(moved(desired, recorded(), giver(owned("service", "api", source=None))))
    assert "was declared by a file that is not in this repository" in why


def test_a_service_of_another_stack_can_not_be_renamed():
    desired = asked(
        want(declare("service", "web", {"image": "a"})), move("service/api", "service/web", stack="other")
    )
    assert refusals_of(moved(desired, recorded(), giver(owned("service", "api")))) == (
        (
            "production/service/web cannot replace service/api of the stack other: the platform cannot "
            "rename "
            "a service. Keep its name."
        ),
    )


def test_a_stack_with_an_unfinished_apply_hands_nothing_over():
    desired = asked(want(declare("service", "api", {"image": "a"})), move("service/api", stack="other"))
    entry = owned("service", "api")

    found = moved(desired, recorded(), giver(entry, pending=(Pending("update", entry),)))

    assert found.transfers == ()
    assert found.record == recorded()
    assert refusals_of(found) == (
        (
            "the stack other has an apply that did not finish, so no object can be moved from it: apply that stack "
            "again first."
        ),
    )


def test_a_stack_with_only_pending_moves_hands_objects_over():
    desired = asked(want(declare("service", "api", {"image": "a"})), move("service/api", stack="other"))
    entry = owned("service", "api")
    assert moved(desired, recorded(), giver(entry, pending=(Pending("move", entry),))).transfers


def test_digests_under_the_other_records_salt_are_dropped():
    """The digest of an environment variable uses the salt of its own record."""
    applied = {"image": "a", "environment_variables": {"A": "digest"}}
    desired = asked(want(declare("service", "api", {"image": "a"})), move("service/api", stack="other"))

    (transfer,) = moved(desired, recorded(), giver(owned("service", "api", applied=applied))).transfers

    assert transfer.taken.applied == {"image": "a"}
    assert transfer.owned.applied == applied


# The input for the rest of planning.


def test_an_object_that_another_stack_took_is_no_longer_owned():
    record = recorded(owned("secret", "key", live="key.v1"), owned("service", "api"))
    assert without_given(record, {("secret", "key.v1")}).owned == (owned("service", "api"),)
    assert without_given(record, ()) is record


def test_an_object_handed_over_no_longer_belongs_to_the_other_stack():
    desired = asked(want(declare("service", "api", {"image": "a"})), move("service/api", stack="other"))
    transfers = moved(desired, recorded(), giver(owned("service", "api"))).transfers
    foreign = {("service", "api"): "other", ("service", "id-api"): "other", ("service", "web"): "other"}

    assert without_taken(foreign, transfers) == {("service", "web"): "other"}
    assert without_taken(foreign, ()) is foreign
