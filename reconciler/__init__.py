"""Declarative desired-state reconciler for MedStack Control.

The command line uses the same four functions: ``load`` manifests, ``connect`` to a server, ``plan`` changes, and
``apply`` a plan. They return values, and raise ``ReconcilerError``s. Each is imported on first use, since most
commands need only a few.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.errors import InvalidManifests, ReconcilerError, Refused, UsageError
    from reconciler.model import (
        Address,
        Adopt,
        Change,
        Create,
        Delete,
        Diagnostic,
        FieldChange,
        Location,
        Outcome,
        Plan,
        Replace,
        RunResult,
        Sensitive,
        Update,
    )
    from reconciler.model.failure import Failure
    from reconciler.pipeline.apply import apply
    from reconciler.pipeline.manifests import Manifests, load
    from reconciler.pipeline.plan import plan
    from reconciler.pipeline.planned import PlannedRun
    from reconciler.pipeline.scope import Scope
    from reconciler.pipeline.session import Session, connect
    from reconciler.pipeline.settings import ApplySettings
    from reconciler.render.outcomes import error_text, problem_text

__version__ = "0.1.0"
__all__ = [
    "Address",
    "Adopt",
    "ApplySettings",
    "Change",
    "Create",
    "Delete",
    "Diagnostic",
    "Failure",
    "FieldChange",
    "InvalidManifests",
    "Location",
    "Manifests",
    "Outcome",
    "Plan",
    "PlannedRun",
    "ReconcilerError",
    "Refused",
    "Replace",
    "RunResult",
    "Scope",
    "Sensitive",
    "Session",
    "Update",
    "UsageError",
    "__version__",
    "apply",
    "connect",
    "error_text",
    "load",
    "plan",
    "problem_text",
]

if not TYPE_CHECKING:
    _HOMES = {
        "errors": ("InvalidManifests", "ReconcilerError", "Refused", "UsageError"),
        "model": (
            *(
                "Address",
                "Adopt",
                "Change",
                "Create",
                "Delete",
                "Diagnostic",
                "FieldChange",
                "Location",
                "Outcome",
            ),
            *("Plan", "Replace", "RunResult", "Sensitive", "Update"),
        ),
        "model.failure": ("Failure",),
        "pipeline.apply": ("apply",),
        "pipeline.manifests": ("Manifests", "load"),
        "pipeline.plan": ("plan",),
        "pipeline.planned": ("PlannedRun",),
        "pipeline.scope": ("Scope",),
        "pipeline.session": ("Session", "connect"),
        "pipeline.settings": ("ApplySettings",),
        "render.outcomes": ("error_text", "problem_text"),
    }

    def __getattr__(name: str) -> object:
        for home, names in _HOMES.items():
            if name in names:
                from importlib import import_module

                globals()[name] = value = getattr(import_module(f"reconciler.{home}"), name)
                return value
        raise AttributeError(f"module 'reconciler' has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted(__all__)
