"""The notes of a conversion, as text and as JSON."""

import json

from reconciler.compose import Effect, Note
from reconciler.model import Location
from reconciler.render.compose import report_as_json, report_as_text

PLACE = Location("compose.yaml", 4, 5)
GRAVE = Note(
    PLACE, Effect.CHANGES, ("services", "web"), "volumes", "a bind mount has no place", "declare a config"
)
SMALL = Note(PLACE, Effect.HARMLESS, (), "version", "it is not needed")


def test_notes_are_grouped_by_effect_and_counted():
    assert report_as_text([GRAVE, SMALL]).splitlines() == [
        "Changes what runs:",
        "  compose.yaml:4:5: web: a bind mount has no place",
        "      declare a config",
        "Harmless here:",
        "  compose.yaml:4:5: it is not needed",
        "1 changes what runs, 0 may matter, 1 harmless here",
    ]


def test_no_text_of_a_file_controls_the_terminal():
    assert "\x1b" not in report_as_text([GRAVE._replace(message="\x1b[2J", advice="\x1b[2J")])


def test_notes_as_json_have_place_effect_and_advice():
    (grave, small) = json.loads(report_as_json([GRAVE, SMALL], ["compose.yaml"]))["notes"]

    assert (grave["path"], grave["line"], grave["column"]) == ("compose.yaml", 4, 5)
    assert (grave["effect"], grave["subject"], grave["field"]) == (
        "changes what runs",
        ["services", "web"],
        "volumes",
    )
    assert (small["subject"], small["advice"]) == ([], "")
