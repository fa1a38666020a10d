"""A plan as one HTML page that needs nothing else: no scripts, no assets, no requests."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Sequence

from reconciler.document import ACTIONS, PlanMeta, totals
from reconciler.model import Change, Diagnostic, Plan
from reconciler.render.lines import (
    LOUD,
    SYMBOLS,
    Line,
    Summary,
    change_lines,
    destroyed,
    drifted,
    legend,
    other_lines,
    summary_line,
    title,
)
from reconciler.render.markup import html
from reconciler.render.plan_text import about

STYLE = """
:root { color-scheme: light dark; --good: #116329; --warn: #7d4e00; --bad: #a40e26; --dim: #57606a; }
@media (prefers-color-scheme: dark) {
  :root { --good: #7ee787; --warn: #e3b341; --bad: #ff7b72; --dim: #8b949e; }
}
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } td, th { padding: .2rem .8rem; text-align: right; }
td:first-child, th:first-child { text-align: left; } tr + tr { border-top: 1px solid var(--dim); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .4rem 0 1rem; font-size: .875rem; }
.create, .added { color: var(--good); } .update, .adopt, .drift { color: var(--warn); }
.delete, .replace, .refusal { color: var(--bad); font-weight: bold; } .removed { color: var(--bad); }
.context, .about { color: var(--dim); } .loud { border-left: .4rem solid var(--bad); padding-left: 1rem; }
"""
POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
)


def as_html(
    plans: Sequence[Plan],
    *,
    diagnostics: Sequence[Diagnostic] = (),
    meta: PlanMeta | None = None,
    summary: Summary = summary_line,
) -> str:
    """The whole page, in UTF-8, dark or light as the reader's system is; ends in a newline."""
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            '<head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width"><title>Plan</title>',
            f"<style>{STYLE}</style></head>",
            f"<body><h1>{html(summary(plans))}</h1>",
            *([f'<p class="about">{html(about(meta))}</p>'] if meta else []),
            *_loud(plans, summary),
            _table(plans),
            f"<p>{html(legend(plans))}</p>",
            *(part for plan in plans for part in _plan(plan)),
            *_list("Warnings", [f"{one.location}: {one.message}" for one in diagnostics], ""),
            "</body></html>\n",
        ]
    )


def _loud(plans: Sequence[Plan], summary: Summary) -> Iterator[str]:
    yield from _list("Refused", [text for plan in plans for text in plan.refusals], "loud")
    for action in LOUD:
        names = [str(one.address) for one in destroyed(plans) if one.action == action]
        yield from _list(f"{len(names)} to {action.upper()}", names, "loud")
    if fields := drifted(plans, summary):
        yield f'<p class="drift">{"1 field was" if fields == 1 else f"{fields} fields were"} changed outside git</p>'


def _list(heading: str, texts: Sequence[str], role: str) -> Iterator[str]:
    if texts:
        yield f'<section class="{role}"><h2>{heading}</h2><ul>'
        yield from (f"<li>{html(text)}</li>" for text in texts)
        yield "</ul></section>"


def _table(plans: Sequence[Plan]) -> str:
    counts = [*ACTIONS, "unchanged", "unmanaged"]
    rows = [f"<tr><th>Where</th>{''.join(f'<th>{one}</th>' for one in counts)}</tr>"]
    for plan in plans:
        of_plan = totals([plan])
        cells = "".join(f"<td>{of_plan[one]}</td>" for one in counts)
        rows.append(f"<tr><td>{html(title(plan))}</td>{cells}</tr>")
    return f"<table>{''.join(rows)}</table>"


def _plan(plan: Plan) -> Iterator[str]:
    others = [_line(line) for line in other_lines(plan)]
    if plan.changes or others:
        yield f"<h2>{html(title(plan))}</h2>"
        yield from (_change(change) for change in plan.changes)
        if others:
            yield f"<pre>{chr(10).join(others)}</pre>"


def _change(change: Change) -> str:
    first, *body = (_line(line) for line in change_lines(change))
    if not body:
        return f"<pre>{first}</pre>"
    return f"<details open><summary>{first}</summary><pre>{chr(10).join(body)}</pre></details>"


def _line(line: Line) -> str:
    symbol = SYMBOLS.get(line.role) or {"added": "+", "removed": "-"}.get(line.role, "")
    text = f"{'    ' * max(0, line.depth - 1)}{symbol}{' ' if symbol else ''}{line.text}"
    return f'<span class="{line.role}">{html(text)}</span>'
