"""The search for similar names is limited in the number of searches and of names."""

from reconciler.checks.base import Suggestions, braces
from reconciler.checks.dangling_reference import CHECK
from reconciler.model import Address, Desired, Location, Manifest

PLACE = Location("a.yaml")


def test_a_similar_name_is_found_ignoring_case_and_dashes():
    suggestions = Suggestions()

    assert suggestions.likely("Imge", ["image", "port"]) == "image"
    assert suggestions.likely("placement-constraint", ["placement_constraints"]) == "placement_constraints"
    assert suggestions.likely("zzz", ["image", "port"]) == ""


def test_the_number_of_compared_words_is_limited_and_answers_are_cached():
    suggestions = Suggestions()
    found = [suggestions.likely(f"imag{number}", ["image"], among="fields") for number in range(100)]

    assert [suggestion for suggestion in found if suggestion] == ["image"] * Suggestions.MOST
    assert suggestions.likely("imag1", ["image"], among="fields") == "image"


def test_long_words_are_not_compared():
    suggestions = Suggestions()

    assert suggestions.likely("a" * 100_000, ["a" * 99_999]) == ""
    assert suggestions.likely("image", ["x" * 100_000, "imagee"]) == "imagee"


def test_only_the_first_of_many_dangling_names_get_a_hint():
    names = [f"database-{number:05}" for number in range(3_000)]
    manifests = {
        ("service", name): Manifest(
            Address("c", "service", name), {}, PLACE, lambda _: PLACE, depends_on=(f"{name}x",)
        )
        for name in names
    }

    found = list(CHECK.check([Desired("c", "s", PLACE, manifests=manifests)]))

    assert len(found) == len(names)
    assert sum("did you mean" in diagnostic.hint for diagnostic in found) == Suggestions.MOST


def test_the_hint_for_a_variable_without_braces_adds_them():
    assert braces("nginx:$TAG") == "write ${TAG}: a variable has braces around its name"
    assert braces("nginx:${TAG}") == braces("5$") == ""
