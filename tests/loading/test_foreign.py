"""YAML files that are not manifests."""

import pytest

from tests.loading.manifests import load, said, write


@pytest.mark.parametrize(
    "text, kind",
    [
        (
            "name: CI\non: [push]\njobs: {a: {steps: [{run: '${{ x }}', if: no}]}}\n",
            "a workflow of GitHub Actions",
        ),
        ("services: {web: {image: x, ports: ['80:80']}}\n", "a Docker Compose file"),
        ("version: '3.8'\nservices: {web: {image: x}}\nnetworks: {a: {}}\n", "a Docker Compose file"),
        ("apiVersion: v1\nkind: Pod\n---\napiVersion: v1\nkind: Secret\n", "a Kubernetes object"),
        ("- hosts: all\n  tasks: []\n", "a list"),
        ("hello\n", "plain text"),
        ("title: x\nmode: 0400\nday: 2024-01-01\n", "something else"),
    ],
)
def test_a_foreign_file_gets_one_error(folder, text, kind):
    write(folder, a=text, b="cluster: b\n")

    documents = load(folder)

    assert said(documents) == [f"a.yaml:1:1: not a manifest: it looks like {kind} [yaml]"]
    assert not documents.complete
    assert [document.value for document in documents.documents] == [{"cluster": "b"}]


@pytest.mark.parametrize(
    "text",
    [
        "clutser: c\nservces: {}\n",
        "cluster: c\nversion: 3\nservices: {web: {ports: [80]}}\n",
        "services: {web: {image: x}}\n",
        "webhooks: {w: {url: 'https://x'}}\nname: x\n",
        "x-note: {}\n",
    ],
)
def test_a_manifest_with_mistakes_is_not_foreign(folder, text):
    write(folder, a=text)

    assert len(load(folder).documents) == 1
