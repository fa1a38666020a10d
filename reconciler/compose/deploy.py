"""Converts ``deploy`` of a service (Compose Deploy Specification), and its labels."""

from typing import Any

from reconciler.compose.context import Context
from reconciler.compose.durations import seconds
from reconciler.compose.nodes import ComposeNode
from reconciler.compose.notes import LeftOut, Note
from reconciler.compose.unsupported import DEPLOY, PLACEMENT, RESOURCES, Unsupported
from reconciler.compose.variables import has_references

Entry = dict[str, Any]
"""Fields of a service in a manifest."""


def left_out(context: Context, service: str, field: str, node: ComposeNode, missing: Unsupported) -> None:
    """Add a note on a field that the platform does not support."""
    if node.value in (False, "") or ((node.is_list or node.is_map) and not node.value):
        context.harmless(node.place, ("services", service), field, LeftOut(field, "it has no effect"))
        return
    message = LeftOut(field, missing.why)
    context.notes.add(Note(node.place, missing.effect, ("services", service), field, message, missing.advice))


def labels(context: Context, service: str, node: ComposeNode) -> Entry:
    """Add notes on labels that are not Traefik's."""
    for key, value in node.items():
        if not key.lower().startswith("traefik."):
            context.matters(
                value.place,
                ("services", service),
                "labels",
                LeftOut(f"the label {key}", "services of the platform have no labels"),
            )
    return {}


def deploy(context: Context, service: str, node: ComposeNode) -> Entry:
    """The manifest's fields for ``deploy``."""
    subject = ("services", service)
    entry: Entry = {}
    for field, value in node.items():
        if value.value is None or field.startswith("x-") or field in ("replicas", "mode"):
            continue
        if field == "labels":
            labels(context, service, value)
        elif field in ("update_config", "rollback_config"):
            entry |= _policy(context, service, value, field.removesuffix("_config"))
        elif field == "placement":
            entry |= _placement(context, service, value)
        elif field == "resources":
            for key, node_of_key in value.items():
                if missing := RESOURCES.get(key):
                    left_out(context, service, f"resources.{key}", node_of_key, missing)
        elif field == "restart_policy":
            _restart_policy(context, service, value)
        elif field == "endpoint_mode" and context.known(value) == "vip":
            context.harmless(value.place, subject, field, "the platform always uses endpoint_mode: vip")
        elif missing := DEPLOY.get(field):
            left_out(context, service, f"deploy.{field}", value, missing)
        else:
            context.changes(value.place, subject, field, LeftOut(f"deploy.{field}", "it is an unknown field"))
    return entry


def _policy(context: Context, service: str, node: ComposeNode, when: str) -> Entry:
    subject = ("services", service)
    entry: Entry = {}
    for field, value in node.items():
        if value.value is None or field.startswith("x-"):
            continue
        name = f"{when}_{field}"
        if name == "rollback_failure_action" and context.known(value) == "rollback":
            context.matters(
                value.place,
                subject,
                name,
                LeftOut("rollback_config.failure_action: rollback", "a rollback that fails pauses"),
                "write continue or pause",
            )
        elif field in ("delay", "monitor"):
            entry[name] = seconds(context, value, subject, name)
        elif field == "parallelism":
            entry[name] = context.whole(value, subject, name)
        elif field == "max_failure_ratio" and not has_references(context.text(value)):
            entry[name] = float(context.text(value) or 0)
        else:
            entry[name] = context.written(context.text(value))
    return entry


def _placement(context: Context, service: str, node: ComposeNode) -> Entry:
    entry: Entry = {}
    for field, value in node.items():
        if field == "constraints":
            constraints = [_constraint(context, service, item) for item in value.each()]
            entry["placement_constraints"] = constraints or None
        elif (missing := PLACEMENT.get(field)) and value.value is not None:
            left_out(context, service, f"placement.{field}", value, missing)
    return entry


def _constraint(context: Context, service: str, node: ComposeNode) -> str:
    """A placement constraint in the manifest's form; adds a note if nodes of another cluster may not satisfy it."""
    text = context.text(node).strip()
    for operator in ("==", "!="):
        key, found, value = text.partition(operator)
        if found:
            text = f"{key.strip()} {operator} {value.strip()}"
            if operator == "==" and not context.options.project:
                _of_other_nodes(context, service, node, key.strip().lower())
            break
    return context.written(text)


def _of_other_nodes(context: Context, service: str, node: ComposeNode, key: str) -> None:
    shown = context.shown(node)
    if key.startswith(("node.labels.", "engine.labels.")):
        context.changes(
            node.place, ("services", service), f"placement.constraints {shown}",
            f"the constraint {shown} needs a node with this label, and the API cannot set labels: no task would start",
            "use node.hostname == NAME, or remove the constraint",
        )  # fmt: skip
    elif key in ("node.hostname", "node.id", "node.ip"):
        context.matters(
            node.place, ("services", service), f"placement.constraints {shown}",
            f"the constraint {shown} needs such a node in this cluster: without one, no task starts",
            "name a node of the cluster",
        )  # fmt: skip


def _restart_policy(context: Context, service: str, node: ComposeNode) -> None:
    subject = ("services", service)
    condition = node.get("condition")
    kind = context.known(condition) if condition is not None else "any"
    if condition is not None and kind not in ("any", ""):
        context.changes(
            node.place, subject, "restart_policy",
            LeftOut(f'restart_policy {context.shown(condition)}', 'services always restart'),
            "keep the program running, or run the job outside the cluster",
        )  # fmt: skip
    for field, value in node.items():
        if field != "condition" and value.value is not None and not field.startswith("x-"):
            context.matters(
                value.place,
                subject,
                "restart_policy",
                LeftOut(f"restart_policy.{field}", "the platform chooses it"),
            )
    if kind == "any" and condition is not None:
        context.harmless(
            condition.place, subject, "restart_policy", "the platform always uses condition: any"
        )
