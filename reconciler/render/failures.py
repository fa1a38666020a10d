"""An error in words."""

from reconciler.model.failure import Failure


def failure_text(failure: Failure) -> str:
    """What an error says; of one that was not raised on purpose only its type."""
    if failure.kind == "interrupted":
        return "the run was interrupted"
    return f"a bug in reconciler ({failure.message})" if failure.kind == "bug" else failure.message
