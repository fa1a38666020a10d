"""Plans and their approvals for tests."""

import pytest

from reconciler.model import (
    Address,
    FieldChange,
    Lifecycle,
    Live,
    Location,
    Manifest,
    Plan,
    Sensitive,
)
from reconciler.planfile import (
    PlanMeta,
)
from tests.changes import change_of

KEY = b"a plan key of this project that is long enough"


API_URL = "https://api.example.com/v1"


NOW = "2026-11-24T12:00:00Z"


META = PlanMeta(
    company="company_d4e5f6",
    api_url=API_URL,
    tool_version="0.1.0",
    commit="9f2c1d0",
    created="2026-11-24T10:00:00Z",
    expires="2026-11-25T10:00:00Z",
)


PASSWORD, TOKEN, URL = "swordfish-7", "token-31337", "https://hooks.example.com/T0/hunter2"


keys = pytest.mark.parametrize("key", [None, KEY], ids=["unsigned", "signed"])


def declared(kind, name, spec, lifecycle=None):
    address = Address("production", kind, name)
    place = Location("clinic.yaml", 3)
    return Manifest(address, spec, place, lambda _: place, (), lifecycle or Lifecycle())


def api(image="api:2", before="api:1", live_id="s1", token=TOKEN, lifecycle=None, action="update"):
    fields = (
        FieldChange("image", before, image),
        FieldChange(
            "environment_variables", "(sensitive #1)", "(sensitive #2)", sensitive=True, keys=("TOKEN",)
        ),
    )
    spec = {"image": image, "hosts": ["api.example.com"], "environment_variables": {"TOKEN": token}}
    live = {"image": before, "environment_variables": {"TOKEN": "former"}, "replicas": 2}
    return change_of(
        Address("production", "service", "api"),
        action,
        fields,
        desired=declared("service", "api", spec, lifecycle),
        live=Live("service", "api", live_id, live, {}),
    )


def password(value=PASSWORD, number=1, source="env:RECONCILER_SECRET_DB", action="replace"):
    masks = f"(sensitive #{number})", f"(sensitive #{number + 1})"
    return change_of(
        Address("production", "secret", "database-password"),
        action,
        (FieldChange("data", *masks, sensitive=True),),
        desired=declared(
            "secret", "database-password", {"data": Sensitive(value) if value else None, "source": source}
        ),
        live=Live("secret", "database-password.v1", "x1", {}, {}),
        live_name="database-password.v2",
    )


def hook(url=URL):
    return change_of(
        Address("production", "webhook", "deploys"),
        "create",
        (FieldChange("url", None, "hooks.example.com (sensitive #4)", sensitive=True),),
        desired=declared("webhook", "deploys", {"url": Sensitive(url)}),
    )


LEGACY = change_of(
    Address("production", "service", "legacy"), "delete", live=Live("service", "legacy", "s9", {}, {})
)


def plan_of(*changes, **more):
    return Plan("production", "cluster_a1b2c3", "company_d4e5f6", "clinic", changes, **more)


WHOLE = plan_of(password(), hook(), api(), LEGACY)
