"""Converts a service of a Compose file to a service of a manifest; each field is converted or gets a note."""

from collections.abc import Callable, Mapping
from typing import Any

from reconciler.compose.context import Context, literal
from reconciler.compose.credentials import of_command, variable_name
from reconciler.compose.dependencies import depends_on, links
from reconciler.compose.deploy import Entry, deploy, labels, left_out
from reconciler.compose.environment import environment
from reconciler.compose.mounts import MountedFiles, mounts
from reconciler.compose.nodes import ComposeNode
from reconciler.compose.notes import LeftOut
from reconciler.compose.objects import references
from reconciler.compose.ports import ports
from reconciler.compose.shell import is_parted_alike, joined, parted
from reconciler.compose.traefik import Ingress, ingress
from reconciler.compose.unsupported import SERVICE

Handler = Callable[[Context, str, ComposeNode], Entry]
"""Takes the service's name and one of its fields; returns fields of the manifest."""


def convert_service(context: Context, service: str, node: ComposeNode) -> Entry:
    """The manifest's fields of one service, in the usual order."""
    entry: Entry = {}
    found = ingress(context, service, _labels(node))
    for field, value in node.items():
        if value.value is None and field not in ("image", "build"):
            continue
        if field in READ_BELOW:
            continue
        if handler := HANDLERS.get(field):
            entry |= handler(context, service, value)
        elif missing := SERVICE.get(field):
            left_out(context, service, field, value, missing)
        elif not field.startswith("x-"):
            context.changes(
                value.place, ("services", service), field, LeftOut(field, "it is an unknown field")
            )
    _image(context, service, node, entry)
    _scale(context, service, node, entry)
    _environment(context, service, node, entry)
    _mounts(context, service, node, entry)
    entry |= depends_on(context, service, node)
    _reached(context, service, node, entry, found)
    return literal({field: entry.get(field) for field in _ORDER})


_ORDER = (
    "image", "command", "args", "replicas", "hosts", "port", "protocol", "healthcheck_path", "healthcheck_interval",
    "healthcheck_timeout", "environment_variables", "secrets", "configs", "mounts", "placement_constraints",
    *(f"{when}_{field}" for when in ("update", "rollback") for field in (
        "order", "parallelism", "delay", "monitor", "failure_action", "max_failure_ratio")),
    "depends_on",
)  # fmt: skip


def _labels(node: ComposeNode) -> Mapping[str, ComposeNode]:
    """The labels of the container, overridden by those of ``deploy``, which Swarm sets on the service."""
    own, deployed = node.get("labels"), node.get("deploy", "labels")
    return {**dict(own.items() if own else ()), **dict(deployed.items() if deployed else ())}


def _image(context: Context, service: str, node: ComposeNode, entry: Entry) -> None:
    image, build = node.get("image"), node.get("build")
    if image is not None:
        entry["image"] = context.written(context.text(image))
        if build is not None:
            context.changes(
                build.place, ("services", service), "build", LeftOut('build', 'the platform runs images only'),
                f"build and push {context.shown(image)} before an apply",
            )  # fmt: skip
        return
    place = build.place if build is not None else node.place
    name = variable_name(f"{service}_image")
    entry["image"] = context.written(context.variables.encode(f"${{{name}}}", place))
    context.changes(
        place,
        ("services", service),
        "build",
        LeftOut("build", f"the platform runs images only, so its image is the variable {name}"),
        f"build and push an image, and give its name and tag with --var {name}=… or RECONCILER_VAR_{name}",
    )


def _command(name: str, field: str) -> Handler:
    def handle(context: Context, service: str, node: ComposeNode) -> Entry:
        if node.is_list:
            text = joined([context.text(word) for word in node.value])
        else:
            text = _of_text(context, service, name, node)
        return {field: context.written(of_command(context, service, name, text.strip(), node.place))}

    return handle


