"""Environment variables as they are written in each layer."""


def test_a_variable_without_a_value_is_an_error_unless_it_removes_an_inherited_one(build):
    base = (
        "services: {a: {image: x, environment_variables: {A: 1, D: 1}},"
        " b: {image: x, environment_variables: {A: }}}\n"
    )
    text = "services: {a: {environment_variables: [{key: A}, {key: B}, {key: D, value: null}, C=]}}\n"
    desired, problems = build(f"cluster: c\nextends: _base.yaml\n{text}", base=base)

    assert desired[0].manifests["service", "a"].spec["environment_variables"] == {"C": ""}
    assert problems == [
        "m0.yaml:3:50: error: 'B' of service 'a' has no value",
        "_base.yaml:1:102: error: 'A' of service 'b' has no value",
    ]


def test_a_variable_twice_in_a_list_is_reported_with_both_places(build):
    text = "services: {a: {image: x, environment_variables: [B=hunter2, {key: B, value: hunter3}, C=]}}\n"
    _, problems = build(f"cluster: c\n{text}")

    assert problems == [
        "m0.yaml:2:61: error: 'B' of service 'a' is given twice; the first is at m0.yaml:2:50"
    ]
