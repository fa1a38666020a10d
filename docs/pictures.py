"""Takes the pictures of the documentation: pip install '.[test]', Chromium, then

    python docs/pictures.py

A plan and its page are made by the command against the emulator, the pictures by Playwright.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from reconciler import emulator

IMAGES = Path(__file__).parent / "images"
WIDTHS = (390, 1280, 1920)
CONF = "server {\\n    listen 80;\\n    keepalive_timeout 15;\\n    gzip off;\\n    server_tokens off;\\n}\\n"
REPORT = "  report:\n    image: registry.example.com/clinic/report:1.9\n    replicas: 1\n"
BEFORE = f"""\
cluster: production
volumes: {{records: {{}}, exports: {{}}}}
configs:
  nginx-conf: {{data: "{CONF}"}}
secrets:
  database-password: {{env: DATABASE_PASSWORD}}
services:
  db:
    image: postgres:16.4
    replicas: 1
    secrets: [database-password]
    mounts: ["records:/var/lib/postgresql/data"]
    placement_constraints: ["node.hostname == node-1"]
  api:
    image: registry.example.com/clinic/api:2.4.1
    replicas: 2
    secrets: [database-password]
    depends_on: [db]
  web:
    image: nginx:1.27.3
    replicas: 2
    hosts: [www.example.com]
    port: 80
    configs: [{{name: nginx-conf, file_name: /etc/nginx/conf.d/default.conf}}]
    depends_on: [api]
{REPORT}"""
AFTER = (
    BEFORE.replace("api:2.4.1", "api:2.5.0")
    .replace("gzip off", "gzip on")
    .replace(", exports: {}", ", uploads: {}")
    .replace("    replicas: 2\n    hosts", "    replicas: 4\n    hosts")
    .replace(REPORT, "removed: {volumes: [exports]}\n")
)


def main() -> None:
    """Makes every picture anew."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with (
        tempfile.TemporaryDirectory() as folder,
        emulator.serve(pace=8.0) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        run = _runner(Path(folder), server)
        manifest = Path(folder) / "clinic.yaml"
        manifest.write_text(BEFORE, encoding="utf-8")
        run("apply", "clinic.yaml", "--yes", "-q", secret="first").wait()
        manifest.write_text(AFTER, encoding="utf-8")
        page = Path(folder) / "plan.html"
        page.write_bytes(run("plan", "clinic.yaml", "--format", "html", secret="second").communicate()[0])
        _take(browser, page.as_uri(), "plan")
        applied = run("apply", "clinic.yaml", "--yes", "-q", secret="second")
        _take(browser, f"http://127.0.0.1:{server.port}/", "live", when=".card.moving")
        applied.wait()
        browser.close()


def _runner(folder: Path, server: emulator.Emulator) -> "Callable[..., subprocess.Popen[bytes]]":
    def run(*arguments: str, secret: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", "reconciler", *arguments],
            cwd=folder,
            stdout=subprocess.PIPE,
            env={
                **os.environ,
                "PYTHONPATH": str(Path(__file__).parent.parent),
                "MEDSTACK_API_URL": server.url,
                "MEDSTACK_TOKEN_KEY": server.key,
                "MEDSTACK_TOKEN_VALUE": server.value,
                "RECONCILER_DIGEST_KEY": "a-key-of-32-characters-or-more-00",
                "RECONCILER_SECRET_DATABASE_PASSWORD": secret,
            },
        )

    return run


def _take(browser: Browser, url: str, name: str, *, when: str = "h1") -> None:
    """The picture that stands on the pages, light; and each width in light and dark where PICTURES names a folder."""
    wanted = [(1280, "light", IMAGES / f"{name}.png"), (390, "dark", IMAGES / f"{name}-narrow-dark.png")]
    if folder := os.environ.get("PICTURES"):
        wanted += [
            (width, scheme, Path(folder) / f"{name}-{width}-{scheme}.png")
            for width in WIDTHS
            for scheme in ("light", "dark")
        ]
    for width, scheme, path in wanted:
        page = browser.new_page(
            viewport={"width": width, "height": 1000 if width > 400 else 844}, color_scheme=scheme
        )
        page.goto(url)
        page.wait_for_selector(when, state="attached", timeout=120_000)
        path.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=path)
        page.close()


if __name__ == "__main__":
    main()
