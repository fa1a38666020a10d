"""Which live values are not shown because they were sensitive when they were applied, whatever the manifests say now.

Without this a plan would show an old credential when the manifest no longer uses its variable. Pure.
"""

from reconciler.model import Manifest, Owned


def sensitive_after(owned: Owned | None, manifest: Manifest | None) -> tuple[str, ...]:
    """The paths to record as sensitive of an object that is as ``manifest`` declares it, sorted.

    What the manifest does not declare, or ignores, keeps its live value, and so remains as recorded.
    """
    former = owned.sensitive if owned else ()
    if manifest is None:
        return former
    ignored = manifest.lifecycle.ignore_changes
    kept = (
        path
        for path in former
        if path.partition(".")[0] not in manifest.spec or {path, path.partition(".")[0]} & {*ignored}
    )
    return tuple(sorted({*manifest.sensitive_paths, *kept}))


def sensitive_before(owned: Owned) -> tuple[str, ...]:
    """The paths that may be sensitive in the live object before a write, sorted.

    An object that is not verified may be as it was before its last write: the platform may have rolled it back.
    """
    if owned.state == "verified":
        return owned.sensitive
    return tuple(sorted({*owned.sensitive, *owned.sensitive_before}))


def was_sensitive(owned: Owned, path: str, *, is_as_applied: bool) -> bool:
    """Whether the live value at ``path`` is not shown. ``is_as_applied``: it is the value that was applied last."""
    return path in owned.sensitive or (not is_as_applied and path in owned.sensitive_before)
