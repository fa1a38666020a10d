"""The company and its clusters: read only, created when the emulator first starts."""

from typing import Any

from reconciler.emulator.answers import Answer, answer_json, encode, encode_list
from reconciler.emulator.call import Call
from reconciler.emulator.sqlite import Record

COMPANY: dict[str, Any] = {
    "id": "company_c1in1c",
    "name": "Clinic Inc.",
    "street_address": "1 Example Street",
    "city": "Toronto",
    "province": "Ontario",
    "country": "Canada",
    "postal_code": "A1A 1A1",
    "phone_number": "+1 555 0100",
    "object": "company",
}


def get_current_company(_: Call) -> Answer:
    """The only company."""
    return answer_json(200, COMPANY)


def list_clusters(call: Call) -> Answer:
    """All clusters, in the order they were added."""
    return Answer(
        200, encode_list([encode(_describe(cluster)) for cluster in call.state.all("", "cluster").values()])
    )


def get_cluster(call: Call) -> Answer:
    """One cluster."""
    cluster = call.state.find("", "cluster", call.cluster)
    return answer_json(200, _describe(cluster or {}))


def _describe(cluster: Record) -> dict[str, Any]:
    return {
        "id": cluster["id"],
        "label": cluster["label"],
        "object": "cluster",
        "infrastructure_provider": {"id": "emulator"},
        "region": {"name": "Here"},
    }