def _of_text(context: Context, service: str, name: str, node: ComposeNode) -> str:
    """A command given as one text: unchanged if a shell splits it into the same words as Docker, else rewritten."""
    subject, text = ("services", service), context.text(node)
    try:
        words, rest = parted(text)
    except ValueError as error:
        context.changes(
            node.place, subject, name, f"Docker cannot parse {name}, which has {error}: its text is kept unchanged",
            "correct the quotes, then convert again",
        )  # fmt: skip
        return text
    if rest:
        context.matters(
            node.place, subject, name,
            f"{name} ends before {rest[0]!r}, because Docker starts no shell: the rest of its text is left out",
            "to run all of it, write it as a list: [sh, -c, TEXT]",
        )  # fmt: skip
    if context.options.project:  # Docker stores only the words, so the live text is built from them
        return joined(words)
    return text if is_parted_alike(text, words) else joined(words)


def _scale(context: Context, service: str, node: ComposeNode, entry: Entry) -> None:
    subject = ("services", service)
    replicas, scale = node.get("deploy", "replicas"), node.get("scale")
    mode = node.get("deploy", "mode")
    if (chosen := replicas or scale) is not None:
        entry["replicas"] = context.whole(chosen, subject, "replicas")
    kind = context.known(mode) if mode is not None else "replicated"
    if mode is not None and kind == "global":
        context.changes(
            mode.place, subject, "mode", LeftOut('mode global', 'the number of tasks is the value of replicas'),
            "give replicas the number of nodes, or one service for each node, pinned by placement_constraints",
        )  # fmt: skip
    elif mode is not None and kind == "replicated":
        context.harmless(
            mode.place, subject, "mode", LeftOut("mode replicated", "all services are replicated")
        )
    elif mode is not None:
        context.changes(
            mode.place, subject, "mode",
            LeftOut(f'mode {context.shown(mode)}', 'a service that ends is restarted'),
            "run the job outside the cluster, for example in a workflow",
        )  # fmt: skip


def _environment(context: Context, service: str, node: ComposeNode, entry: Entry) -> None:
    if variables := environment(context, service, node):
        entry["environment_variables"] = variables


def _mounts(context: Context, service: str, node: ComposeNode, entry: Entry) -> None:
    for section in ("secrets", "configs"):
        listed = node.get(section)
        entry[section] = references(context, section, service, listed) if listed else []
    hidden = [reference for reference in entry["configs"] if reference["name"] in context.as_secrets]
    entry["configs"] = [reference for reference in entry["configs"] if reference not in hidden]
    entry["secrets"] += [
        {"file_name": f"/{reference['name']}", **reference, "name": context.as_secrets[reference["name"]]}
        for reference in hidden
    ]
    listed = node.get("volumes")
    files = MountedFiles(entry["secrets"], entry["configs"])
    found = mounts(context, service, listed, files) if listed else []
    entry["mounts"] = [_short_mount(mount) for mount in found] or None
    for section in ("secrets", "configs"):
        entry[section] = [
            reference["name"] if len(reference) == 1 else reference for reference in entry[section]
        ] or None


def _short_mount(mount: Mapping[str, Any]) -> Any:
    source, target = mount["source"], mount["target"]
    if ":" in source or ":" in target or type(target) is not str:
        return dict(mount)
    return f"{source}:{target}{':ro' if mount.get('readonly') else ''}"


def _reached(context: Context, service: str, node: ComposeNode, entry: Entry, found: Ingress) -> None:
    port = ports(context, service, node, has_hosts=bool(found.hosts), known=found.fields.get("port"))
    if context.options.project and not found.hosts:
        port = None  # no field asks for it, and the live service has none
    if found.hosts:
        entry["hosts"] = list(dict.fromkeys(found.hosts))
        if port is None:
            place = next(claim.place for claim in context.claims if claim.service == service)
            context.changes(
                place, ("services", service), "port", "its hosts have no port: no port is published or set by a label",
                "set port to the number that the service listens on",
            )  # fmt: skip
    if port is not None:
        entry["port"] = port
    entry |= {key: value for key, value in found.fields.items() if value is not None and key != "port"}


