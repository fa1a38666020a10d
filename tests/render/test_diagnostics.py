import json

from reconciler.model import Diagnostic, Location
from reconciler.render import diagnostics_as_json, diagnostics_as_text

TYPO = Diagnostic(
    Location("clinic.yaml", 7, 5),
    "error",
    "schema",
    "'replica' is not a field of a service",
    "did you mean 'replicas'?",
)


def test_a_diagnostic_is_a_line_that_editors_link_and_a_hint():
    assert diagnostics_as_text([TYPO]) == (
        "clinic.yaml:7:5: error: 'replica' is not a field of a service [schema]\n"
        "    hint: did you mean 'replicas'?\n"
    )


def test_a_given_source_line_is_shown_with_a_caret():
    lines = {7: "    replica: 2"}

    assert diagnostics_as_text([TYPO], source=lambda place: lines.get(place.line)).splitlines()[1:3] == [
        "    7 |     replica: 2",
        "      |     ^",
    ]


def test_the_caret_is_right_after_a_tab():
    _, line, caret, _ = diagnostics_as_text([TYPO], source=lambda _: "\t\ta\tb: 1").splitlines()

    assert line[caret.index("^")] == "b"


def test_a_hint_of_several_lines_stays_below_its_diagnostic():
    diagnostic = Diagnostic(Location("a.yaml"), "warning", "check", "what", "first\nsecond")

    assert diagnostics_as_text([diagnostic]).splitlines()[1:] == ["    hint: first", "    hint: second"]


def test_colour_marks_the_severity():
    assert "\x1b[1;31merror\x1b[0m" in diagnostics_as_text([TYPO], colour=True)


def test_diagnostics_as_json_are_counted():
    assert json.loads(diagnostics_as_json([TYPO])) == {
        "format_version": 1,
        "summary": {"errors": 1, "warnings": 0},
        "diagnostics": [
            {
                "path": "clinic.yaml",
                "line": 7,
                "column": 5,
                "severity": "error",
                "check": "schema",
                "message": "'replica' is not a field of a service",
                "hint": "did you mean 'replicas'?",
            }
        ],
    }
