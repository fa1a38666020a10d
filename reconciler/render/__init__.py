"""Values to text. Never prints, reads or decides; every text from outside is made harmless on its way."""

from collections.abc import Callable, Mapping

from reconciler.render.plan_json import as_json
from reconciler.render.plan_text import as_text

FORMATS: Mapping[str, Callable[..., str]] = {"text": as_text, "json": as_json}
"""How a plan is shown. Each takes ``(plans, *, diagnostics=(), meta=None)``."""
