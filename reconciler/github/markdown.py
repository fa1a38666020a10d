"""The result of a job as Markdown for the comment, the summary and the issue, within their limits.

All text from outside goes through ``code``, so that it cannot mention a person, make a link or end a block.
"""

import re
from collections.abc import Sequence

from reconciler.github.job import Job, JobResult
from reconciler.model import Diagnostic
from reconciler.render import report_as_markdown
from reconciler.render.lines import drift_line, summary_line
from reconciler.render.markup import LEAST_BUDGET, code
from reconciler.render.plan_markdown import Fitted, as_text, fitted

COMMENT_BUDGET = 65_000
"""Bytes, of which a text has at least as many as characters; GitHub accepts 65,536 characters."""
SUMMARY_BUDGET = 900_000
APPROVAL_ROOM = 30_000
"""Characters of a comment that a sealed plan may take."""
REPORT_SHARE = 4
"""The report of an apply may take a quarter of the budget."""
ENTRIES = 40
_URL = re.compile(r"https?://[A-Za-z0-9.\-_~:/%]+")
_WORDS = {
    "valid": "✅ **Valid.**",
    "planned": "📋 **Planned.**",
    "offline": "⚠️ **Checked without a server.**",
    "refused": "⛔ **Refused.**",
    "applied": "✅ **Applied.**",
    "failed": "❌ **Failed.**",
    "outdated": "⚠️ **Outdated.**",
    "superseded": "⏭️ **Superseded.**",
    "drifted": "⚠️ **Drift.**",
    "clean": "✅ **No drift.**",
}


def page(job: Job, ended: JobResult, *, budget: int, note: str = "") -> Fitted:
    """The result of a job as Markdown of at most ``budget`` bytes (5,000 or more), its summary first.

    ``note`` is Markdown that is not escaped.
    """
    blocks = [_head(job, ended)]
    named = True
    if ended.run is None or ended.details or ended.result is not None:
        blocks.append(code(ended.headline, 500))
    if ended.details:
        blocks.append(_list([code(detail, 600) for detail in ended.details], budget // REPORT_SHARE))
    blocks += [note] if note else []
    if ended.result and ended.result.outcomes:
        blocks.append(report_as_markdown(ended.result, budget=max(LEAST_BUDGET, budget // REPORT_SHARE)))
    if ended.run is None and ended.diagnostics:
        blocks.append(_list([_diagnostic(diagnostic) for diagnostic in ended.diagnostics], budget // 2))
    elif ended.run is not None:
        left = budget - len(as_text([*blocks, _tail(job)]).encode()) - 9
        (summary, *details), named = fitted(
            ended.run.plans,
            diagnostics=ended.diagnostics,
            meta=ended.run.meta,
            budget=max(LEAST_BUDGET, left),
            summary=drift_line if job.command == "drift" else summary_line,
        )
        blocks = [summary, *blocks, *details] if ended.result is None else [*blocks, summary, *details]
    return Fitted((*blocks, _tail(job)), named)


def bare(ended: JobResult) -> str:
    """The result of a step that failed before its job was known, as Markdown."""
    return as_text([_WORDS[ended.state], *(code(line, 600) for line in (ended.headline, *ended.details))])


def approvable(until: str) -> str:
    """The note on a plan that merging approves."""
    return (
        f"Merging approves these changes and no others, until {code(until)}. "
        "If this comment is edited, it approves nothing."
    )


def approves_nothing(why: str) -> str:
    """The note on a plan that merging does not approve, with the reason."""
    return f"**Merging approves none of these changes:** {code(why, 500)}"


def _head(job: Job, ended: JobResult) -> str:
    event = job.event
    parts = [f"{_WORDS[ended.state]} {code(job.target.title)}"]
    if event.pull:
        head = event.pull.head_sha or event.sha
        parts.append(f"{code(head[:12])} → {code(event.pull.base_ref, 100)}")
    else:
        parts.append(code(event.sha[:12]))
    if job.command == "apply":
        parts.append(f"by {code(event.actor, 60)}")
    return " · ".join(parts)


def _tail(job: Job) -> str:
    return (
        f"The log, and the whole plan as artifacts where the workflow uploads it: {link(job.event.run_url)}."
    )


def link(url: str) -> str:
    """The URL of a run as a link, or as code if it is no web address."""
    return f"[this run]({url})" if _URL.fullmatch(url) else code(url)


def _diagnostic(diagnostic: Diagnostic) -> str:
    hint = f" {code(diagnostic.hint, 300)}" if diagnostic.hint else ""
    return f"{diagnostic.severity} at {code(str(diagnostic.location))}: {code(diagnostic.message, 500)}{hint}"


def _list(lines: Sequence[str], budget: int) -> str:
    """As many lines as ``budget`` bytes hold, and the number of the others."""
    shown: list[str] = []
    size = 0
    for line in lines[:ENTRIES]:
        size += len(line.encode()) + 3
        if size > budget - 100:
            break
        shown.append(f"- {line}")
    rest = len(lines) - len(shown)
    return "\n".join([*shown, *([f"- **and {rest:,} more, in the log**"] if rest else [])])
