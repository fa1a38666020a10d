"""Published and exposed ports. The platform's only entry is its load balancer, on port 443, by host name."""

import re
from typing import Any, NamedTuple

from reconciler.compose.context import Context
from reconciler.compose.nodes import ComposeNode
from reconciler.compose.notes import LeftOut
from reconciler.compose.variables import has_references

_WEB = (80, 8080, 3000, 8000)
"""If several ports are published, the first of these becomes the port of the hosts."""
_LAST = 65535
_TLS = frozenset({"443", "8443", "9443"})
_SHORT = re.compile(r"(?:(?P<front>.*):)?(?P<target>[^:/]+)(?:/(?P<protocol>[a-z]+))?", re.DOTALL)


class Port(NamedTuple):
    """One port of a container; ``published`` is the published port as text for people, "" if it is not published."""

    node: ComposeNode
    target: str
    published: str
    protocol: str


def ports(context: Context, service: str, node: ComposeNode, *, has_hosts: bool, known: Any) -> Any:
    """The port for the load balancer, or None. Adds notes on other published or exposed ports.

    ``known`` is the port that labels set, or None.
    """
    subject = ("services", service)
    published = [
        _port(context, port_node) for port_node in (node.get("ports") or node._replace(value=[])).each()
    ]
    if (published_node := node.get("ports")) is not None and published_node.is_list:
        published = [_port(context, port_node) for port_node in published_node.value]
    exposed = node.get("expose")
    if exposed is not None:
        context.harmless(
            exposed.place, subject, "expose", LeftOut("expose", "services reach each other on any port")
        )
    chosen = (
        known if known is not None else _chosen(context, service, published, exposed, has_hosts=has_hosts)
    )
    if isinstance(chosen, int) and not 1 <= chosen <= _LAST:
        message = LeftOut(f"the port {chosen}", "it is not a port")
        context.changes(node.place, subject, "ports", message, f"a port is a number from 1 to {_LAST}")
        chosen = None
    for port in published:
        _note(context, subject, port, chosen, has_hosts=has_hosts)
    return chosen


def _port(context: Context, node: ComposeNode) -> Port:
    if node.is_map:

        def text(key: str) -> str:
            found = node.get(key)
            return context.text(found) if found else ""

        return Port(node, text("target"), text("published"), text("protocol") or "tcp")
    match = _SHORT.fullmatch(context.text(node))
    if match is None:
        return Port(node, context.text(node), "", "tcp")
    return Port(node, match["target"], match["front"] or "", match["protocol"] or "tcp")


def _chosen(
    context: Context, service: str, published: list[Port], exposed: ComposeNode | None, *, has_hosts: bool
) -> Any:
    targets = [port.target for port in published if port.protocol == "tcp" and "-" not in port.target]
    if not targets and has_hosts and exposed is not None:
        targets = [context.text(port_node).partition("/")[0] for port_node in exposed.each()]
    target = _of_web(context, list(dict.fromkeys(targets)), has_hosts=has_hosts)
    if not target:
        return None
    if len(set(targets)) > 1 and has_hosts:
        context.matters(
            published[0].node.place,
            ("services", service),
            "ports",
            f"it has several ports, and {context.shown_text(target)} becomes the port of its hosts",
            "if that is wrong, set port to another one of them",
        )
    if has_references(target):
        return context.written(target)
    return int(target) if target.isdigit() else None


def _of_web(context: Context, targets: list[str], *, has_hosts: bool) -> str:
    """The HTTP port among several: the only one that is not a TLS port, else (if the service has hosts) the first
    in ``_WEB``.
    """
    plain = [target for target in targets if context.known_text(target) not in _TLS] or targets
    if len(plain) == 1:
        return plain[0]
    likely = (target for web in _WEB for target in plain if context.known_text(target) == str(web))
    return next(likely, "") if has_hosts else ""


def _note(context: Context, subject: tuple[str, ...], port: Port, chosen: Any, *, has_hosts: bool) -> None:
    shown = context.shown_text(f"{port.published}:{port.target}" if port.published else port.target)
    if port.protocol != "tcp":
        context.changes(
            port.node.place, subject, "ports",
            LeftOut(f'port {shown}/{port.protocol}', 'services are reached by HTTPS only'),
            "run it on a machine outside the cluster",
        )  # fmt: skip
        return
    ours = context.written(port.target) == str(chosen)
    if ours and has_hosts:
        context.matters(
            port.node.place,
            subject,
            "ports",
            f"port {shown} is reached through the load balancer only, by HTTPS on 443",
        )
        return
    context.changes(
        port.node.place,
        subject,
        "ports",
        f"port {shown} is not published: services are reached through the load balancer only, by HTTPS on 443",
        "give the service a host name: hosts: [NAME.example.com]"
        + ("" if ours and not context.options.project else ", and set port to the number that it listens on"),
    )
