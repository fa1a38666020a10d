"""Pages in a real browser: Chromium of the machine (Debian: ``apt-get install chromium``), controlled by Playwright.

With CI set, a missing browser is an error; otherwise these tests are skipped with a message.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
HOW = "these tests need Chromium: apt-get install chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE = 120_000
"""Timeout of every wait in milliseconds: only a failing test takes that long."""
expect.set_options(timeout=PATIENCE)
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need the browser; skip them outside CI if there is none."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None and not os.environ.get("TESTS_IN_CI"):
                item.add_marker(pytest.mark.skip(reason=HOW))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for the whole session."""
    if CHROMIUM is None:
        pytest.fail(HOW)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, timeout=PATIENCE)
        yield browser
        browser.close()


Opened = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    """Opens a page. After the test, the page must have had no errors, including violations of its policy."""
    pages, errors = [], []

    def open_page(url: str, **settings: Any) -> Page:
        page = browser.new_page(**settings)
        page.set_default_timeout(PATIENCE)
        pages.append(page)
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert errors == []


def violations(page: Page) -> list[str]:
    """The problems that axe finds: each rule with the first element that violates it."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run()")["violations"]
    return [f"{violation['id']}: {violation['help']}: {violation['nodes'][0]['html']}" for violation in found]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide


_TINY = """() => {
  const seen = (one) => one.checkVisibility() && !one.closest(".sr, .skip, script, style");
  const scale = (svg) => svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const one = texts.currentNode.parentElement;
    const size = parseFloat(getComputedStyle(one).fontSize) * scale(one.ownerSVGElement);
    if (texts.currentNode.data.trim() && seen(one) && size < 11.95) found.push(`${size} px: ${texts.currentNode.data}`);
  }
  for (const one of document.querySelectorAll("button, summary, label, input:not(label input), svg a")) {
    const { width, height } = one.getBoundingClientRect();
    if (seen(one) && Math.min(width, height) < 23.95) found.push(`${width} x ${height} px: ${one.outerHTML}`);
  }
  return found;
}"""


def tiny(page: Page) -> list[str]:
    """Elements that are hard to read or touch: text below 12 pixels, controls below 24 (WCAG 2.2, 2.5.8)."""
    found: list[str] = page.evaluate(_TINY)
    return found
