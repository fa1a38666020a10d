"""A plan and the report of an apply as JSON values, and a plan read from JSON values.

A document never contains a sensitive value: every ``Sensitive`` becomes ``(sensitive)``.
"""

from reconciler.document.plans import (
    ACTIONS,
    FORMAT_VERSION,
    PlanMeta,
    Words,
    diagnostic_document,
    plan_document,
    totals,
)
from reconciler.document.reading import check_document, diagnostics_of, meta_of, plans_of
from reconciler.document.report import ReportWords, report_document
from reconciler.document.values import as_masked, is_mask, masked, plain

__all__ = [
    "ACTIONS",
    "FORMAT_VERSION",
    "PlanMeta",
    "ReportWords",
    "Words",
    "as_masked",
    "check_document",
    "diagnostic_document",
    "diagnostics_of",
    "is_mask",
    "masked",
    "meta_of",
    "plain",
    "plan_document",
    "plans_of",
    "report_document",
    "totals",
]
