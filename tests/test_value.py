import pytest

from reconciler.model.value import FrozenValue


class Host(FrozenValue):
    name: str
    port: int = 80


class Other(FrozenValue):
    name: str
    port: int = 80


def test_values_are_equal_by_class_and_fields():
    assert Host("a") == Host("a", port=80)
    assert hash(Host("a")) == hash(Host(name="a"))
    assert Host("a") not in {Host("b"), Host("a", 8080), Other("a")}


def test_a_value_is_matched_by_its_fields_and_shows_them():
    match Host("a", 8080):
        case Host(name, port):
            assert (name, port) == ("a", 8080)
    assert repr(Host("a")) == "Host(name='a', port=80)"


@pytest.mark.parametrize(
    "given, named", [((), {}), (("a", 1, 2), {}), (("a",), {"path": "/"}), (("a",), {"name": "b"})]
)
def test_a_value_has_its_fields_and_no_others(given, named):
    with pytest.raises(TypeError, match="Host"):
        Host(*given, **named)


def test_a_value_never_changes():
    with pytest.raises(AttributeError, match="name can't be set"):
        Host("a").name = "b"  # type: ignore[misc]
