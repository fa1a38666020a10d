"""Converts labels of Traefik, versions 1 to 3, to fields of the platform: hosts, port, protocol and health check.

The platform's load balancer is Traefik, but it reads no labels: only the API's fields.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from msgspec import Struct, field

from reconciler.compose.context import Claim, Context
from reconciler.compose.durations import seconds
from reconciler.compose.nodes import ComposeNode
from reconciler.compose.notes import LeftOut

Labels = Mapping[str, ComposeNode]
_CALL = re.compile(r"(?<![A-Za-z])([A-Za-z]+)\(([^()]*)\)")
_ARGUMENT = re.compile(r"`([^`]*)`|\"([^\"]*)\"")
_FIELDS = (
    (
        re.compile(
            r"traefik\.http\.services\.[^.]+\.loadbalancer\.server\.port|traefik\.(?:[^.]+\.)?port",
            re.IGNORECASE,
        ),
        "port",
    ),
    (
        re.compile(
            r"traefik\.http\.services\.[^.]+\.loadbalancer\.server\.scheme|traefik\.(?:[^.]+\.)?protocol",
            re.IGNORECASE,
        ),
        "protocol",
    ),
    (
        re.compile(
            r"traefik\.http\.services\.[^.]+\.loadbalancer\.healthcheck\.path|traefik\.backend\.healthcheck\.path",
            re.IGNORECASE,
        ),
        "healthcheck_path",
    ),
    (
        re.compile(
            r"traefik\.http\.services\.[^.]+\.loadbalancer\.healthcheck\.interval"
            r"|traefik\.backend\.healthcheck\.interval",
            re.IGNORECASE,
        ),
        "healthcheck_interval",
    ),
    (
        re.compile(
            r"traefik\.http\.services\.[^.]+\.loadbalancer\.healthcheck\.timeout"
            r"|traefik\.backend\.healthcheck\.timeout",
            re.IGNORECASE,
        ),
        "healthcheck_timeout",
    ),
)
_RULE = re.compile(r"traefik\.http\.routers\.[^.]+\.rule", re.IGNORECASE)
_OLD_RULE = re.compile(r"traefik\.(?:[^.]+\.)?frontend\.rule", re.IGNORECASE)
_HARMLESS = (
    (
        re.compile(r"traefik\.enable|traefik\.tags", re.IGNORECASE),
        "a service with hosts does not need it",
    ),
    (
        re.compile(
            r"traefik\.(?:docker|swarm)\.(?:network|lbswarm)|traefik\.constraint-label"
            r"|traefik\.http\.routers\.[^.]+\.service|traefik\.backend",
            re.IGNORECASE,
        ),
        "the load balancer finds the service by its hosts",
    ),
    (
        re.compile(
            r"traefik\.http\.routers\.[^.]+\.(?:entrypoints|tls|tls\.[a-z]+|tls\.domains.*)"
            r"|traefik\.(?:[^.]+\.)?frontend\.(?:entryPoints|redirect\.entryPoint)",
            re.IGNORECASE,
        ),
        "the load balancer serves HTTPS by itself",
    ),
    (
        re.compile(
            r"traefik\.http\.services\.[^.]+\.loadbalancer\.passhostheader"
            r"|traefik\.(?:[^.]+\.)?frontend\.passHostHeader",
            re.IGNORECASE,
        ),
        "the load balancer passes the host on",
    ),
)
"""Labels that ask for what the platform's load balancer does anyway, with the reason."""
_MIDDLEWARE = re.compile(
    r"traefik\.(?:http|tcp)\.(?:middlewares\..*|routers\.[^.]+\.middlewares)"
    r"|traefik\.(?:[^.]+\.)?frontend\.(?:auth|headers|whiteList|rateLimit|errors|redirect)\..*",
    re.IGNORECASE,
)
"""Labels that define or use middlewares; in version 1 they are named after their frontend."""
_SOUNDS_LIKE_REDIRECT = re.compile(
    r"(?:[a-z0-9]+[-_])?(?:https[-_]?redirect|redirect[-_](?:to[-_])?https)(?:@[a-z]+)?", re.IGNORECASE
)
_DECLARED = re.compile(
    r"traefik\.http\.middlewares\.(?P<name>[^.]+)\.(?P<kind>[^.]+)(?:\..*)?", re.IGNORECASE
)
_TO_HTTPS = re.compile(r"traefik\.http\.middlewares\.[^.]+\.redirectscheme\..*", re.IGNORECASE)


class _Label(NamedTuple):
    """One label, and the service that has it."""

    subject: tuple[str, ...]
    key: str
    node: ComposeNode


class Ingress(Struct):
    """The platform's fields for the labels. ``is_off``: ``traefik.enable`` is false."""

    hosts: list[str] = field(default_factory=list)
    fields: dict[str, object] = field(default_factory=dict)
    is_off: bool = False


def ingress(context: Context, service: str, labels: Labels) -> Ingress:
    """Read Traefik's labels of a service; adds a note on each label that is not supported."""
    found = Ingress()
    traefik_labels = {key: node for key, node in labels.items() if key.lower().startswith("traefik.")}
    enable = next((node for key, node in traefik_labels.items() if key.lower() == "traefik.enable"), None)
    found.is_off = enable is not None and context.known(enable).lower() == "false"
    for key, node in traefik_labels.items():
        if found.is_off:
            if key.lower() != "traefik.enable":
                context.harmless(node.place, ("services", service), key, f"{key}: traefik.enable is false")
            continue
        _label(context, service, key, node, found)
    return found


