"""The emulator's own page, while a service rolls out."""

import base64
import json
import urllib.request

from playwright.sync_api import expect

from reconciler.emulator import serve
from tests.browser.conftest import Opened, overflow, violations


def test_a_rollout_is_seen_as_it_goes_and_the_page_is_usable_by_keyboard(opened: Opened):
    with serve(pace=4.0) as emulator:
        page = opened(
            f"http://127.0.0.1:{emulator.port}/", viewport={"width": 390, "height": 900}, color_scheme="dark"
        )
        expect(page.get_by_text("No request yet.")).to_be_visible()

        create(emulator, "web", "nginx:1.27.3")
        card = page.get_by_label("service web,")
        expect(card).to_have_class("card moving")
        expect(card).to_have_class("card up")
        expect(card).to_contain_text("2 of 2 running")
        expect(page.locator("tbody tr").first).to_contain_text("POST")
        create(emulator, "broken", "registry.example.com/missing:1")
        expect(page.get_by_label("service broken,")).to_contain_text("No such image")

        assert overflow(page) == 0
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


def create(emulator, name: str, image: str) -> None:
    """Make a service of two replicas in the first cluster."""
    token = base64.b64encode(f"{emulator.key}:{emulator.value}".encode()).decode()
    headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
    company = f"{emulator.url}/companies/company_c1in1c"
    listed = urllib.request.Request(f"{company}/clusters", headers=headers)
    with urllib.request.urlopen(listed, timeout=30) as answer:
        cluster = json.load(answer)["data"][0]["id"]
    body = json.dumps({"name": name, "image": image, "replicas": 2}).encode()
    made = urllib.request.Request(f"{company}/clusters/{cluster}/services", data=body, headers=headers)
    urllib.request.urlopen(made, timeout=30).close()
