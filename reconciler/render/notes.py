"""Notes on a plan for its reviewers, in words."""

from collections.abc import Iterable, Mapping, Sequence

from reconciler.model import Address
from reconciler.model.change import GoesAhead
from reconciler.model.note import (
    AboutObject,
    DeletedAnyway,
    Fact,
    HasToFollow,
    HostElsewhere,
    KeptInUse,
    KeptMounted,
    LeftUnread,
    Mount,
    MovingTag,
    NodesNotReady,
    NotChanged,
    Note,
    OfTheRecord,
    OldVersionsStay,
    OnlyTargets,
    RemovedNothing,
    RemovedNotManaged,
    ReplacedByName,
    StackNotDeclared,
    StaysOnVersion,
    WaitsThoughRemoved,
    WebhooksNotRead,
    WouldBeRefused,
    WrittenAnyway,
)
from reconciler.model.reason import Worded
from reconciler.render.reasons import user_text
from reconciler.render.refusals import refusal_text
from reconciler.render.waits import STATES, described

FACTS: Mapping[Fact, str] = {
    Fact.STAYS_PROTECTED: "{} stays protected. To lift the protection, declare it with prevent_destroy: false.",
    Fact.VALUE_ASSUMED: "{}: the API does not return its value, so the declared value is assumed to be the live one.",
    Fact.STORED_DIFFERENTLY: "{}: the platform stores its data differently from what was sent.",
    Fact.HELD_AND_NOT_WAITED_FOR: (
        "{} was rolled back and is not sent again until it changes, or with --retry. No change waits for it "
        "(lifecycle.wait is false)."
    ),
}
GOES_AHEAD: Mapping[GoesAhead, str] = {
    "target": "it is a target of this run",
    "fewer replicas": "it only lowers replicas",
    "last verified": "it returns to what was last verified",
}


RECORD: Mapping[OfTheRecord, str] = {
    OfTheRecord.UNFINISHED: "An earlier apply did not finish; this one continues from where it stopped.",
    OfTheRecord.MISSING: (
        "The cluster has no record of this stack; existing objects can be taken over with --adopt."
    ),
}


def note_text(note: Note) -> str:
    """One note in words."""
    match note:
        case AboutObject(address, fact):
            return FACTS[fact].format(address)
        case OnlyTargets(targets):
            names = ", ".join(f"{kind}/{name}" for kind, name in targets)
            return f"--target: only {names}, and what they need, are planned; other changes are left out"
        case RemovedNothing(section, name, is_node):
            what = "node of this cluster" if is_node else "object"
            return f"removed.{section}: {name} matches no {what}; remove this line."
        case RemovedNotManaged(section, name):
            return f"removed.{section}: {name} is not managed by this stack, so it is not deleted."
        case NodesNotReady(address, nodes):
            names = ", ".join(f"{node} ({status})" for node, status in nodes)
            return f"{address} counts nodes that are not Ready: {names}."
        case WebhooksNotRead(status, addresses):
            names = ", ".join(map(str, addresses))
            return f"the API answers {status} for webhooks, so these were not checked: {names}."
        case ReplacedByName(kind, name, to):
            return (
                f"{kind}/{name} becomes {kind}/{to}: the platform cannot rename a {kind}, so {to} is created and "
                f"{name} "
                "is deleted."
            )
        case OfTheRecord():
            return RECORD[note]
        case WouldBeRefused(refusal):
            return f"an apply would be refused: {refusal_text(refusal)}"
        case (
            StaysOnVersion()
            | HasToFollow()
            | MovingTag()
            | WrittenAnyway()
            | DeletedAnyway()
            | WaitsThoughRemoved()
            | HostElsewhere()
        ):
            return _of_services(note)
        case (
            KeptMounted() | KeptInUse() | OldVersionsStay() | StackNotDeclared() | LeftUnread() | NotChanged()
        ):
            return _of_what_stays(note)
        case Worded(text):
            return text


