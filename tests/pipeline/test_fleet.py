"""Every cluster of a fleet is in exactly one shard, and stays there."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import UsageError
from reconciler.pipeline.fleet import Shard, matrix, parse

NAMES = st.text(min_size=1, max_size=20)
NUMBERS = st.integers(1, 256)


@given(NAMES, NUMBERS)
def test_every_cluster_is_in_exactly_one_shard(cluster, of):
    assert sum(cluster in Shard(number, of) for number in range(1, of + 1)) == 1


@given(st.sets(NAMES), NAMES, NUMBERS)
def test_a_new_cluster_changes_no_other_clusters_shard(clusters, new, of):
    def place(cluster: str, text: str) -> list[str]:
        return [job["shard"] for job in json.loads(text)["include"] if cluster in job["clusters"]]

    before, after = matrix(clusters, of), matrix({*clusters, new}, of)

    assert all(place(cluster, before) == place(cluster, after) for cluster in clusters)


@given(st.sets(NAMES), NUMBERS)
def test_a_matrix_has_each_cluster_once_in_its_shard(clusters, of):
    jobs = json.loads(matrix(clusters, of))["include"]

    assert sorted(cluster for job in jobs for cluster in job["clusters"]) == sorted(clusters)
    assert all(cluster in parse(job["shard"]) for job in jobs for cluster in job["clusters"])
    assert all(job["clusters"] for job in jobs)


def test_the_shard_of_a_cluster_is_the_same_on_every_machine():
    assert matrix(["production", "staging", "clinic-0001"], 8) == (
        '{"include":[{"shard":"5/8","clusters":["staging"]},'
        '{"shard":"6/8","clusters":["clinic-0001","production"]}]}'
    )


@pytest.mark.parametrize(
    "text", ["", "3", "0/8", "9/8", "-1/8", "a/b", "3/", "/8", "1/8/2", "1/99999", "\u0661/8"]
)
def test_an_invalid_shard_is_refused_with_an_example(text):
    with pytest.raises(UsageError, match="3/8 for the third of eight"):
        parse(text)


def test_a_shards_text_can_be_parsed_again():
    assert str(parse("3/8")) == "3/8"
