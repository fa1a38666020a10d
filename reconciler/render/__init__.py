"""Turns values into text. Never prints, reads or decides; all text from outside is made safe to show.

A format's module is imported when it is used: a plan on a terminal needs no HTML.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconciler.render.diagnostics import diagnostics_as_json, diagnostics_as_text
    from reconciler.render.page.plan import as_html
    from reconciler.render.page.report import report_as_html
    from reconciler.render.plan_json import as_json
    from reconciler.render.plan_markdown import as_markdown
    from reconciler.render.plan_text import as_text
    from reconciler.render.report import report_as_json, report_as_markdown, report_as_text
    from reconciler.render.visible import visible

_MODULES = {
    "as_html": "reconciler.render.page.plan",
    "as_json": "reconciler.render.plan_json",
    "as_markdown": "reconciler.render.plan_markdown",
    "as_text": "reconciler.render.plan_text",
    "clusters_as_json": "reconciler.render.overview",
    "clusters_as_text": "reconciler.render.overview",
    "diagnostics_as_json": "reconciler.render.diagnostics",
    "diagnostics_as_text": "reconciler.render.diagnostics",
    "report_as_html": "reconciler.render.page.report",
    "report_as_json": "reconciler.render.report",
    "report_as_markdown": "reconciler.render.report",
    "report_as_text": "reconciler.render.report",
    "status_as_json": "reconciler.render.overview",
    "status_as_text": "reconciler.render.overview",
    "visible": "reconciler.render.visible",
}
"""The module of each function."""


def __getattr__(name: str) -> Any:
    """Import a function of this package on its first use (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


class _Formats(Mapping[str, Callable[..., str]]):
    """Functions by the name of their format, each imported when it is looked up."""

    def __init__(self, **functions: str) -> None:
        self._functions = functions

    def __getitem__(self, style: str) -> Callable[..., str]:
        function: Callable[..., str] = __getattr__(self._functions[style])
        return function

    def __iter__(self) -> Iterator[str]:
        return iter(self._functions)

    def __len__(self) -> int:
        return len(self._functions)


FORMATS = _Formats(text="as_text", json="as_json", markdown="as_markdown", html="as_html")
"""The formats of a plan. Each takes ``(plans, *, diagnostics=(), meta=None)`` and, except JSON, ``summary``."""

REPORT_FORMATS = _Formats(
    text="report_as_text", json="report_as_json", markdown="report_as_markdown", html="report_as_html"
)
"""The formats of an apply's report. Each takes ``(outcomes, *, continue_with="")``."""

STATUS_FORMATS = _Formats(text="status_as_text", json="status_as_json")
"""The formats of the status of clusters. Each takes ``(clusters)``, a sequence of ``overview.ClusterStatus``."""

CLUSTERS_FORMATS = _Formats(text="clusters_as_text", json="clusters_as_json")
"""The formats of a list of clusters. Each takes ``(clusters)``, a sequence of ``overview.Cluster``."""

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
    "report_as_html",
    "report_as_json",
    "report_as_markdown",
    "report_as_text",
    "visible",
]
