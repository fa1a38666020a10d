"""Short ways to create declared, live and recorded objects."""

from collections.abc import Iterable
from typing import Any, Literal

from reconciler.kinds import KINDS
from reconciler.model import (
    Address,
    Change,
    Covered,
    Desired,
    Lifecycle,
    Location,
    Manifest,
    Named,
    Plan,
    Record,
    Sensitive,
    Source,
)

CLUSTER = "production"
PLACE = Location("site.yaml", 3)
REPOSITORY = "github.com/clinic/deploy"
SOURCE = Source(REPOSITORY, "site.yaml")
COVERED = (Covered(REPOSITORY, ""),)


def declare(
    kind: str,
    name: str,
    value: Any = None,
    *,
    depends_on: Iterable[str] = (),
    ignore: Iterable[str] = (),
    protect: bool | None = None,
    on_failure: Literal["fail", "rollback"] = "fail",
    wait: bool = True,
    source: Source | None = SOURCE,
) -> Manifest:
    """A manifest with its value in a manifest's form; for a secret or config the value is its text."""
    if kind == "secret" and isinstance(value, str):
        value = {"data": Sensitive(value)}
    elif kind == "config" and isinstance(value, str):
        value = {"data": value}
    elif kind == "webhook" and isinstance(value, str):
        value = {"url": value}
    spec = KINDS[kind].canonical(value)
    lifecycle = Lifecycle(tuple(ignore), protect, on_failure, wait)
    return Manifest(
        Address(CLUSTER, kind, name),
        spec,
        PLACE,
        lambda _: PLACE,
        tuple(depends_on),
        lifecycle,
        source=source,
    )


def want(
    *manifests: Manifest,
    removed: Iterable[Named] = (),
    released: Iterable[Named] = (),
    company: str | None = None,
    cluster: str = CLUSTER,
) -> Desired:
    """The desired state of a stack."""
    return Desired(
        cluster,
        "default",
        PLACE,
        company,
        manifests={(manifest.address.kind, manifest.address.name): manifest for manifest in manifests},
        removed=dict.fromkeys(removed, PLACE),
        released=dict.fromkeys(released, PLACE),
    )


def empty() -> Record:
    """A missing record."""
    return Record("default", salt="00" * 16)


def actions_of(plan: Plan) -> list[str]:
    """Each change as a short text: ``create service/api``."""
    return [f"{planned.action} {planned.address.kind}/{planned.address.name}" for planned in plan.changes]


def change(plan: Plan, kind: str, name: str) -> Any:
    """The only change of an object."""
    (found,) = [
        planned for planned in plan.changes if (planned.address.kind, planned.address.name) == (kind, name)
    ]
    return found


def paths(planned: Change) -> dict[str, tuple[Any, Any]]:
    """Before and after of each field, by path."""
    return {field.path: (field.before, field.after) for field in planned.fields}
