"""Escapes text from outside for Markdown, HTML and Mermaid, so that it cannot start or end any markup."""

import re
from collections.abc import Iterable

from reconciler.render.visible import shorten, visible

BUDGET = 60_000
"""Bytes of a text. A GitHub comment holds 65,536 characters; the rest is for the text that is added around it."""
LEAST_BUDGET = 1_000
LIMIT = 300
"""Characters of a text in code, unless the caller allows more."""
_RUNS = re.compile("`+")
_ACTIVE = re.compile(
    r"[\x00-\x1f!-'*+.:-@\[-`{-\x7f]"
)  # all of ASCII except letters, digits, space , / ( ) -
_LABEL = re.compile("[^A-Za-z0-9 /.-]")
_BEGINS = re.compile(r"[$:\\]")
JOINER = "\u2060"
"""An invisible character that prevents a line break."""


def html(text: str) -> str:
    """``text`` escaped for an HTML element or a quoted attribute."""
    shown = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return shown.replace('"', "&quot;").replace("'", "&#39;")


def code(text: str, limit: int = LIMIT) -> str:
    """``text`` as an HTML code element for Markdown, in which GitHub finds no mention, link, issue or table.

    Every character with a meaning in Markdown becomes a character reference. GitHub looks for users, issues,
    commits and emoji after these are resolved, but not inside code.
    """
    return f"<code>{_ACTIVE.sub(lambda found: f'&#{ord(found[0])};', shorten(text, limit))}</code>"


def fence(lines: Iterable[str], language: str) -> str:
    """Visible ``lines`` as a fenced block that they cannot end, without the start of an HTML comment."""
    inside = "\n".join(lines).replace("<!--", "<\\x21--")
    longest = max((len(run) for run in _RUNS.findall(inside)), default=0)
    mark = "`" * max(3, longest + 1)
    return f"{mark}{language}\n{inside}\n{mark}"


def label(text: str) -> str:
    """``text`` as the quoted label of a Mermaid node; Mermaid writes a character as ``#35;``.

    It looks for formulas (``$$x$$``), icons (``fa:fa-x``) and ``\\n`` once these are resolved, so they are parted.
    """
    parted = _BEGINS.sub(rf"\g<0>{JOINER}", shorten(text, 80))
    return _LABEL.sub(lambda found: f"#{ord(found[0])};", parted)


def fitting(texts: Iterable[str], budget: int) -> str:
    """The first of ``texts`` of at most ``budget`` bytes of UTF-8 (so of no more characters than that).

    Raises ValueError for a budget below 1,000, which may be too small for the last text, the totals.
    """
    if budget < LEAST_BUDGET:
        raise ValueError(f"a budget of {budget} is below {LEAST_BUDGET}")
    return next(text for text in texts if len(text.encode()) <= budget)
