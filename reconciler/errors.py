"""Every error that reconciler raises on purpose.

    ReconcilerError                 exit 1
    ├── UsageError                  the command line or the environment is not valid
    ├── InvalidManifests            carries diagnostics; nothing was written
    ├── Refused                     exit 3: a guard, a stale plan; nothing was written
    │   ├── LeaseHeld               exit 3: another run is writing
    │   └── NotApproved             exit 3: the plan differs from what a plan file approves
    ├── DamagedRecord               the record of a stack cannot be read
    ├── ApiError                    the API answered with an error, or not as documented
    │   ├── Unauthorized            401, 403
    │   ├── NotFound                404
    │   ├── Rejected                400, 405, 409, 413, 415, 422: the server refused the request
    │   ├── RateLimited             429, after the retry budget
    │   ├── ServerFault             5xx, after the retry budget
    │   └── BadAnswer               not JSON, cut short, or not of the documented form
    ├── GitHubError                 GitHub gave no answer, an error, or another answer than documented
    ├── Unreachable                 no connection, so the request was not carried out
    ├── Ambiguous                   no answer; the request may have been carried out
    ├── NotCarriedOut               a write failed, and reading shows that nothing changed
    ├── UnknownOutcome              a write may have been carried out; reading does not show it
    │   └── TimedOut                it was accepted, but not done within the timeout
    ├── ChangedSincePlanned         an object changed after it was planned, and was not written
    ├── KeptByPlatform              the platform does not delete an object yet; not a failure
    └── Interrupted                 the run was asked to stop, so nothing new was begun

Messages never hold a secret's value, a credential or a request's body.
"""

from collections.abc import Sequence
from traceback import walk_tb
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from reconciler.model import Diagnostic
    from reconciler.model.failure import FailureKind


class ReconcilerError(Exception):
    """The base of all errors. ``str(error)`` says, for people, what is wrong, where, and what to do."""

    exit_code = 1
    failure_kind: "ClassVar[FailureKind]" = "other"


class UsageError(ReconcilerError):
    """The command line or the environment is not valid."""


class InvalidManifests(ReconcilerError):
    """The manifests have errors, so nothing can be planned; ``diagnostics`` are all problems of the run, sorted."""

    def __init__(self, diagnostics: "Sequence[Diagnostic]") -> None:
        self.diagnostics = tuple(diagnostics)
        errors = sum(1 for diagnostic in self.diagnostics if diagnostic.severity == "error")
        super().__init__(f"{errors} error{'' if errors == 1 else 's'} in the manifests")


class Refused(ReconcilerError):
    """A guard refused the run before anything was written; ``reasons`` say what, why, and how to consent."""

    failure_kind = "refused"

    exit_code = 3

    def __init__(self, *reasons: str) -> None:
        self.reasons = reasons
        super().__init__("\n".join(reasons))


class LeaseHeld(Refused):
    """Another run holds the lease, or took it during this run."""


class NotApproved(Refused):
    """The plan differs from what a plan file approves; ``reasons`` say how."""


class DamagedRecord(ReconcilerError):
    """The record of a stack cannot be read: parts are missing, or it was edited by hand."""


class ApiError(ReconcilerError):
    """The API answered with an error, or not as documented. ``status`` is the HTTP status."""

    def __init__(self, message: str, *, status: int, method: str, path: str) -> None:
        self.status, self.method, self.path = status, method, path
        super().__init__(message)


class Unauthorized(ApiError):
    """401 or 403."""

    failure_kind = "not authorized"


class NotFound(ApiError):
    """404."""

    failure_kind = "not found"


class Rejected(ApiError):
    """400, 405, 409, 413, 415 or 422: the server refused the request as it stands."""

    failure_kind = "rejected"


class RateLimited(ApiError):
    """429 after all retries."""

    failure_kind = "rate limited"


class ServerFault(ApiError):
    """5xx after all retries, or for a write that must not be repeated."""

    failure_kind = "server fault"


class BadAnswer(ApiError):
    """A successful response whose body is not JSON, is cut short, or is not of the documented form."""

    failure_kind = "bad answer"


class GitHubError(ReconcilerError):
    """GitHub gave no answer, an error, or another answer than documented.

    ``status`` is the HTTP status, 0 if there is none or it was a success.
    """

    def __init__(self, message: str, *, status: int = 0) -> None:
        self.status = status
        super().__init__(message)


class Unreachable(ReconcilerError):
    """No connection could be made, so the request was not carried out."""

    failure_kind = "unreachable"


class Ambiguous(ReconcilerError):
    """No answer, or one that leaves it open: the write may or may not have been carried out."""

    failure_kind = "unknown"


class NotCarriedOut(ReconcilerError):
    """A write failed or its answer was lost, and reading shows that nothing changed."""

    failure_kind = "not carried out"


class UnknownOutcome(ReconcilerError):
    """A write may or may not have been carried out, and reading does not show which."""

    failure_kind: "ClassVar[FailureKind]" = "unknown"


class TimedOut(UnknownOutcome):
    """The request was accepted but not carried out within the timeout; it may still be carried out."""

    failure_kind = "timed out"


class ChangedSincePlanned(ReconcilerError):
    """An object changed after it was planned, so it was not written. ``what`` is a clause that says how."""

    failure_kind = "changed since planned"

    def __init__(self, what: str) -> None:
        super().__init__(f"changed since planned: {what}. Plan again to see what is to be done now.")


class KeptByPlatform(ReconcilerError):
    """The platform does not delete an object yet. This is not a failure: a later apply deletes it."""

    failure_kind = "kept by the platform"


class Interrupted(ReconcilerError):
    """The run was asked to stop: requests in flight have ended, and no new ones were begun."""

    failure_kind = "interrupted"


def bug(error: BaseException) -> str:
    """The message for an unexpected error: its type, and the innermost line of reconciler's code in its traceback.

    The error's own text is left out, since it could hold a secret.
    """
    places = [
        f"{frame.f_globals['__name__']}:{line}"
        for frame, line in walk_tb(error.__traceback__)
        if str(frame.f_globals.get("__name__")).startswith("reconciler.")
    ]
    return f"this is a bug in reconciler: {type(error).__name__} at {places[-1] if places else 'an unknown place'}"
