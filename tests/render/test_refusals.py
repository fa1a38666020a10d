from typing import get_args

import pytest

from reconciler.model import Address, Location, NodeSize, Source
from reconciler.model.reason import TakenFromDeleted, Worded
from reconciler.model.refusal import (
    CanNotRename,
    DataInUse,
    DeclaredElsewhere,
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
from reconciler.render.refusals import FAULTS, NAMED, refusal_text

API = Address("production", "service", "api")
OLD = Address("production", "service", "old")
WEB = Address("production", "service", "web")
SMALL = Address("production", "node", "small")
PLACE = Location("web.yaml", 3, 5)
SOURCE = Source("github.com/clinic/web", "web.yaml")
TEXTS = {
    RefusedObject(API, ObjectFault.PLATFORM_SERVICE_DELETED): (
        "production/service/api is the platform's load balancer. It is never deleted."
    ),
    SeveralLive(API, 2): ("production/service/api: 2 live objects have that name. Delete all but one."),
    SameWebhooks(API, ("a", "b")): "production/service/api matches 2 webhooks: a, b. Delete all but one.",
    NeedEachOther((API, OLD, API)): (
        "these form a dependency cycle: production/service/api → production/service/old → "
        "production/service/api. Remove one of the dependencies."
    ),
    InPreview("nodes", "node-sizes", 403): (
        "nodes are declared, but the API answers 403 for node-sizes: a feature in preview, which MedStack enables on "
        "request."
    ),
    InPreview("webhooks", "", 404): (
        "webhooks are declared, but the API answers 404 for them: a feature in preview, which MedStack enables on "
        "request."
    ),
    OwnedByStack(API, "b"): (
        "production/service/api belongs to the stack b of this cluster. An object can have only one owner."
    ),
    OwnedByStack(API, "b", of_company=True): (
        "production/service/api belongs to the stack b. An object can have only one owner."
    ),
    OtherCase(API, "Api"): (
        "production/service/api exists as Api, and the platform's names are case-insensitive."
    ),
    WouldLoseFields(API, "it has two", ("labels", "ttl")): (
        "production/service/api cannot be updated without losing fields: it has two. To send them back as they "
        "are, add "
        "--keep-field labels --keep-field ttl."
    ),
    WouldLoseFields(API, "it has two", ()): (
        "production/service/api cannot be updated without losing fields: it has two."
    ),
    NoSuchSize(SMALL, is_ambiguous=False, known=(NodeSize("size_1", "Small"),)): (
        "production/node/small is not a node size of this cluster. Known: size_1 (Small)."
    ),
    SameSize(SMALL, SMALL, "size_1"): (
        "production/node/small and production/node/small are the same node size, size_1."
    ),
    UnknownSize("node_1", "", is_ambiguous=False): (
        "node node_1 is of size (none), which matches none of the cluster's node sizes, so nodes cannot be counted."
    ),
    RemovedNode("node_1", "manager"): "removed.nodes: node_1 is the swarm manager, which is never deleted.",
    RemovedNode("node_1", "several"): "removed.nodes: node_1 matches several nodes; use the id.",
    SizeNotDeclared("node_1", "size_1"): (
        "removed.nodes: node_1 is of size size_1, which is not declared, so it is not managed. Declare how many "
        "nodes of that size to keep."
    ),
    WhichNode(SMALL, 1, 3, (("node_1", "192.0.2.1"),)): (
        "production/node/small is 1, but 3 would remain. Name 2 more to delete under removed.nodes. "
        "Candidates: node_1 (192.0.2.1)."
    ),
    RemovedAndDeclared(API, "services", PLACE, "other.yaml"): (
        "production/service/api is named under removed.services at web.yaml:3:5 and declared in other.yaml: "
        "remove one "
        "of the two."
    ),
    TakesWithoutConsent(API, TakenFromDeleted("host", "a.example", OLD), "services"): (
        "production/service/api takes the host a.example from production/service/old, which must be deleted first: "
        "downtime. To allow this, name old under removed.services."
    ),
    HostTaken(API, "a.example", WEB, "b", "not declared"): (
        "production/service/api declares the host a.example, which belongs to the service web of the stack b. "
        "Remove the "
        "host there first, or remove it from the hosts of api."
    ),
    HostTaken(API, "a.example", WEB, "", "not declared"): (
        "production/service/api declares the host a.example, which belongs to the service web, which is not declared "
        "here. Remove the host there first, or remove it from the hosts of api."
    ),
    HostTaken(API, "a.example", WEB, "", "held"): (
        "production/service/api declares the host a.example, which belongs to the service web, which is held after a "
        "rollback and keeps its hosts. Change the manifest of that service, use --retry, or remove it from the hosts "
        "of api."
    ),
    HostTaken(API, "a.example", WEB, "", "not targeted"): (
        "production/service/api declares the host a.example, which belongs to the service web. This plan does not "
        "change "
        "that service: add --target production/service/web, or remove it from the hosts of api."
    ),
    HostTaken(API, "a.example", WEB, "", "not changed"): (
        "production/service/api declares the host a.example, which belongs to the service web. This plan does not "
        "change "
        "that service. Remove the host there first, or remove it from the hosts of api."
    ),
    RefusedExternal(API, UnresolvedExternal("secret", "secrets", "b", ("c",), has_value=True)): (
        "production/service/api is external: {stack: b}, and that stack owns no secret of that name in this cluster. "
        "These stacks own one: c. Apply that stack first, or correct the name under secrets."
    ),
    RefusedExternal(
        API, UnresolvedExternal("secret", "secrets", "", (), has_value=True, renamed=(("b", "key"),))
    ): (
        "production/service/api is external, and the stack b owns that secret under another name now: key. "
        "Declare key under secrets instead, and use that name in the services."
    ),
    NameTaken("webhook", "ops", "b", "dev", "a", PLACE): (
        "webhook/ops of the stack b cannot become webhook/dev: the stack a has another webhook of that name. Choose "
        "another name, or remove the moved entry at web.yaml:3:5."
    ),
    CanNotRename(API, "old", "b"): (
        "production/service/api cannot replace service/old of the stack b: the platform cannot rename a "
        "service. Keep its name."
    ),
    NotReleased(API, "b", SOURCE): (
        "production/service/api is owned by the stack b, and was declared by github.com/clinic/web: web.yaml that is "
        "not in this repository. First name it under released there, and apply that."
    ),
    UnfinishedGiver("b"): (
        "the stack b has an apply that did not finish, so no object can be moved from it: apply that stack again "
        "first."
    ),
    OtherCompany(PLACE, "clinic", "other", "company_2"): (
        "web.yaml:3:5: the manifest is for the company clinic, but the token belongs to other (company_2). Use that "
        "company's token, or correct the manifest."
    ),
    DeclaredElsewhere(API, SOURCE): (
        "production/service/api was last declared by another repository, github.com/clinic/web: web.yaml. Take "
        "it over "
        "with --adopt, or for all of that repository with moved: {source: github.com/clinic/web}."
    ),
    DataInUse(API, ("a", "b")): (
        "production/service/api is in use by a, b, so it is not deleted. Remove the mounts there first."
    ),
    ManyDeletes((API,), 1): (
        "the only object of this stack would be deleted: production/service/api. If this is intended, name it under "
        "removed. If not, check the repository, PATH and stack."
    ),
    ManyDeletes((API, OLD), 2): (
        "all 2 objects of this stack would be deleted: production/service/api, "
        "production/service/old. If this is intended, name them under removed. If not, check the repository, "
        "PATH and "
        "stack."
    ),
    ValueMissing(API, PLACE, "DB"): (
        "web.yaml:3:5: production/service/api has no value: set the environment variable DB."
    ),
    TooShort(API, 30, 95.0): (
        "production/service/api: --timeout 30 is shorter than its rollout takes by its update policy, 95 s "
        "(replicas, "
        "update_parallelism, update_delay, update_monitor). Give at least --timeout 95, or leave it out."
    ),
    Worded("as it was read"): "as it was read",
}


@pytest.mark.parametrize("refusal, text", TEXTS.items())
def test_a_refusal_is_worded(refusal, text):
    assert refusal_text(refusal) == text


def test_every_refusal_has_words():
    assert {type(refusal) for refusal in TEXTS} == set(get_args(Refusal))
    assert set(FAULTS) == set(ObjectFault)


def test_of_many_deletes_only_the_first_are_named():
    many = tuple(Address("production", "service", f"s{number}") for number in range(NAMED + 2))

    assert f"production/service/s{NAMED - 1} and 2 more, which the plan lists." in refusal_text(
        ManyDeletes(many, 99)
    )
