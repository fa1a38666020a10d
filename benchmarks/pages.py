"""Measures the page of a large plan: the command writes it, then Chromium opens and filters it.

    python benchmarks/pages.py [--runs 5] [--changes 2000]

Needs ``[test]`` (Playwright) and Chromium. Each figure is a median: of whole processes for writing, of fresh pages
for the browser, up to the first frame with the result. The exit code does not depend on the figures (tests/browser
has the requirements), since seconds depend on the machine.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import manifests
from benchmarks.bench import Bench, row, stub
from benchmarks.measure import middle

SHOWN = """async (act) => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const begun = performance.now();
  act();
  await frame();
  return performance.now() - begun;
}"""
"""JavaScript that returns the milliseconds from an action to the end of the frame that shows its result."""
BY_KIND = "() => document.querySelector('#show-kind-config').click()"
BY_NAME = """() => {
  const field = document.querySelector('#search');
  field.value = 'web-1';
  field.dispatchEvent(new Event('input', { bubbles: true }));
}"""
OPEN_ALL = "() => document.querySelector('#open-all').click()"
OPENED = """() => {
  const painted = performance.getEntriesByName('first-contentful-paint')[0].startTime;
  return [painted, performance.getEntriesByType('navigation')[0].loadEventEnd];
}"""


def written(bench: Bench, changes: int) -> Path:
    """The page of a plan with ``changes`` creates. Prints the time to write it, and to write the same plan as JSON."""
    manifest = manifests.write(bench.folder, changes)
    bench.delay(0.0)
    bench.empty()
    page, other = bench.time(
        bench.command("plan", str(manifest), "--format", "html"),
        bench.command("plan", str(manifest), "--format", "json"),
    )
    row(
        f"the page of {changes:,} changes, written",
        f"{middle(page):.2f} s; the same plan as JSON {middle(other):.2f} s",
        "",
    )
    text = subprocess.run(
        bench.command("plan", str(manifest), "--format", "html"),
        env=bench.environment,
        capture_output=True,
        check=True,
    ).stdout
    path = bench.folder / "plan.html"
    path.write_bytes(text)
    row("its size", f"{len(text) / 1e6:.1f} MB", "")
    return path


def opened(browser: Browser, path: Path) -> Page:
    """A new browser page with the file, in the size of a laptop's screen."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(path.as_uri())
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
    return page


def looked_at(browser: Browser, path: Path, runs: int) -> None:
    """Print the time to open the page, and to filter it."""
    painted: list[float] = []
    loaded: list[float] = []
    taken: dict[str, list[float]] = {"filtered by kind": [], "filtered by name": [], "opened as a whole": []}
    for _ in range(runs):
        page = opened(browser, path)
        first, last = page.evaluate(OPENED)
        painted.append(first)
        loaded.append(last)
        for what, act in zip(taken, (BY_KIND, BY_NAME, OPEN_ALL), strict=True):
            taken[what].append(page.evaluate(f"() => ({SHOWN})({act})"))
        page.close()
    row("opened, to the first paint", f"{median(painted):.0f} ms", "")
    row("opened, to the end of loading", f"{median(loaded):.0f} ms", "")
    for what, each in taken.items():
        row(what, f"{median(each):.0f} ms", "")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5, help="runs of each (default: 5)")
    parser.add_argument("--changes", type=int, default=2000, help="changes of the plan (default: 2000)")
    given = parser.parse_args()
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, stub() as ours, stub() as theirs:
        print("| measure | measured | goal |\n|---|---|---|")
        path = written(Bench(Path(folder), ours, theirs, given.runs), given.changes)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=program, args=["--no-sandbox", "--disable-gpu"]
            )
            looked_at(browser, path, given.runs)
            browser.close()


if __name__ == "__main__":
    main()
