"""Why a plan must not be applied, in words: what, why, and what to do."""

from collections.abc import Mapping

from reconciler.model.reason import Worded
from reconciler.model.refusal import (
    CanNotRename,
    DataInUse,
    DeclaredElsewhere,
    Holder,
    HostTaken,
    InPreview,
    ManyDeletes,
    NameTaken,
    NeedEachOther,
    NoSuchSize,
    NotReleased,
    ObjectFault,
    OtherCase,
    OtherCompany,
    OwnedByStack,
    Refusal,
    RefusedExternal,
    RefusedObject,
    RemovedAndDeclared,
    RemovedNode,
    SameSize,
    SameWebhooks,
    SeveralLive,
    SizeNotDeclared,
    TakesWithoutConsent,
    TooShort,
    UnfinishedGiver,
    UnknownSize,
    UnresolvedExternal,
    ValueMissing,
    WhichNode,
    WouldLoseFields,
)

NAMED = 50
"""The most objects that a refusal names."""
FAULTS: Mapping[ObjectFault, str] = {
    ObjectFault.PLATFORM_SERVICE_WRITTEN: (
        "{address} is the platform's load balancer. It is never written: remove it from the manifest."
    ),
    ObjectFault.PLATFORM_SERVICE_DELETED: "{address} is the platform's load balancer. It is never deleted.",
    ObjectFault.NOT_MANAGED: (
        "{address} exists and is not managed. Take it over with --adopt, or remove it from the manifests."
    ),
    ObjectFault.PROTECTED: (
        "{address} is protected by prevent_destroy, even after its block was removed. To delete it, name it under "
        "removed.{section}; to lift the protection, declare it with prevent_destroy: false and apply."
    ),
    ObjectFault.DATA_DELETED: (
        "{address} would be deleted with its data. If this is intended, name it under removed.{section}."
    ),
}
PREVIEW = "a feature in preview, which MedStack enables on request"


def refusal_text(refusal: Refusal) -> str:
    """One refusal in words."""
    match refusal:
        case RefusedObject(address, fault, section):
            return FAULTS[fault].format(address=address, section=section)
        case SeveralLive(address, count):
            return f"{address}: {count} live objects have that name. Delete all but one."
        case SameWebhooks(address, ids):
            return f"{address} matches {len(ids)} webhooks: {', '.join(ids)}. Delete all but one."
        case NeedEachOther(path):
            return f"these form a dependency cycle: {' → '.join(map(str, path))}. Remove one of the dependencies."
        case InPreview(section, collection, status):
            return (
                f"{section} are declared, but the API answers {status} for {collection or 'them'}: {PREVIEW}."
            )
        case OtherCase(address, live_name):
            return f"{address} exists as {live_name}, and the platform's names are case-insensitive."
        case WouldLoseFields(address, why, to_keep):
            options = " ".join(f"--keep-field {field}" for field in to_keep)
            how = f" To send them back as they are, add {options}." if to_keep else ""
            return f"{address} cannot be updated without losing fields: {why}.{how}"
        case NoSuchSize() | SameSize() | UnknownSize() | RemovedNode() | SizeNotDeclared() | WhichNode():
            return _of_nodes(refusal)
        case HostTaken():
            return _host_taken(refusal)
        case RefusedExternal(address, why):
            return f"{address} {_unresolved(why)}"
        case NameTaken() | CanNotRename() | NotReleased() | UnfinishedGiver():
            return _of_moves(refusal)
        case ValueMissing(address, location, variable):
            return f"{location}: {address} has no value: set the environment variable {variable}."
        case TooShort(address, timeout, needed):
            return (
                f"{address}: --timeout {timeout:g} is shorter than its rollout takes by its update policy, "
                f"{needed:g} s "
                "(replicas, update_parallelism, update_delay, update_monitor). Give at least "
                f"--timeout {needed:g}, or leave it out."
            )
        case OwnedByStack() | OtherCompany() | DeclaredElsewhere():
            return _of_owners(refusal)
        case RemovedAndDeclared() | TakesWithoutConsent() | DataInUse() | ManyDeletes():
            return _of_deletes(refusal)
        case Worded(text):
            return text


def _of_owners(refusal: OwnedByStack | OtherCompany | DeclaredElsewhere) -> str:
    match refusal:
        case OwnedByStack(address, stack, of_company):
            where = "" if of_company else " of this cluster"
            return f"{address} belongs to the stack {stack}{where}. An object can have only one owner."
        case OtherCompany(location, wanted, name, identifier):
            return (
                f"{location}: the manifest is for the company {wanted}, but the token belongs to {name} "
                f"({identifier}). Use that company's token, or correct the manifest."
            )
        case DeclaredElsewhere(address, source):
            return (
                f"{address} was last declared by another repository, {source}. Take it over with --adopt, or for all "
                f"of that repository with moved: {{source: {source.repository}}}."
            )


def _of_deletes(refusal: RemovedAndDeclared | TakesWithoutConsent | DataInUse | ManyDeletes) -> str:
    match refusal:
        case RemovedAndDeclared(address, section, consent, file):
            return (
                f"{address} is named under removed.{section} at {consent} and declared in {file}: remove one of the "
                "two."
            )
        case TakesWithoutConsent(address, taken, section):
            return (
                f"{address} takes the {taken.kind} {taken.name} from {taken.owner}, which must be deleted first: "
                f"downtime. To allow this, name {taken.owner.name} under removed.{section}."
            )
        case DataInUse(address, users):
            return f"{address} is in use by {', '.join(users)}, so it is not deleted. Remove the mounts there first."
        case ManyDeletes():
            return _many_deletes(refusal)


