"""Why a change is made, in words."""

from collections.abc import Mapping, Sequence

from reconciler.model import AnyChange, ServiceUser
from reconciler.model.reason import (
    AfterStacks,
    DeclaredBy,
    KeptVersion,
    KeptVersions,
    MoreNodes,
    NewVersion,
    NodeRemoved,
    NotManaged,
    PlainReason,
    Reason,
    TakesFromDeleted,
    TakesHost,
    Worded,
)

USERS = 3
"""The most services that are named as the reason to keep an old version."""
PLAIN: Mapping[PlainReason, str] = {
    PlainReason.DELETED_OUTSIDE_GIT: "it was deleted outside git",
    PlainReason.DELETED_OUTSIDE_GIT_WITH_DATA: "it was deleted outside git; the new one is empty",
    PlainReason.NAME_TAKEN_OUTSIDE_GIT: "another object took its name outside git",
    PlainReason.PLACE_TAKEN_OUTSIDE_GIT: "another object took its place outside git",
    PlainReason.CHANGED_OUTSIDE_GIT: "changed outside git",
    PlainReason.PARTLY_CHANGED_OUTSIDE_GIT: "partly changed outside git",
    PlainReason.VALUE_CHANGED: "its value changed",
    PlainReason.LINE_ENDINGS_CHANGED: "only its line endings changed",
    PlainReason.NO_DIGEST_RECORDED: "no digest of its value is recorded, so it counts as changed",
    PlainReason.OTHER_DIGEST_KEY: "its value was recorded under another digest key, so it counts as changed",
    PlainReason.OLD_VERSION: "old version, no longer used",
    PlainReason.NOT_DECLARED: "no longer in the manifests",
    PlainReason.NOT_DECLARED_OLD_VERSION: ("an old version of an object that is no longer in the manifests"),
    PlainReason.FILE_NOT_RECORDED: "the file that declared it is not recorded",
    PlainReason.RECORD_ONLY: "recorded here; nothing is written to the object",
}
KEPT: Mapping[str, str] = {
    "mounts": "mounted by {}",
    "previous": "in the previous spec of {}",
    "recorded": "in use by {}",
    "last": "the previous version",
}


def reason_of(change: AnyChange) -> str:
    """All reasons of a change as one line, "" if it has none."""
    return "; ".join(map(reason_text, change.reasons))


def reason_text(reason: Reason) -> str:
    """One reason in words."""
    match reason:
        case PlainReason():
            return PLAIN[reason]
        case NotManaged(live_name):
            return f"it exists{f' as {live_name}' if live_name else ''} and is not managed"
        case DeclaredBy(source):
            return f"last declared by {source}"
        case NewVersion(live_name):
            return f"new version {live_name}"
        case KeptVersions(versions):
            return f"kept: {_kept(versions)}"
        case TakesFromDeleted(taken):
            takes = "; ".join(f"takes the {item.kind} {item.name} from {item.owner}" for item in taken)
            return f"{takes}, which is deleted first: downtime"
        case TakesHost(host, service):
            return (
                f"takes the host {host} from the service {service}, which is updated first: the host is briefly "
                "down"
            )
        case MoreNodes(count):
            return f"{count} more of this size"
        case NodeRemoved(ip_address, size):
            return f"named under removed.nodes; {ip_address}, of size {size}"
        case AfterStacks(stacks):
            return f"waits until {', '.join(stacks)} is applied, which still uses it"
        case Worded(text):
            return text


def user_text(user: ServiceUser) -> str:
    """A service that uses an object, with its stack if that is another."""
    return f"service {user.name}{f' of the stack {user.stack}' if user.stack else ''}"


def _kept(versions: Sequence[KeptVersion]) -> str:
    return ", ".join(f"{version.live_name} ({_why_kept(version)})" for version in versions)


def _why_kept(version: KeptVersion) -> str:
    users = list(map(user_text, version.users))
    more = f" and {len(users) - USERS} more" if len(users) > USERS else ""
    return KEPT[version.how].format(", ".join(users[:USERS]) + more)
