"""The top-level volumes, secrets and configs of a Compose file, and the references of services to secrets and
configs.
"""

import re
from typing import Any

from reconciler.compose.contents import config, secret
from reconciler.compose.context import Context
from reconciler.compose.nodes import ComposeNode
from reconciler.compose.notes import LeftOut
from reconciler.compose.variables import has_references
from reconciler.model import Location

_DIGEST = re.compile(r"[0-9a-f]{6,64}|v?[0-9]{1,10}", re.IGNORECASE)


def volume(context: Context, key: str, place: Location) -> str:
    """Declare a volume that a service mounts; returns its name in the manifest."""
    node = context.root.get("volumes", key)
    if (section := context.root.get("volumes")) is not None and key in section.value:
        place = section.value[key].place
    external = node.get("external") if node else None
    is_external = external is not None and external.value is not False
    live = _live_name(context, ("volumes", key), node, external)
    name = context.name("volumes", key, place, live=live or (key if is_external else ""))
    if name in context.sections["volumes"]:
        return name
    context.sections["volumes"][name] = {"external": True} if is_external else {}
    subject = ("volumes", name)
    for field in ("driver", "driver_opts"):
        found = node.get(field) if node else None
        if found is None or (field == "driver" and found.value in ("local", "default")):
            continue
        context.changes(
            found.place,
            subject,
            field,
            LeftOut(f"{field} of volume {key!r}", "a volume is a folder on the disk of its node"),
            "keep shared data in a database or an object store",
        )
    _labels(context, node, subject)
    return name


def _live_name(
    context: Context, subject: tuple[str, str], node: ComposeNode | None, external: ComposeNode | None
) -> str:
    """The object's own ``name`` field, with the values of its variables; "" if it has none."""
    named = (external.get("name") if external is not None and external.is_map else None) or (
        node.get("name") if node else None
    )
    return context.needed(context.text(named), named.place, subject, "name") if named is not None else ""


def _labels(context: Context, node: ComposeNode | None, subject: tuple[str, ...]) -> None:
    labels = node.get("labels") if node else None
    if labels is not None:
        context.harmless(
            labels.place,
            subject,
            "labels",
            LeftOut("labels", "objects of the platform have no labels", "are"),
        )


def references(context: Context, section: str, service: str, node: ComposeNode) -> list[dict[str, Any]]:
    """The references of a service to secrets or configs; declares each of the objects."""
    found = []
    for item in node.each():
        source = item.get("source") if item.is_map else item
        if source is None:
            continue
        key = context.known(source)
        declared = context.root.get(section)
        if declared is None or key not in declared.value:
            context.changes(
                item.place,
                ("services", service),
                section,
                f"{section[:-1]} {context.shown(source)!r} is not declared at the top level: left out",
                f"declare it under {section}",
            )
            continue
        name = _declare(context, section, key, declared.value[key])
        reference: dict[str, Any] = {"name": name}
        target = item.get("target") if item.is_map else None
        file_name = context.written(context.text(target)) if target else key
        if file_name != name:
            reference["file_name"] = (
                file_name if section == "secrets" or file_name.startswith("/") else f"/{file_name}"
            )
        for field in ("uid", "gid"):
            value = item.get(field) if item.is_map else None
            if value is not None and context.text(value) not in ("0", ""):
                reference[field] = _id(context, value, service, field)
        mode = item.get("mode") if item.is_map else None
        if mode is not None and (written := _mode(context, mode, service)) != "0444":
            reference["mode"] = written
        found.append({key: value for key, value in reference.items() if value is not None})
    return found


def _id(context: Context, node: ComposeNode, service: str, field: str) -> Any:
    text = context.text(node)
    if has_references(text):
        return context.written(text)
    if text.isdigit():
        return int(text)
    context.changes(
        node.place,
        ("services", service),
        field,
        LeftOut(f"{field} {text!r}", "Docker needs a number"),
    )
    return None


def _mode(context: Context, node: ComposeNode, service: str) -> str | None:
    """A file mode as octal text. In Compose it is a number, which YAML writes in octal."""
    value = node.value
    if isinstance(value, str):
        try:
            value = int(context.known(node).removeprefix("0o"), 8)
        except ValueError:
            value = -1
    if isinstance(value, int) and 0 <= value <= 0o777:
        written = f"0{value:03o}"
        if not isinstance(node.value, str) and value and not node.text.startswith("0"):
            message = f"mode {node.text} without a leading 0 becomes {written}, as Docker reads it"
            context.matters(
                node.place, ("services", service), "mode", message, f"write 0{node.text} if it is octal"
            )
        return written
    context.changes(
        node.place, ("services", service), "mode", LeftOut("mode", "it is not a file mode such as 0444")
    )
    return None


def _declare(context: Context, section: str, key: str, node: ComposeNode) -> str:
    """Declare a secret or config that a service refers to, once; returns its name in the manifest."""
    known = context.names.get((section, key))
    if known is not None:
        return known
    external = node.get("external")
    if external is not None and external.value is not False:
        name = context.name(
            section, key, node.place, live=_live_name(context, (section, key), node, external) or key
        )
        context.sections[section][name] = {"external": True}
        return name
    named = node.get("name")
    live = "" if named is None else _logical(context, section, key, named)
    name = context.name(section, key, node.place, live=live)
    subject = (section, name)
    _labels(context, node, subject)
    driver = node.get("template_driver") or node.get("driver")
    if driver is not None:
        context.changes(
            driver.place,
            subject,
            section,
            LeftOut(f"{section[:-1]} {key!r}: its template or driver", "the API has no field for it"),
        )
    source = (secret if section == "secrets" else config)(context, name, node)
    if source is not None:
        context.sections[section][name] = source
    return name


def _ends_in_digest(name: str) -> bool:
    """Whether the last part of a name (after a dash, underscore or dot) is a digest or a version."""
    at = max(name.rfind(separator) for separator in "-_.")
    return at > 0 and _DIGEST.fullmatch(name, at + 1) is not None


def _logical(context: Context, section: str, key: str, named: ComposeNode) -> str:
    """The name without a digest or version, since reconciler creates a version for each new content."""
    text = context.text(named)
    resolved = context.variables.resolve(text)
    if has_references(text) or _ends_in_digest(resolved):
        message = LeftOut(
            f"the digest or version in the name of {section[:-1]} {key!r}",
            "each new content becomes a new version",
        )
        if context.options.project:
            advice = "the live one has another name, so the services that use it restart once"
            context.changes(named.place, (section, key), "digest in its name", message, advice)
        else:
            context.harmless(named.place, (section, key), "digest in its name", message)
        return ""
    return resolved
