"""Records the quick start as it runs on a terminal: pip install '.[docs,emulator]', then

    python docs/recording.py

The command runs in a terminal of 92 columns, against the emulator inside it, and is answered as a person would. What
it writes, and when, becomes ``images/apply.cast`` (for ``asciinema play``) and ``images/apply.svg``, which moves by
itself.
"""

import html
import json
import os
import pty
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ
from typing import NamedTuple

import pyte

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
COLUMNS, ROWS = 92, 40
COMMAND = "reconciler apply examples/quickstart --emulator"
TYPING, READING, LASTING = 0.04, 2.5, 4.0
"""Seconds: between two letters, before the answer, and how long the end is shown."""
LEAST = 0.1
"""Seconds between two pictures of the SVG; what comes sooner is one picture."""
QUESTION = b"Enter a value"
FONTS = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
WIDTH, HEIGHT, MARGIN = 8.4, 19, 14
COLOURS = {
    "default": "#d6dbe3",
    "black": "#7b8594",
    "red": "#ff7b72",
    "green": "#56d364",
    "brown": "#e3b341",
    "blue": "#79c0ff",
    "magenta": "#d2a8ff",
    "cyan": "#39c5cf",
    "white": "#f0f6fc",
}


class Written(NamedTuple):
    """What appeared on the terminal, and when, in seconds from the start."""

    at: float
    text: str


def main() -> None:
    """Makes both files anew."""
    events = list(recorded())
    head = {
        "version": 2,
        "width": COLUMNS,
        "height": ROWS,
        "title": COMMAND,
        "env": {"TERM": "xterm-256color"},
    }
    lines = [json.dumps(head), *(json.dumps([round(event.at, 3), "o", event.text]) for event in events)]
    IMAGES.joinpath("apply.cast").write_text("\n".join(lines) + "\n", encoding="utf-8")
    IMAGES.joinpath("apply.svg").write_text(drawn(events), encoding="utf-8")


def recorded() -> Iterator[Written]:
    """The command typed, its output as it comes, and the answer to its question."""
    at = 0.0
    yield Written(at, "$ ")
    for letter in COMMAND:
        at += TYPING
        yield Written(at, letter)
    yield Written(at, "\r\n")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "examples", Path(folder) / "examples")
        ours, theirs = pty.openpty()
        ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        process = subprocess.Popen(
            [sys.executable, "-m", *COMMAND.split()],
            cwd=folder,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**_clean(), "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)},
        )
        os.close(theirs)
        yield from _followed(process, ours, at)


def _clean() -> dict[str, str]:
    own = ("RECONCILER_", "MEDSTACK_", "NO_COLOR", "CI", "GITHUB_")
    return {name: value for name, value in os.environ.items() if not name.startswith(own)}


def _followed(process: "subprocess.Popen[bytes]", ours: int, start: float) -> Iterator[Written]:
    began = time.monotonic()
    pending, answered = b"", False
    while True:
        ready, _, _ = select.select([ours], [], [], 0.1)
        if not ready and process.poll() is not None:
            return
        if not ready:
            continue
        try:
            pending += os.read(ours, 65_536)
        except OSError:  # the other side is closed
            return
        try:
            text, pending = pending.decode(), b""
        except UnicodeDecodeError:
            continue
        yield Written(start + time.monotonic() - began, text)
        if QUESTION.decode() in text and not answered:
            answered = True
            time.sleep(READING)
            os.write(ours, b"yes\n")


def drawn(events: list[Written]) -> str:
    """A picture of the terminal that plays the events, over and over. Lines that recur are drawn once."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen)
    frames: list[tuple[float, list[int]]] = []
    known: dict[str, int] = {}
    for number, event in enumerate(events):
        stream.feed(event.text)
        after = events[number + 1].at if number + 1 < len(events) else event.at + LASTING
        if after - event.at >= LEAST or number + 1 == len(events) or len(event.text) == 1:
            rows = [known.setdefault(_row(screen, row), len(known)) for row in range(ROWS)]
            if not frames or frames[-1][1] != rows:
                frames.append((event.at, rows))
    whole = events[-1].at + LASTING
    width, height = COLUMNS * WIDTH + 2 * MARGIN, ROWS * HEIGHT + 2 * MARGIN
    about = f"{html.escape(COMMAND)}: the plan, the question, and the apply as it goes"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}"',
        f'role="img" aria-label="{about}">',
        f"<style>text{{font:14px {FONTS};white-space:pre}}",
        f"g.f{{visibility:hidden;animation:{whole:.1f}s step-end infinite}}",
    ]
    ends = [at for at, _ in frames[1:]] + [whole]
    for number, ((at, _), end) in enumerate(zip(frames, ends, strict=True)):
        since, until = 100 * at / whole, 100 * end / whole
        first = "" if at == 0 else "0%{visibility:hidden}"
        last = "" if number == len(frames) - 1 else f"{until:.3f}%{{visibility:hidden}}"
        parts.append(f"@keyframes k{number}{{{first}{since:.3f}%{{visibility:visible}}{last}}}")
        parts.append(f"#f{number}{{animation-name:k{number}}}")
    final = len(frames) - 1
    parts.append(
        "@media (prefers-reduced-motion:reduce){g.f{animation:none!important}"
        f"#f{final}{{visibility:visible}}}}"
    )
    parts.append("</style>")
    parts.append(f'<rect width="{width:.0f}" height="{height:.0f}" rx="8" fill="#0d1117"/><defs>')
    parts += [f'<g id="r{number}">{row}</g>' for row, number in known.items() if row]
    parts.append("</defs>")
    empty = known.get("")
    for number, (_, rows) in enumerate(frames):
        uses = [
            f'<use href="#r{row}" y="{MARGIN + (place + 1) * HEIGHT - 5}"/>'
            for place, row in enumerate(rows)
            if row != empty
        ]
        parts.append(f'<g class="f" id="f{number}">{"".join(uses)}</g>')
    return "\n".join([*parts, "</svg>", ""])


def _row(screen: pyte.Screen, row: int) -> str:
    """A row of the screen as texts, one for each stretch of one colour; "" for an empty row."""
    cells = [screen.buffer[row][column] for column in range(COLUMNS)]
    texts: list[str] = []
    start = 0
    while start < COLUMNS:
        look = (cells[start].fg, cells[start].bold)
        end = start
        while end < COLUMNS and (cells[end].fg, cells[end].bold) == look:
            end += 1
        text = "".join(cell.data for cell in cells[start:end])
        if text.strip():
            x = MARGIN + (start + len(text) - len(text.lstrip())) * WIDTH
            fill = COLOURS.get(look[0], f"#{look[0]}" if len(look[0]) == 6 else COLOURS["default"])
            weight = ' font-weight="bold"' if look[1] else ""
            shown = text.strip()
            place = f'x="{x:.1f}" textLength="{len(shown) * WIDTH:.1f}"'
            texts.append(f'<text {place} fill="{fill}"{weight}>{html.escape(shown)}</text>')
        start = end
    return "".join(texts)


if __name__ == "__main__":
    main()
