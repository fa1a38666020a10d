"""The services that a service depends on: by ``depends_on``, or by a field that implies it (Compose Specification, 05).

``links``, ``volumes_from`` and a namespace shared with another service imply a dependency on that service.
"""

from collections.abc import Mapping

from reconciler.compose.context import Context
from reconciler.compose.deploy import Entry
from reconciler.compose.nodes import ComposeNode
from reconciler.compose.notes import LeftOut
from reconciler.compose.variables import has_references

_SHARED = ("network_mode", "ipc", "pid")
"""Fields that can have the value ``service:NAME``."""


def dependencies(context: Context, service: ComposeNode) -> Mapping[str, ComposeNode]:
    """The services that a service depends on, by their names in the Compose file, each with the node that says so."""
    found: dict[str, ComposeNode] = {}
    for field in ("links", "volumes_from"):
        listed = service.get(field)
        for item in listed.each() if listed is not None else ():
            name = context.known(item).partition(":")[0]
            if field == "links" or name != "container":
                found[name] = item._replace(value=None)
    for field in _SHARED:
        node = service.get(field)
        kind, _, name = context.known(node).partition(":") if node is not None else ("", "", "")
        if node is not None and kind == "service":
            found[name] = node._replace(value=None)
    declared = service.get("depends_on")
    return {**found, **dict(declared.items() if declared is not None else ())}


def depends_on(context: Context, service: str, node: ComposeNode) -> Entry:
    """``depends_on`` for the manifest; adds notes on conditions that are not supported."""
    names = []
    for name, dependency in dependencies(context, node).items():
        if has_references(dependency.text):
            context.needed(dependency.text, dependency.place, ("services", service), "a name in depends_on")
        if ("services", name) in context.names:
            names.append(context.names["services", name])
            _conditions(context, service, name, dependency)
            continue
        if not name:
            continue  # a note on the variable without a value exists already
        shown = context.shown_text(dependency.text) if has_references(dependency.text) else name
        context.matters(
            dependency.place,
            ("services", service),
            "depends_on",
            LeftOut(f"depends_on {shown!r}", "this service is not converted"),
        )
    return {"depends_on": names or None}


def _conditions(context: Context, service: str, name: str, dependency: ComposeNode) -> None:
    subject = ("services", service)
    condition = dependency.get("condition")
    kind = context.known(condition) if condition is not None else "service_started"
    if kind == "service_completed_successfully":
        context.changes(
            dependency.place, subject, "depends_on",
            f"it starts when {name!r} is running, not after {name!r} has ended",
            "a service that ends is restarted: run the job outside the cluster, for example in a workflow",
        )  # fmt: skip
    elif kind == "service_healthy":
        context.matters(
            dependency.place, subject, "depends_on",
            f"it starts when {name!r} has run for its monitor window, not when its healthcheck passes",
            "if its image has a HEALTHCHECK, it counts as running only after that passes",
        )  # fmt: skip
    if (restart := dependency.get("restart")) is not None and restart.value:
        context.matters(restart.place, subject, "depends_on", f"it is not restarted when {name!r} restarts")


def links(context: Context, service: str, node: ComposeNode) -> Entry:
    """Add notes on links: services reach each other by name, but not by other aliases."""
    subject = ("services", service)
    for item in node.each():
        name, _, alias = context.text(item).partition(":")
        known = context.names.get(("services", context.known_text(name)), "")
        if not known and not alias:
            continue  # converted to a dependency
        if not alias or context.known_text(alias) == known:
            context.harmless(
                item.place,
                subject,
                "links",
                LeftOut("links", "services reach each other by their names", "are"),
            )
            continue
        context.changes(
            item.place,
            subject,
            "links",
            f"the alias {context.shown_text(alias)!r} is lost: no service has this name",
            f"use the name {known or context.shown_text(name)!r} instead",
        )
    return {}
