"""Text from outside, made harmless in Markdown, HTML and Mermaid: it can neither end nor begin anything."""

import re
from collections.abc import Iterable

from reconciler.render.visible import shorten, visible

BUDGET = 60_000
"""Bytes. A GitHub comment takes 65,536 characters; the rest is left to what the comment adds around it."""
LEAST_BUDGET = 1_000
LIMIT = 300
"""Characters of a text in code, unless more are asked for."""
_RUNS = re.compile("`+")
_ACTIVE = re.compile(r"[\x00-\x1f!-'*+.:-@\[-`{-\x7f]")  # all of ASCII but letters, digits, blank , / ( ) -
_LABEL = re.compile("[^A-Za-z0-9 /.-]")


def html(text: str) -> str:
    """``text`` for the inside of an HTML element or a quoted attribute."""
    shown = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return shown.replace('"', "&quot;").replace("'", "&#39;")


def code(text: str, limit: int = LIMIT) -> str:
    """``text`` as an HTML code element inside Markdown, where a mention, link, issue or table means nothing.

    Every character Markdown could read is a character reference. GitHub looks for people, issues, commits
    and emoji in the text of the page, where references are resolved already; in code it does not look.
    """
    return f"<code>{_ACTIVE.sub(lambda found: f'&#{ord(found[0])};', shorten(text, limit))}</code>"


def fence(lines: Iterable[str], language: str) -> str:
    """Visible lines as a fenced block that they cannot close, and with no comment marker in it."""
    inside = "\n".join(lines).replace("<!--", "<\\x21--")
    longest = max((len(run) for run in _RUNS.findall(inside)), default=0)
    mark = "`" * max(3, longest + 1)
    return f"{mark}{language}\n{inside}\n{mark}"


def label(text: str) -> str:
    """``text`` as the quoted label of a Mermaid node; ``#35;`` is Mermaid's way to write a character."""
    return _LABEL.sub(lambda found: f"#{ord(found[0])};", shorten(text, 80))


def fitting(texts: Iterable[str], budget: int) -> str:
    """The first text of at most ``budget`` bytes of UTF-8, which are never fewer than its characters.

    Raises ValueError for a budget below 1,000: the totals, which the last text consists of, need some room.
    """
    if budget < LEAST_BUDGET:
        raise ValueError(f"a budget of {budget} is below {LEAST_BUDGET}")
    return next(text for text in texts if len(text.encode()) <= budget)
