"""An error in words."""

from reconciler.model.failure import Failure


def failure_text(failure: Failure) -> str:
    """An error's message; for an unexpected exception only its type, since its message may hold a value."""
    if failure.kind == "interrupted":
        return "the run was interrupted"
    return f"a bug in reconciler ({failure.message})" if failure.kind == "bug" else failure.message
