"""The graph in a comment, drawn in Chromium by the library that GitHub uses (Mermaid, from npm).

With CI set, a missing npm is an error; otherwise these tests are skipped with a message.
"""

import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from reconciler.model import Address
from reconciler.render.markup import JOINER
from reconciler.render.plan_mermaid import MOST_EDGES, MOST_STEPS, mermaid
from reconciler.render.visible import shorten
from tests.browser.conftest import PATIENCE
from tests.changes import change_of
from tests.render.hostile import FRAGMENTS

HERE = Path(__file__).parent
HOW = "these tests need npm: apt-get install npm"
NPM = shutil.which("npm")
pytestmark = pytest.mark.skipif(NPM is None and not os.environ.get("TESTS_IN_CI"), reason=HOW)

DRAW = """async (text) => {
  const { svg } = await mermaid.render("graph", text);
  document.body.innerHTML = svg;
  const all = (selector) => [...document.body.querySelectorAll(selector)];
  return {
    boxes: all(".node .nodeLabel").map((box) => box.innerText),
    frames: all(".cluster .nodeLabel").map((frame) => frame.innerText),
    curves: all(".flowchart-link").length,
    fills: all(".node rect.label-container").map((box) => getComputedStyle(box).fill),
    strangers: all("script, img, iframe, a, math, i, [onclick], [onerror]").length,
  };
}"""
LIMITS = {"maxTextSize": 50_000, "maxEdges": 500}
"""The largest graph that GitHub draws: Mermaid's defaults."""
ODD = (
    *FRAGMENTS,
    *(
        "end",
        "graph",
        "subgraph",
        "style",
        "classDef",
        "click",
        "default",
        "o",
        "x",
        "%% comment",
        "---",
        "a & b",
    ),
    *(
        '"]',
        'a"b',
        "a'b",
        "a[b]",
        "a(b)",
        "a{b}",
        "a|b|",
        "a;b",
        "#35;",
        "#quot;",
        "&amp;",
        "<br/>",
        "`a`",
        "**a**",
    ),
    *("naïve", "医院", "🏥", "ك", "a" * 300, "-->", "~~~", ":::x", "@{ shape: cyl }", "$$x^2$$", "fa:fa-ban"),
)


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Mermaid in one file, of the version that ``package.json`` names."""
    if NPM is None:
        pytest.fail(HOW)
    folder = tmp_path_factory.mktemp("npm")
    version = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]["mermaid"]
    command = [NPM, "pack", "--silent", f"mermaid@{version}"]
    for attempt in (1, 2, 3):  # the registry may be unavailable for a moment
        packed = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=900, encoding="utf-8"
        )
        if packed.returncode == 0:
            break
        assert attempt < 3, packed.stderr
    script = folder / "mermaid.min.js"
    with tarfile.open(folder / f"mermaid-{version}.tgz") as archive:
        packed_script = archive.extractfile("package/dist/mermaid.min.js")
        assert packed_script is not None
        script.write_bytes(packed_script.read())
    return script


@pytest.fixture(scope="module")
def draw(library: Path, browser: Browser) -> Iterator[Any]:
    """Draws a graph as GitHub does, and returns what is visible."""
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    page.add_script_tag(path=library)
    page.evaluate(f"mermaid.initialize({json.dumps({'startOnLoad': False, **LIMITS})})")

    def draw(lines: list[str]) -> dict[str, Any]:
        drawn: dict[str, Any] = page.evaluate(DRAW, "\n".join(lines))
        return drawn

    yield draw
    page.close()


def chain(names: list[str], action: Any = "create", cluster: str = "production") -> list[Any]:
    """Changes of services, each of which waits for the one before."""
    addresses = [Address(cluster, "service", name) for name in names]
    return [
        change_of(address, action, needs=(before,) if before else ())
        for before, address in zip((None, *addresses), addresses, strict=False)
    ]


def test_names_with_mermaids_special_characters_are_shown_literally(draw: Any) -> None:
    names = list(dict.fromkeys(ODD))
    shown = []
    for start in range(0, len(names), 20):  # more changes would share a box
        drawn = draw(mermaid(chain(names[start : start + 20])))
        shown += drawn["boxes"]
        assert drawn["strangers"] == 0
        assert drawn["curves"] == len(drawn["boxes"]) - 1

    assert [" ".join(box.replace(JOINER, "").split()) for box in shown] == [
        " ".join(f"{shorten(f'service/{name}', 80)} create".split()) for name in names
    ]


def test_each_cluster_has_a_frame_with_any_name(draw: Any) -> None:
    clusters = ["production", 'end"]', "a & b", "医院"]
    changes = [change for cluster in clusters for change in chain(["db", "api"], cluster=cluster)]

    drawn = draw(mermaid(changes))

    assert sorted(drawn["frames"]) == sorted(clusters)
    assert drawn["curves"] == len(clusters)


def test_deletes_are_last_and_have_their_own_colour(draw: Any) -> None:
    changes = [*chain(["db", "api"]), *chain(["old"], "delete")]

    drawn = draw(mermaid(changes))

    assert [box.splitlines() for box in drawn["boxes"]] == [
        ["service/db", "create"],
        ["service/api", "create"],
        ["service/old", "DELETE"],
    ]
    created, also_created, deleted = drawn["fills"]
    assert created == also_created != deleted


def test_in_a_large_plan_similar_changes_share_a_box(draw: Any) -> None:
    secrets = [change_of(Address("production", "secret", f"s{number}"), "create") for number in range(100)]
    services = [
        change_of(Address("production", "service", f"s{number}"), "create", needs=(secrets[number].address,))
        for number in range(100)
    ]

    drawn = draw(mermaid([*secrets, *services]))

    assert [box.splitlines() for box in drawn["boxes"]] == [
        ["100 secrets", "create"],
        ["100 services", "create"],
    ]


def test_the_largest_graph_is_within_githubs_limit(draw: Any) -> None:
    names = [f"{number}" + "医" * 79 for number in range(MOST_STEPS)]
    largest = mermaid(chain(names))

    drawn = draw(largest)

    assert len("\n".join(largest)) < LIMITS["maxTextSize"]
    assert LIMITS["maxEdges"] > MOST_EDGES + MOST_STEPS
    assert len(drawn["boxes"]) == MOST_STEPS
    assert mermaid(chain([*names, "more"])) == []
