"""The keys that a run takes from its environment, and what is said where one is missing."""

from reconciler.kinds import KINDS
from reconciler.model import Desired

DIGEST_KEY, PLAN_KEY = "RECONCILER_DIGEST_KEY", "RECONCILER_PLAN_KEY"
NO_DIGEST_KEY = (
    f"{DIGEST_KEY} is not set. Without it, whoever may read the cluster's configs can test guesses of the secrets' "
    "values against the record. Make a key with: openssl rand -hex 32"
)


def declares_values(desired: Desired) -> bool:
    """Whether a stack has secrets whose values the record remembers by a digest."""
    return any(
        KINDS[kind].write_only and not (manifest.spec.get("external") or manifest.spec.get("sealed"))
        for (kind, _), manifest in desired.manifests.items()
    )