def _healthcheck(context: Context, service: str, node: ComposeNode) -> Entry:
    disabled = node.get("disable")
    test = node.get("test")
    off = disabled is not None and disabled.value is True
    off |= test is not None and test.is_list and bool(test.value) and test.value[0].value == "NONE"
    context.matters(
        node.place,
        ("services", service),
        "healthcheck",
        LeftOut(
            "healthcheck",
            "the HEALTHCHECK of the image stays on"
            if off
            else "the HEALTHCHECK of the image is used, if it has one",
        ),
        "set HEALTHCHECK in the Dockerfile; healthcheck_path is for the load balancer only",
    )
    return {}


def _restart(context: Context, service: str, node: ComposeNode) -> Entry:
    policy = context.known(node)
    subject = ("services", service)
    if policy in ("no", "false") or policy.startswith("on-failure"):
        context.changes(
            node.place, subject, "restart",
            LeftOut(f'restart: {context.shown(node)}', 'services always restart'),
            "keep the program running, or run the job outside the cluster",
        )  # fmt: skip
    else:
        context.harmless(
            node.place,
            subject,
            "restart",
            LeftOut(f"restart: {context.shown(node)}", "services always restart"),
        )
    return {}


def _networks(context: Context, service: str, node: ComposeNode) -> Entry:
    subject = ("services", service)
    for name, network in node.items():
        for alias in (network.get("aliases") or network._replace(value=[])).each():
            if context.known(alias) == context.names["services", service]:
                context.harmless(alias.place, subject, "networks", "an alias is the service's own name")
                continue
            context.changes(
                alias.place, subject, "networks",
                f"the alias {context.shown(alias)!r} is lost: no service has this name",
                f"use the name {context.names['services', service]!r} instead",
            )  # fmt: skip
        for field, value in network.items():
            if field != "aliases" and not field.startswith("x-") and value.value is not None:
                context.matters(value.place, subject, "networks", LeftOut(f"{field} of network {name!r}"))
    context.harmless(
        node.place,
        subject,
        "networks",
        LeftOut("networks", "all services of a cluster share a network", "are"),
    )
    return {}


def _network_mode(context: Context, service: str, node: ComposeNode) -> Entry:
    kind, _, name = context.known(node).partition(":")
    what, subject = f"network_mode: {context.shown(node)}", ("services", service)
    if kind in ("bridge", "default"):
        context.harmless(
            node.place, subject, "network_mode", LeftOut(what, "all services of a cluster share a network")
        )
        return {}
    why, advice = _NETWORK_MODES.get(kind, ("the platform chooses the network", ""))
    known = context.names.get(("services", name), name)
    context.changes(node.place, subject, "network_mode", LeftOut(what, why), advice.format(known))
    return {}


_NETWORK_MODES = {
    "container": ("its localhost is not that of the other container", "reach it by the name of its service"),
    "host": ("a container does not use the network of its node", "give it hosts and a port"),
    "none": ("it can reach the network", "run it outside the cluster if it must not"),
    "service": ("its localhost is not that of the other service", "reach the other service by the name {}"),
}


HANDLERS: Mapping[str, Handler] = {
    "command": _command("command", "args"),
    "deploy": deploy,
    "entrypoint": _command("entrypoint", "command"),
    "healthcheck": _healthcheck,
    "labels": labels,
    "links": links,
    "network_mode": _network_mode,
    "networks": _networks,
    "restart": _restart,
}

READ_BELOW = frozenset(
    {
        "build",
        "configs",
        "depends_on",
        "env_file",
        "environment",
        "expose",
        "image",
        "ports",
        "profiles",
        "scale",
        "secrets",
        "volumes",
    }
)
"""Fields that the functions of other fields read."""
