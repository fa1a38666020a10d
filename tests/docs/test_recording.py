"""The recording on the front page shows a run of the quick start with its current output."""

import json
import re
from xml.etree import ElementTree

from tests.e2e.conftest import REPOSITORY

IMAGES = REPOSITORY / "docs" / "images"
CODES = re.compile("\x1b\\[[0-9;?]*[a-zA-Z]")
HEAD, *EVENTS = [
    json.loads(line) for line in (IMAGES / "apply.cast").read_text(encoding="utf-8").splitlines()
]
TEXT = CODES.sub("", "".join(text for _, _, text in EVENTS)).replace("\r", "\n")


def test_the_recording_is_a_valid_cast() -> None:
    assert (HEAD["version"], HEAD["width"]) == (2, 92)
    assert {kind for _, kind, _ in EVENTS} == {"o"}
    assert [at for at, _, _ in EVENTS] == sorted(at for at, _, _ in EVENTS)


def test_the_recording_shows_the_same_run_as_the_readme() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    (shown,) = re.findall(
        r"reconciler apply examples/quickstart --emulator --yes\n(.*?)^```", readme, re.DOTALL | re.MULTILINE
    )
    lines = [line for line in shown.splitlines() if line not in ("", "[…]") and not line.startswith("[")]

    assert len(lines) > 5
    assert [line for line in lines if line not in TEXT] == []
    assert re.search(r"production/service/web +waits for service/cache", TEXT)


def test_no_line_of_the_recording_is_wider_than_the_terminal() -> None:
    assert max(map(len, TEXT.splitlines())) <= HEAD["width"]


def test_the_animation_loads_nothing_and_respects_reduced_motion() -> None:
    text = (IMAGES / "apply.svg").read_text(encoding="utf-8")
    drawn = ElementTree.fromstring(text)  # noqa: S314 - our own file

    assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
    assert "Apply complete: 4 applied." in "".join(drawn.itertext())
    assert "prefers-reduced-motion" in text
    assert set(re.findall(r'https?://[^"\s]+', text)) == {"http://www.w3.org/2000/svg"}
