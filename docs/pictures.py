"""Takes the pictures of the documentation: pip install '.[test]', Chromium, then

    python docs/pictures.py

Every page is made by the command against the emulator, the pictures by Playwright; Chromium itself makes them small.
PICTURES=DIRECTORY also writes each page at each width, in light and dark, as PNG, to be looked at.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

from playwright.sync_api import Browser, FloatRect, Page, sync_playwright

from reconciler import emulator

IMAGES = Path(__file__).parent / "images"
WIDTHS = {390: 844, 1280: 1000, 1920: 1000}
"""Widths in pixels, with the greatest height of a picture of each."""
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
QUALITY = 0.82
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
SMALL = BEFORE.replace("postgres:16.4", "postgres:16.6")
REFUSED = "cluster: production\nstack: default\nvolumes: {records: {}}\n"
FAILING = AFTER.replace("clinic/api:2.5.0", "missing/api:2.5.0")
WARDS = (
    "cardiology",
    "dermatology",
    "neurology",
    "oncology",
    "paediatrics",
    "radiology",
    "surgery",
    "urology",
)


def large(tag: str, wards: int) -> str:
    """A manifest of many alike: for each ward three services, a config and a secret."""
    parts = ["cluster: staging", "configs:"]
    parts += [f"  {ward}-settings: {{data: 'level={tag}'}}" for ward in WARDS[:wards]]
    parts += ["secrets:"]
    parts += [f"  {ward}-token: {{env: DATABASE_PASSWORD}}" for ward in WARDS[:wards]]
    parts += ["services:"]
    for ward in WARDS[:wards]:
        image = f"registry.example.com/{ward}"
        parts += [
            f"  {ward}-queue: {{image: redis:7.4, replicas: 1}}",
            f"  {ward}-api: {{image: '{image}/api:{tag}', secrets: [{ward}-token], depends_on: [{ward}-queue]}}",
            f"  {ward}-web: {{image: '{image}/web:{tag}', depends_on: [{ward}-api],",
            f"    configs: [{{name: {ward}-settings, file_name: /etc/settings}}]}}",
        ]
    return "\n".join([*parts, ""])


Size = tuple[int, Literal["light", "dark"]]


class Shown(NamedTuple):
    """A page: the address of what is looked at, what must be there first, and the pictures that the docs hold."""

    name: str
    url: str
    when: str
    kept: tuple[Size, ...]


EACH: tuple[Size, ...] = tuple((width, scheme) for width in WIDTHS for scheme in SCHEMES)
SMALL_ONE: tuple[Size, ...] = ((1280, "light"), (390, "dark"))


def main() -> None:
    """Makes every picture anew."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with (
        tempfile.TemporaryDirectory() as folder,
        emulator.serve(pace=8.0) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for old in IMAGES.glob("*.webp"):
            old.unlink()
        for shown in pages(Path(folder), server):
            _take(browser, shown)
        browser.close()


def pages(folder: Path, server: emulator.Emulator) -> Iterator[Shown]:
    """Every page, each while the cluster is as it needs it."""
    run = _runner(folder, server)

    def html(name: str, *arguments: str, manifest: str, secret: str) -> str:
        folder.joinpath("clinic.yaml").write_text(manifest, encoding="utf-8")
        page = folder / f"{name}.html"
        page.write_bytes(run(*arguments, "clinic.yaml", "--format", "html", secret=secret).communicate()[0])
        return page.as_uri()

    html("first", "apply", "--yes", "-q", manifest=BEFORE, secret="first")
    yield Shown("empty", html("empty", "plan", manifest=BEFORE, secret="first"), "h1", SMALL_ONE)
    yield Shown("small", html("small", "plan", manifest=SMALL, secret="first"), "h1", SMALL_ONE)
    yield Shown("refused", html("refused", "plan", manifest=REFUSED, secret="first"), "h1", SMALL_ONE)
    plan = html("plan", "plan", manifest=AFTER, secret="second")
    yield Shown("plan", plan, "h1", EACH)
    yield Shown("changes", f"{plan}#c1", "h1", ((1280, "dark"), (390, "light")))
    folder.joinpath("large.yaml").write_text(large("1.0", 8), encoding="utf-8")
    run("apply", "large.yaml", "--yes", "-q", secret="first").communicate()
    page = folder / "large.html"
    folder.joinpath("large.yaml").write_text(large("1.1", 7), encoding="utf-8")
    page.write_bytes(run("plan", "large.yaml", "--format", "html", secret="second").communicate()[0])
    yield Shown("large", page.as_uri(), "h1", ((1920, "light"), (390, "dark")))
    _change_outside_git(server)
    yield Shown("drift", html("drift", "drift", manifest=BEFORE, secret="first"), "h1", SMALL_ONE)
    failed = html("report", "apply", "--yes", "-q", "--timeout", "20", manifest=FAILING, secret="third")
    yield Shown("report", failed, "h1", SMALL_ONE)
    folder.joinpath("clinic.yaml").write_text(AFTER, encoding="utf-8")
    applied = run("apply", "clinic.yaml", "--yes", "-q", secret="second")
    yield Shown("live", f"http://127.0.0.1:{server.port}/", ".card.moving", EACH)
    applied.terminate()
    applied.communicate()