def _of_services(
    note: StaysOnVersion
    | HasToFollow
    | MovingTag
    | WrittenAnyway
    | DeletedAnyway
    | WaitsThoughRemoved
    | HostElsewhere,
) -> str:
    match note:
        case StaysOnVersion(address, version):
            return f"{address} is not managed and stays on {version}."
        case HasToFollow(kind, version, name, service_kind, service, stack):
            return (
                f"The {kind} {version} is an old version, and the {service_kind} {service} of the stack {stack} "
                f"still mounts it: apply {stack} so that it uses the new version. If its manifests name "
                f"{version}, change that to {name}."
            )
        case MovingTag(address, image):
            return f"{address}: its live image {image} has no digest, so new tasks may run a newer image with that tag."
        case WrittenAnyway(address, service, state, why):
            return f"{address} is written though service/{service} is {STATES[state]}: {GOES_AHEAD[why]}."
        case DeletedAnyway(address, passed):
            return (
                f"{address} does not wait for {described(passed)}: it is named under removed, so it waits only for "
                "services that this run writes."
            )
        case WaitsThoughRemoved(address, held_by):
            return (
                f"{address} is named under removed and is not deleted yet: {described(held_by)} worked with it last. "
                "It is deleted once every service that did is up, or has lifecycle: {wait: false}."
            )
        case HostElsewhere(host, addresses, manager):
            leads = f"resolves to {', '.join(addresses)}" if addresses else "does not resolve"
            return (
                f"The host {host} {leads}. Its DNS record must point to the manager node, {manager}: until then "
                "the platform rejects the service."
            )


def _of_what_stays(
    note: KeptMounted | KeptInUse | OldVersionsStay | StackNotDeclared | LeftUnread | NotChanged,
) -> str:
    match note:
        case KeptMounted():
            return _kept_mounted(note)
        case KeptInUse():
            return _kept_in_use(note)
        case OldVersionsStay(live_names):
            return (
                f"No longer used: {', '.join(live_names)}. Kept until the next apply that changes something in "
                "this stack, because other stacks use the same object."
            )
        case LeftUnread(address, misfits):
            return f"{address} is not changed: in the API's answer, {'; '.join(misfits)}."
        case NotChanged(addresses):
            return f"Not changed for that reason: {', '.join(sorted(map(str, addresses)))}."
        case StackNotDeclared(stack, cluster, files, count):
            objects, them = ("object is", "it") if count == 1 else (f"{count} objects are", "them")
            return (
                f"The stack {stack} of {cluster} was declared by {', '.join(files)} and is no longer declared: its "
                f"{objects} kept. To delete {them}, declare the stack and name {them} under removed; to keep {them} "
                f"but no longer manage {them}, name {them} under released."
            )


def _no_longer_declared(address: Address, live_name: str) -> str:
    return f"{address} ({live_name}) is no longer declared and is kept"


def _kept_mounted(note: KeptMounted) -> str:
    mounted_by = ", ".join(f"{_mounting(mount)} in its {mount.field}" for mount in note.mounts)
    fields = ", ".join(_places(note.to_change))
    way_out = (
        ": write the whole list without it ([] if it is empty)"
        if note.are_declared
        else ", not declared in these manifests"
    )
    return (
        f"{_no_longer_declared(note.address, note.live_name)}: it is mounted by {mounted_by}. To delete it, remove "
        f"it from {fields}{way_out}."
    )


def _places(mounts: Sequence[Mount]) -> Iterable[str]:
    return dict.fromkeys(f"{mount.field} of {_mounting(mount)}" for mount in mounts)


def _mounting(mount: Mount) -> str:
    return f"service {mount.user}{f' of the stack {mount.stack}' if mount.stack else ''}"


def _kept_in_use(note: KeptInUse) -> str:
    what = _no_longer_declared(note.address, note.kept.live_name)
    if note.kept.how == "recorded":
        users = ", ".join(map(user_text, note.kept.users))
        return (
            f"{what}: it is in use by {users}, or was before the last change there, and the platform can roll "
            "back to "
            "that spec. It is deleted in a later apply, once that service has been changed again; to delete it "
            "now, name it "
            f"under removed.{note.section}."
        )
    services = ", ".join(map(user_text, note.kept.users))
    return (
        f"{what}: the previous spec of {services} mounts it, and the platform can roll back to that spec. It is "
        "deleted in "
        f"a later apply, once {services} has been changed again; to delete it now, name it under "
        f"removed.{note.section}."
    )