def _label(context: Context, service: str, key: str, node: ComposeNode, found: Ingress) -> None:
    subject = ("services", service)
    text = context.text(node)
    for pattern, name in _FIELDS:
        if pattern.fullmatch(key):
            _field(context, _Label(subject, key, node), name, found)
            return
    if _RULE.fullmatch(key):
        _rule(context, _Label(subject, key, node), text, found)
    elif _OLD_RULE.fullmatch(key):
        _old_rule(context, _Label(subject, key, node), text, found)
    else:
        _without_place(context, subject, key, node)


def _without_place(context: Context, subject: tuple[str, ...], key: str, node: ComposeNode) -> None:
    """Add a note on a label that concerns no host, port or health check."""
    advice = ""
    reason = next((reason for pattern, reason in _HARMLESS if pattern.fullmatch(key)), "")
    if reason and not (key.lower().endswith("passhostheader") and context.known(node).lower() == "false"):
        say, why = context.harmless, reason
    elif _TO_HTTPS.fullmatch(key) or (_MIDDLEWARE.fullmatch(key) and _is_redirect(context, node)):
        say, why = context.harmless, "the load balancer sends HTTP to HTTPS by itself"
    elif _MIDDLEWARE.fullmatch(key) and _SOUNDS_LIKE_REDIRECT.fullmatch(context.known(node)):
        say, why = (
            context.matters,
            "its name suggests a redirect to HTTPS, which the load balancer does by itself",
        )
    elif _MIDDLEWARE.fullmatch(key):
        say, why = context.changes, "the platform's load balancer has no middlewares"
        advice = "do it in the service itself, or in a proxy that you run in front of it"
    elif key.lower().startswith(("traefik.tcp.", "traefik.udp.")):
        say, why = context.changes, "services are reached by HTTPS only"
        advice = "run it on a machine outside the cluster"
    elif ".sticky" in key.lower():
        say, why = context.changes, "requests of one client may go to any replica"
        advice = "keep sessions in a store that all replicas share, or run a single replica"
    else:
        say, why = context.changes, "the platform has no field for it"
        advice = "see hosts, port, protocol"
    say(node.place, subject, key, LeftOut(key, why), advice)


def _is_redirect(context: Context, node: ComposeNode) -> bool:
    """Whether a router's middlewares are all defined in these files, and only redirect from HTTP to HTTPS, as the
    platform does.
    """
    names = [name.strip().partition("@")[0] for name in context.known(node).split(",")]
    return all(name in context.redirects for name in names)


def redirects(services: ComposeNode) -> frozenset[str]:
    """The middlewares in the labels of all services that only redirect from HTTP to HTTPS."""
    kinds: dict[str, set[str]] = {}
    for service in dict(services.items()).values():
        for labels in (service.get("labels"), service.get("deploy", "labels")):
            for key in dict(labels.items()) if labels is not None else ():
                if match := _DECLARED.fullmatch(key):
                    kinds.setdefault(match["name"], set()).add(match["kind"].lower())
    return frozenset(name for name, found in kinds.items() if found == {"redirectscheme"})


def _field(context: Context, label: _Label, name: str, found: Ingress) -> None:
    subject, key, node = label
    if name in found.fields and found.fields[name] != context.written(context.text(node)):
        context.changes(
            node.place,
            subject,
            key,
            LeftOut(key, f"a service has only one {name}, and another label sets it"),
        )
        return
    if name == "port":
        found.fields[name] = context.whole(node, subject, key)
    elif name in ("healthcheck_interval", "healthcheck_timeout"):
        found.fields[name] = seconds(context, node, subject, key)
    else:
        found.fields[name] = context.written(context.text(node))


def _rule(context: Context, label: _Label, text: str, found: Ingress) -> None:
    subject, key, node = label
    other, hosts = [], []
    for call in _CALL.finditer(text):
        if call[1].lower() in ("host", "hostheader"):
            hosts += [argument.strip() for argument in _arguments(call[2])]
        else:
            other.append(call[1])
    _claim(context, label, found, hosts, is_plain=not other)
    if other or "!" in text:
        names = ", ".join(dict.fromkeys(other)) or "!"
        context.changes(
            node.place,
            subject,
            key,
            LeftOut(f"{names} of the rule", "the load balancer chooses services by host name only"),
            "give each service its own host name, or route the paths in a proxy that you run",
        )
    elif not _CALL.search(text):
        context.changes(node.place, subject, key, LeftOut(key, "its rule is not understood"))


def _arguments(text: str) -> Iterator[str]:
    quoted = [match[1] or match[2] or "" for match in _ARGUMENT.finditer(text)]
    yield from quoted or [item for item in text.split(",") if item.strip()]


def _old_rule(context: Context, label: _Label, text: str, found: Ingress) -> None:
    """Version 1: ``Host:a.example.com,b.example.com;PathPrefix:/x``."""
    subject, key, node = label
    parts = text.split(";")
    for part in parts:
        name, _, value = part.partition(":")
        if name.strip().lower() == "host":
            hosts = [item.strip() for item in value.split(",") if item.strip()]
            _claim(context, label, found, hosts, is_plain=len(parts) == 1)
        elif name.strip():
            context.changes(
                node.place,
                subject,
                key,
                LeftOut(
                    f"{context.shown_text(name.strip())} of the rule",
                    "the load balancer chooses services by host name only",
                ),
                "give each service its own host name, or route the paths in a proxy that you run",
            )


def _claim(context: Context, label: _Label, found: Ingress, hosts: list[str], *, is_plain: bool) -> None:
    """Add the hosts (encoded text) to the service of the label."""
    service, place = label.subject[1], label.node.place
    for host in hosts:
        written = context.written(host)
        found.hosts.append(written)
        context.claims.append(Claim(written, context.shown_text(host), service, place, is_plain))