def _change_outside_git(server: emulator.Emulator) -> None:
    """Somebody changes a service by hand: a few more replicas, and another image."""
    company = f"{server.url}/companies/company_c1in1c"
    clusters = _ask(server, f"{company}/clusters")["data"]
    cluster = next(listed["id"] for listed in clusters if listed["label"] == "production")
    services = f"{company}/clusters/{cluster}/services"
    web = next(service for service in _ask(server, services)["data"] if service["name"] == "web")
    _ask(server, f"{services}/{web['id']}", {"replicas": 5, "image": "nginx:1.25.0"})


def _ask(server: emulator.Emulator, url: str, body: Any = None) -> Any:
    """What the server answers to a GET, or to a PATCH with ``body``."""
    token = base64.b64encode(f"{server.key}:{server.value}".encode()).decode()
    request = urllib.request.Request(  # noqa: S310 - the emulator's own address
        url,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Basic {token}", "Content-Type": "application/json"},
        method="GET" if body is None else "PATCH",
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
        return json.load(answer)


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


def _take(browser: Browser, shown: Shown) -> None:
    """The pictures of a page that the documentation holds, and all others where PICTURES names a folder."""
    folder = os.environ.get("PICTURES")
    page = browser.new_page()
    page.goto(shown.url)
    page.wait_for_selector(shown.when, state="attached", timeout=120_000)
    pause = page.get_by_role("button", name="Pause")
    if pause.count():
        pause.click()
    for width, scheme in EACH if folder else shown.kept:
        page.set_viewport_size({"width": width, "height": WIDTHS[width]})
        page.emulate_media(color_scheme=scheme)
        page.evaluate("document.querySelector(':target')?.scrollIntoView()")  # it moved with the width
        page.wait_for_timeout(200)  # colours change over some milliseconds
        picture = page.screenshot(clip=_clip(page, width))
        name = f"{shown.name}-{width}-{scheme}"
        if folder:
            Path(folder, f"{name}.png").write_bytes(picture)
        if (width, scheme) in shown.kept:
            IMAGES.joinpath(f"{name}.webp").write_bytes(_small(browser, picture))
    page.close()


def _clip(page: Page, width: int) -> FloatRect:
    """What is seen of a page at first; less where it ends before."""
    end: float = page.evaluate("document.body.getBoundingClientRect().height")
    return {"x": 0, "y": 0, "width": width, "height": min(WIDTHS[width], end)}


def _small(browser: Browser, picture: bytes) -> bytes:
    """A PNG as WebP, as Chromium writes it: a third of the bytes."""
    page = browser.new_page()
    written: str = page.evaluate(
        """async ([picture, quality]) => {
          const image = new Image();
          image.src = picture;
          await image.decode();
          const canvas = new OffscreenCanvas(image.width, image.height);
          canvas.getContext("2d").drawImage(image, 0, 0);
          const blob = await canvas.convertToBlob({ type: "image/webp", quality });
          const bytes = new Uint8Array(await blob.arrayBuffer());
          return btoa(Array.from(bytes, (one) => String.fromCharCode(one)).join(""));
        }""",
        [f"data:image/png;base64,{base64.b64encode(picture).decode()}", QUALITY],
    )
    page.close()
    return base64.b64decode(written)


if __name__ == "__main__":
    main()
