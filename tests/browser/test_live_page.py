"""The emulator's own page, while a service rolls out."""

from playwright.sync_api import expect

from reconciler.emulator import serve
from tests.browser.conftest import Opened, overflow, tiny, violations
from tests.pipeline.outside import Outside


def test_a_rollout_is_shown_live_and_the_page_is_usable_by_keyboard(opened: Opened):
    with (
        serve(pace=1000) as emulator,
        Outside(emulator) as outside,
    ):  # nothing changes unless the clock is moved
        outside.ask("DELETE", "/_emulator/requests")
        page = opened(
            f"http://127.0.0.1:{emulator.port}/", viewport={"width": 390, "height": 900}, color_scheme="dark"
        )
        expect(page.get_by_text("No request yet.")).to_be_visible()

        outside.make("services", name="web", image="nginx:1.27.3", replicas=2)
        card = page.get_by_label("service web,")
        expect(card).to_have_class("card moving")
        outside.pass_time(1_000)
        expect(card).to_have_class("card up")
        expect(card).to_contain_text("2 of 2 running")
        expect(page.locator("tbody tr").first).to_contain_text("POST")
        outside.make("services", name="broken", image="registry.example.com/missing:1", replicas=2)
        outside.pass_time(2_000)
        expect(page.get_by_label("service broken,")).to_contain_text("No such image")

        assert overflow(page) == 0
        assert tiny(page) == []
        assert violations(page) == []
        page.get_by_role("button", name="Pause").press("Enter")
        expect(page.locator("#state")).to_have_text("paused")
        page.get_by_role("checkbox", name="writes only").press("Space")
        expect(page.locator("tbody tr")).to_have_count(2)
        summary = page.locator("summary", has_text="staging")
        summary.press("Enter")
        expect(page.locator("details", has_text="staging")).to_have_attribute("open", "")
        page.set_viewport_size({"width": 1920, "height": 900})
        assert overflow(page) == 0
