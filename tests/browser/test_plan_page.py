"""The pages of a plan and of a report in a browser."""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, FloatRect, Locator, Page, expect

from reconciler.model import Address, FieldChange, Outcome, Plan, RunResult, Status
from reconciler.model.failure import Failure
from reconciler.model.reason import Worded
from reconciler.render import as_html, report_as_html
from reconciler.render.lines import drift_line
from tests.browser.conftest import Opened, overflow, tiny, violations
from tests.changes import change_of

LONG = "".join(f"line {number} of the file\n" for number in range(40))
DIGEST = "sha256:" + "0123456789abcdef" * 4


def at(kind: str, name: str) -> Address:
    return Address("production", kind, name)


CHANGES = (
    change_of(
        at("config", "nginx-conf"),
        "replace",
        (FieldChange("data", LONG, LONG.replace("line 5 of", "line five of")),),
        live_name="nginx-conf.v4",
        restarts=("web",),
    ),
    change_of(
        at("service", "api"),
        "update",
        (
            FieldChange("image", f"registry.example.com/api:1@{DIGEST}", "registry.example.com/api:2"),
            FieldChange("args", "x" * 400, "y" * 400),
            FieldChange(
                "environment_variables", "(sensitive #1)", "(sensitive #2)", sensitive=True, keys=("TOKEN",)
            ),
        ),
        needs=(at("config", "nginx-conf"),),
    ),
    change_of(
        at("service", "web"),
        "create",
        (FieldChange("replicas", None, 2),),
        needs=(at("service", "api"), at("config", "nginx-conf")),
    ),
    change_of(at("volume", "old-data"), "delete", reasons=(Worded("named under removed"),), consented=True),
)
PLAN = Plan(
    "production", "cluster_1", "company_1", "default", CHANGES, unchanged=7, notes=(Worded("a note"),)
)


@pytest.fixture
def plan_page(tmp_path: Path) -> str:
    (tmp_path / "plan.html").write_text(as_html([PLAN]), encoding="utf-8")
    return (tmp_path / "plan.html").as_uri()


@pytest.fixture
def report_page(tmp_path: Path) -> str:
    ended: tuple[Status, ...] = ("applied", "failed", "skipped", "skipped")
    outcomes = [
        Outcome(
            change,
            status,
            Failure("rejected", "task 1 was rejected") if status == "failed" else None,
            seconds=2.5,
        )
        for change, status in zip(CHANGES, ended, strict=True)
    ]
    result = RunResult(outcomes, problems=[Failure("other", "service/api is not up")])
    report = report_as_html(result, continue_with="reconciler apply .")
    (tmp_path / "report.html").write_text(report, encoding="utf-8")
    return (tmp_path / "report.html").as_uri()


@pytest.fixture
def drift_page(tmp_path: Path) -> str:
    drifted = change_of(at("service", "web"), "update", (FieldChange("replicas", 5, 2, drift=True),))
    plan = Plan("production", "cluster_1", "company_1", "default", (drifted,), unchanged=7)
    (tmp_path / "drift.html").write_text(as_html([plan], summary=drift_line), encoding="utf-8")
    return (tmp_path / "drift.html").as_uri()


@pytest.mark.parametrize("scheme, widths", [("light", (1920, 1280)), ("dark", (600, 390))])
def test_a_plan_page_passes_axe_and_has_no_sideways_scroll(opened: Opened, plan_page, scheme, widths):
    page = opened(plan_page, color_scheme=scheme)
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        assert overflow(page) == 0, width
        assert tiny(page) == [], width
    assert violations(page) == []


def test_a_report_page_passes_axe_and_has_no_sideways_scroll(opened: Opened, report_page):
    page = opened(report_page, color_scheme="dark", viewport={"width": 390, "height": 900})

    assert overflow(page) == 0
    assert violations(page) == []
    expect(page.locator("h1")).to_have_text("Apply NOT complete")
    expect(page.locator(".change").first).to_contain_text("task 1 was rejected")


def test_a_drift_page_passes_axe_and_has_no_sideways_scroll(opened: Opened, drift_page):
    page = opened(drift_page, color_scheme="light", viewport={"width": 390, "height": 900})

    assert overflow(page) == 0
    assert violations(page) == []
    expect(page.locator("h1")).to_have_text("Drift: 1 object changed outside git")
    expect(page.locator(".change .removed")).to_contain_text("5")


def shown(page: Page) -> list[str | None]:
    return [element.locator("b").first.text_content() for element in page.locator(".change:visible").all()]


def test_changes_are_filtered_by_action_kind_and_name(opened: Opened, plan_page):
    page = opened(plan_page)

    page.get_by_role("checkbox", name="delete").uncheck()
    assert shown(page) == ["nginx-conf", "api", "web"]
    page.get_by_role("checkbox", name="config").uncheck()
    assert shown(page) == ["api", "web"]
    page.keyboard.press("/")
    page.keyboard.type("we")
    assert shown(page) == ["web"]
    expect(page.locator("#count")).to_have_text("1 of 4 shown")
    page.keyboard.type("x")
    expect(page.get_by_text("No change matches the filter.")).to_be_visible()


def test_a_small_plan_has_no_filters_and_scalars_have_no_comparison(opened: Opened, tmp_path: Path):
    (tmp_path / "two.html").write_text(
        as_html([replace(PLAN, changes=(CHANGES[0], CHANGES[3]))]), encoding="utf-8"
    )
    two = opened((tmp_path / "two.html").as_uri(), viewport={"width": 1280, "height": 900})
    (tmp_path / "one.html").write_text(as_html([replace(PLAN, changes=CHANGES[3:])]), encoding="utf-8")
    single = opened((tmp_path / "one.html").as_uri())

    assert two.locator(".bar input").evaluate_all("all => all.map((one) => one.id)") == [
        "diff-split",
        "diff-line",
    ]
    assert corner(two.locator(".line.removed"))["y"] == corner(two.locator(".line.added"))["y"]
    assert single.locator(".bar").count() == 0
    two.set_viewport_size({"width": 390, "height": 900})
    expect(two.locator(".bar")).to_be_hidden()


