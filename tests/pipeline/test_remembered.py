"""Remembered ids are guesses in a private file; whatever is wrong with it, a run goes on without."""

import stat
from pathlib import Path

import pytest

from reconciler.api.client import ClusterRef
from reconciler.model import COMPANY, LiveState
from reconciler.pipeline.remembered import LARGEST, RUNS, Remembered, recall

URL = "https://api.example.com/v1"


def state(company: str = "company_1", cluster: str = "cluster_1") -> LiveState:
    return LiveState(company, "", cluster, "", {})


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    return {"XDG_CACHE_HOME": str(tmp_path / "cache")}


def file_of(remembered: Remembered) -> Path:
    assert remembered.place is not None
    return remembered.place


def test_what_one_run_found_the_next_one_knows(environment):
    recall(URL, "key", environment).keep({"production": state()})

    assert recall(URL, "key", environment).known == {"production": ClusterRef("company_1", "cluster_1")}


def test_another_server_and_another_token_know_nothing_of_it(environment):
    recall(URL, "key", environment).keep({"production": state()})

    assert recall("https://other.example.com/v1", "key", environment).known == {}
    assert recall(URL, "other", environment).known == {}


def test_clusters_of_the_same_company_are_kept_beside_each_other(environment):
    recall(URL, "key", environment).keep({"production": state()})
    recall(URL, "key", environment).keep({"staging": state(cluster="cluster_2"), COMPANY: state(cluster="")})

    assert recall(URL, "key", environment).known.keys() == {"production", "staging", COMPANY}


def test_another_company_takes_the_place_of_the_former(environment):
    recall(URL, "key", environment).keep({"production": state()})
    recall(URL, "key", environment).keep({"staging": state(company="company_2")})

    assert recall(URL, "key", environment).known == {"staging": ClusterRef("company_2", "cluster_1")}


def test_what_a_run_was_about_is_expected_of_the_next_about_the_same(environment):
    recall(URL, "key", environment).keep({"staging": state(cluster="cluster_2")}, "/repo")
    recall(URL, "key", environment).keep(
        {"production": state(), COMPANY: state(cluster="")}, "/repo/prod", ["nodes"]
    )

    remembered = recall(URL, "key", environment)

    assert remembered.expected("/repo") == ((ClusterRef("company_1", "cluster_2"),), ())
    assert remembered.expected("/repo/prod") == (
        (ClusterRef("company_1", "cluster_1"), ClusterRef("company_1", "")),
        ("nodes",),
    )
    assert remembered.expected("/elsewhere") == ((), ())


def test_the_last_run_about_something_counts(environment):
    recall(URL, "key", environment).keep(
        {"production": state(), "staging": state(cluster="cluster_2")}, "/repo"
    )
    recall(URL, "key", environment).keep({"staging": state(cluster="cluster_2")}, "/repo")

    assert recall(URL, "key", environment).expected("/repo")[0] == (ClusterRef("company_1", "cluster_2"),)


def test_of_many_runs_the_latest_are_remembered(environment):
    for number in range(RUNS + 2):
        recall(URL, "key", environment).keep({"production": state()}, f"/{number}")

    assert list(recall(URL, "key", environment).runs) == [f"/{number}" for number in range(2, RUNS + 2)]


def test_a_run_like_a_former_one_counts_as_the_latest(environment):
    for about in ("/old", *(f"/{number}" for number in range(RUNS - 1)), "/old", "/new"):
        recall(URL, "key", environment).keep({"production": state()}, about)

    assert list(recall(URL, "key", environment).runs)[-2:] == ["/old", "/new"]
    assert "/0" not in recall(URL, "key", environment).runs


def test_runs_of_another_company_are_forgotten_with_it(environment):
    recall(URL, "key", environment).keep({"production": state()}, "/repo")
    recall(URL, "key", environment).keep({"staging": state(company="company_2")}, "/other")

    assert recall(URL, "key", environment).expected("/repo") == ((), ())


def test_the_file_is_its_owners_alone_and_names_no_token(environment):
    remembered = recall(URL, "the-key", environment)
    remembered.keep({"production": state()})
    file = file_of(remembered)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert "the-key" not in file.name + file.read_text()
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_a_run_about_no_cluster_leaves_what_is_known(environment):
    recall(URL, "key", environment).keep({"production": state()})
    recall(URL, "key", environment).keep({})

    assert recall(URL, "key", environment).known.keys() == {"production"}


def test_what_is_known_already_is_not_written_again(environment):
    recall(URL, "key", environment).keep({"production": state()})
    remembered = recall(URL, "key", environment)
    file_of(remembered).unlink()

    remembered.keep({"production": state()})

    assert not file_of(remembered).exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"company": "c", "clusters": []}',
        b'{"company": "", "clusters": {"production": "cluster_1"}}',
        b'{"company": "c", "clusters": {"production": ""}}',
        b'{"company": "c", "clusters": {"production": ".."}}',
        b'{"company": "c", "clusters": {"production": 1}}',
        b'{"company": "c", "clusters": {"production": "cluster_1"}, "runs": {"/": {"clusters": "production"}}}',
        b'{"company": "c", "clusters": {"production": "cluster_1"}, "runs": []}',
        b"[" * 100_000,
        b" " * (LARGEST + 1) + b'{"company": "c", "clusters": {}}',
    ],
)
def test_a_damaged_file_is_as_good_as_none(environment, content):
    recall(URL, "key", environment).keep({"production": state()})
    file_of(recall(URL, "key", environment)).write_bytes(content)

    assert recall(URL, "key", environment).known == {}


def test_a_place_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "cache").write_text("a file where a folder should be")

    recall(URL, "key", {"XDG_CACHE_HOME": str(tmp_path / "cache")}).keep({"production": state()})

    assert recall(URL, "key", {"XDG_CACHE_HOME": str(tmp_path / "cache")}).known == {}


@pytest.mark.parametrize("environment", [{}, {"HOME": ""}, {"XDG_CACHE_HOME": "relative"}])
def test_without_a_place_nothing_is_remembered(environment):
    remembered = recall(URL, "key", environment)
    remembered.keep({"production": state()})

    assert (remembered.place, remembered.known) == (None, {})


def test_home_is_where_a_cache_is_by_default(tmp_path):
    assert file_of(recall(URL, "key", {"HOME": str(tmp_path)})).is_relative_to(tmp_path / ".cache")
