"""Values to text. Never prints, reads or decides; every text from outside is made harmless on its way."""

from collections.abc import Callable, Mapping

from reconciler.render.diagnostics import diagnostics_as_json, diagnostics_as_text
from reconciler.render.overview import clusters_as_json, clusters_as_text, status_as_json, status_as_text
from reconciler.render.plan_html import as_html
from reconciler.render.plan_json import as_json
from reconciler.render.plan_markdown import as_markdown
from reconciler.render.plan_text import as_text
from reconciler.render.report import report_as_json, report_as_markdown, report_as_text
from reconciler.render.visible import visible

FORMATS: Mapping[str, Callable[..., str]] = {
    "text": as_text,
    "json": as_json,
    "markdown": as_markdown,
    "html": as_html,
}
"""How a plan is shown. Each takes ``(plans, *, diagnostics=(), meta=None)``, and but for JSON ``summary``."""

REPORT_FORMATS: Mapping[str, Callable[..., str]] = {
    "text": report_as_text,
    "json": report_as_json,
    "markdown": report_as_markdown,
}
"""How the report of an apply is shown. Each takes ``(outcomes, *, continue_with="")``."""

STATUS_FORMATS: Mapping[str, Callable[..., str]] = {"text": status_as_text, "json": status_as_json}
"""How the status of clusters is shown. Each takes ``(clusters)``, of ``overview.ClusterStatus``."""

CLUSTERS_FORMATS: Mapping[str, Callable[..., str]] = {"text": clusters_as_text, "json": clusters_as_json}
"""How clusters are listed. Each takes ``(clusters)``, of ``overview.Cluster``."""

__all__ = [
    "CLUSTERS_FORMATS",
    "FORMATS",
    "REPORT_FORMATS",
    "STATUS_FORMATS",
    "as_html",
    "as_json",
    "as_markdown",
    "as_text",
    "diagnostics_as_json",
    "diagnostics_as_text",
    "report_as_json",
    "report_as_markdown",
    "report_as_text",
    "visible",
]