def _of_nodes(
    refusal: NoSuchSize | SameSize | UnknownSize | RemovedNode | SizeNotDeclared | WhichNode,
) -> str:
    match refusal:
        case NoSuchSize(address, is_ambiguous, sizes):
            known = ", ".join(f"{size.id} ({size.title})" for size in sizes)
            if is_ambiguous:
                return f"{address} is the title of several node sizes; use the id. Known: {known}."
            return f"{address} is not a node size of this cluster. Known: {known}."
        case SameSize(address, other, size_id):
            return f"{address} and {other} are the same node size, {size_id}."
        case UnknownSize(node, size, is_ambiguous):
            return (
                f"node {node} is of size {size or '(none)'}, which matches "
                f"{'several' if is_ambiguous else 'none'} of "
                "the cluster's node sizes, so nodes cannot be counted."
            )
        case RemovedNode(name, "several"):
            return f"removed.nodes: {name} matches several nodes; use the id."
        case RemovedNode(name):
            return f"removed.nodes: {name} is the swarm manager, which is never deleted."
        case SizeNotDeclared(name, size):
            return (
                f"removed.nodes: {name} is of size {size}, which is not declared, so it is not managed. Declare how "
                "many nodes of that size to keep."
            )
        case WhichNode(address, wanted, remaining, candidates):
            names = ", ".join(f"{node} ({ip_address})" for node, ip_address in candidates) or "none"
            return (
                f"{address} is {wanted}, but {remaining} would remain. Name {remaining - wanted} more to delete "
                "under "
                f"removed.nodes. Candidates: {names}."
            )


def _of_moves(refusal: NameTaken | CanNotRename | NotReleased | UnfinishedGiver) -> str:
    match refusal:
        case NameTaken(kind, name, origin, to, stack, location):
            of = f" of the stack {origin}" if origin else ""
            return (
                f"{kind}/{name}{of} cannot become {kind}/{to}: the stack {stack} has another {kind} of that name. "
                "Choose "
                f"another name, or remove the moved entry at {location}."
            )
        case CanNotRename(address, name, stack):
            return (
                f"{address} cannot replace {address.kind}/{name} of the stack {stack}: the platform cannot "
                f"rename a {address.kind}. Keep its name."
            )
        case NotReleased(address, stack, source):
            return (
                f"{address} is owned by the stack {stack}, and was declared by {source or 'a file'} that is not in "
                "this repository. First name it under released there, and apply that."
            )
        case UnfinishedGiver(stack):
            return (
                f"the stack {stack} has an apply that did not finish, so no object can be moved from it: apply that "
                "stack again first."
            )


def _host_taken(refusal: HostTaken) -> str:
    whose = f" of the stack {refusal.stack}" if refusal.stack else _WHOSE.get(refusal.why, "")
    how = (
        "Remove the host there first" if refusal.stack else _HOLDER[refusal.why].format(holder=refusal.holder)
    )
    return (
        f"{refusal.address} declares the host {refusal.host}, which belongs to the service "
        f"{refusal.holder.name}{whose}. "
        f"{how}, or remove it from the hosts of {refusal.address.name}."
    )


_WHOSE: Mapping[Holder, str] = {
    "not declared": ", which is not declared here",
    "held": ", which is held after a rollback and keeps its hosts",
}
_HOLDER: Mapping[Holder, str] = {
    "not declared": "Remove the host there first",
    "not targeted": "This plan does not change that service: add --target {holder}",
    "held": "Change the manifest of that service, use --retry",
    "not changed": "This plan does not change that service. Remove the host there first",
}


def _unresolved(why: UnresolvedExternal) -> str:
    owners = ", ".join(why.owners)
    if why.renamed and not why.owners:
        stack, name = why.renamed[0]
        return (
            f"is external, and the stack {stack} owns that {why.kind} under another name now: {name}. Declare {name} "
            f"under {why.section} instead, and use that name in the services."
        )
    if why.stack:
        whose = f" These stacks own one: {owners}." if owners else ""
        return (
            f"is external: {{stack: {why.stack}}}, and that stack owns no {why.kind} of that name in this "
            f"cluster.{whose} Apply that stack first, or correct the name under {why.section}."
        )
    if owners:
        return (
            f"is external: true, and several stacks own a {why.kind} of that name: {owners}. Name one of them: "
            f"external: {{stack: {why.owners[0]}}}."
        )
    value = ", or give its value here" if why.has_value else ""
    return (
        f"is external: true, but the cluster has no {why.kind} of that name, and no record of another stack has one. "
        f"Create it in the cluster{value}."
    )


def _many_deletes(refusal: ManyDeletes) -> str:
    count = len(refusal.addresses)
    names = ", ".join(map(str, refusal.addresses[:NAMED]))
    if count > NAMED:
        names += f" and {count - NAMED:,} more, which the plan lists"
    if count < refusal.of:
        what = f"{count} of the {refusal.of} objects of this stack would be deleted"
    elif count == 1:
        what = "the only object of this stack would be deleted"
    else:
        what = f"all {count} objects of this stack would be deleted"
    pronoun = "it" if count == 1 else "them"
    return (
        f"{what}: {names}. If this is intended, name {pronoun} under removed. If not, check the repository, "
        "PATH and stack."
    )
