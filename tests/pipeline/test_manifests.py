"""The diagnostics of a run, and how many of them are shown."""

from reconciler.pipeline.manifests import MOST_SHOWN, NOT_RECORDED, load


def loaded(folder, text):
    (folder / "a.yaml").write_text(text, encoding="utf-8")
    return load(folder, root=folder, variables={}, environment={}, sources=NOT_RECORDED)


def test_many_problems_show_errors_first_and_count_the_rest(tmp_path):
    services = "".join(
        f"  s{n}: {{image: 'x:1', environment_variables: {{A: }}}}\n" for n in range(MOST_SHOWN + 5)
    )
    found = loaded(tmp_path, f"cluster: c\nservices:\n{services}  a_b: {{image: x}}\n").diagnostics

    assert len(found) == MOST_SHOWN + 1
    assert {diagnostic.severity for diagnostic in found} == {"error"}
    assert found[-1].message == "7 more problems are not shown"


def test_a_few_problems_are_all_shown_in_the_order_of_their_places(tmp_path):
    found = loaded(tmp_path, "cluster: c\nservices:\n  a_b: {image: x}\n  c: {}\n")

    assert [diagnostic.check for diagnostic in found.diagnostics] == [
        "dns-name",
        "floating-image",
        "missing-image",
    ]
    assert not found.is_valid
