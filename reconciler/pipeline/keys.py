"""The parts of the environment that a run uses: its keys, and the variables that manifests may read."""

from collections.abc import Mapping

from reconciler.kinds import KINDS
from reconciler.model import Desired

REACHABLE = ("RECONCILER_VAR_", "RECONCILER_SECRET_", "RECONCILER_AGE_IDENTITY")
"""The prefixes of environment variables that loading may read: manifests of a pull request are hostile input."""
DIGEST_KEY, PLAN_KEY = "RECONCILER_DIGEST_KEY", "RECONCILER_PLAN_KEY"
NO_DIGEST_KEY = (
    f"{DIGEST_KEY} is not set. Without it, anyone who can read the cluster's configs can test guesses of the "
    "secrets' values against the record. Make a key with: openssl rand -hex 32"
)


def declares_values(desired: Desired) -> bool:
    """Whether a stack has secrets with values, of which the record keeps a digest."""
    return any(
        KINDS[kind].write_only and not (manifest.spec.get("external") or manifest.spec.get("sealed"))
        for (kind, _), manifest in desired.manifests.items()
    )


def reachable(environment: Mapping[str, str]) -> dict[str, str]:
    """The part of the environment that manifests may read."""
    return {name: value for name, value in environment.items() if name.startswith(REACHABLE)}