def test_without_scripts_everything_is_readable_and_filterable_by_action(opened: Opened, plan_page):
    page = opened(plan_page, java_script_enabled=False)

    expect(page.locator("#search")).to_be_hidden()
    page.get_by_role("checkbox", name="delete").uncheck()
    assert shown(page) == ["nginx-conf", "api", "web"]


def test_the_order_graph_shows_needs_and_links_to_each_change(opened: Opened, plan_page):
    page = opened(plan_page, viewport={"width": 1280, "height": 900})
    api = page.locator(".graph.wide").get_by_role("link", name=re.compile("^update service api"))

    api.focus()
    lit = page.locator(".graph.wide .node.on .name").all_text_contents()
    assert sorted(lit) == ["api", "nginx-conf", "web"]
    page.locator("#close-all").click()
    api.press("Enter")
    expect(page.locator("#c2")).to_have_attribute("open", "")
    expect(page.locator("#c2 summary").first).to_be_focused()


@pytest.mark.parametrize("columns", [3, 4, 5, 6])
def test_every_name_in_the_order_graph_fits_its_box(opened: Opened, tmp_path: Path, columns: int):
    names = [f"{number}-a-rather-long-name-of-some-application" for number in range(columns)]
    chain = tuple(
        change_of(at("service", name), "create", (), needs=(at("service", names[number - 1]),) * bool(number))
        for number, name in enumerate(names)
    )
    plan = Plan("production", "", "", "default", chain)
    (tmp_path / "plan.html").write_text(as_html([plan]), encoding="utf-8")
    page = opened((tmp_path / "plan.html").as_uri(), viewport={"width": 1280, "height": 900})

    room = page.locator(".graph.wide .node").evaluate_all(
        """nodes => nodes.map((one) => one.querySelector(".card").getBBox().width - 40
          - one.querySelector(".name").getComputedTextLength())"""
    )
    assert len(room) == columns
    assert min(room) > 0


def corner(element: Locator) -> FloatRect:
    """The position of an element on the page."""
    box = element.bounding_box()
    assert box is not None
    return box


def test_texts_are_compared_side_by_side_or_inline(opened: Opened, plan_page):
    page = opened(plan_page, viewport={"width": 1280, "height": 900})
    removed, added = page.locator(".line.removed"), page.locator(".line.added")

    assert corner(removed)["y"] == corner(added)["y"]
    assert (removed.locator("mark").inner_text(), added.locator("mark").inner_text()) == ("5", "five")
    page.get_by_role("radio", name="in line").check()
    assert corner(removed)["y"] < corner(added)["y"]
    assert corner(removed)["x"] == corner(added)["x"]


def test_long_values_are_collapsed_and_digests_shortened(opened: Opened, plan_page):
    page = opened(plan_page)
    image = page.locator(".fold", has_text="registry.example.com/api:1")

    expect(image.locator("summary")).to_have_text("registry.example.com/api:1@sha256:01234567…cdef")
    expect(image.get_by_text(DIGEST)).to_be_hidden()
    image.locator("summary").press("Enter")
    expect(image.get_by_text(DIGEST)).to_be_visible()


def test_collapsed_values_are_printed_too(opened: Opened, plan_page):
    page = opened(plan_page)
    page.locator("#close-all").click()

    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert len(page.locator(".change[open]").all()) == len(CHANGES)
    expect(page.locator(".bar")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.parametrize("name", ["plan_page", "report_page", "drift_page"])
def test_the_page_sends_no_network_requests(opened: Opened, name, request: pytest.FixtureRequest):
    url = request.getfixturevalue(name)
    page = opened("about:blank")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(url)

    assert asked == [url]


def test_the_content_policy_allows_only_the_pages_own_script(browser: Browser, plan_page):
    page = browser.new_page()
    page.goto(plan_page)

    page.evaluate(
        """() => {
          window.refused = [];
          addEventListener("securitypolicyviolation", (event) => window.refused.push(event.effectiveDirective));
          const image = new Image();
          image.src = "https://example.com/seen.png";
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.body.append(script, image);
        }"""
    )
    page.wait_for_function("window.refused.length === 2")
    assert page.evaluate("window.refused.sort()") == ["img-src", "script-src-elem"]
    assert page.evaluate("window.ran") is None
    page.close()


def test_two_thousand_changes_are_laid_out_only_where_visible(opened: Opened, tmp_path: Path):
    changes = tuple(
        change_of(
            at("service", f"service-{number}"),
            "update",
            (FieldChange("replicas", 1, 2),),
            needs=(at("service", "service-0"),) if number else (),
        )
        for number in range(2000)
    )
    (tmp_path / "many.html").write_text(
        as_html([Plan("production", "", "", "default", changes)]), encoding="utf-8"
    )
    page = opened((tmp_path / "many.html").as_uri())

    expect(page.locator("#c2000")).to_have_css("content-visibility", "auto")
    assert (
        page.locator("#c2000 .body").evaluate("one => one.checkVisibility({contentVisibilityAuto: true})")
        is False
    )
    page.locator("#search").fill("service-1999")
    assert shown(page) == ["service-1999"]
    assert page.locator("*").count() < 40 * len(changes)
    assert page.locator(".graph.wide .node .name").all_text_contents() == ["service-0", "1,999 services"]
