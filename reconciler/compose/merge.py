"""Merges Compose files, and services over those that they extend (Compose Specification, 13-merge, 05-services).

Maps are merged by key, lists are appended, other values are replaced; ``!reset`` removes and ``!override``
replaces. Lists whose items have a key (a mount's target, a port, a secret's target) are merged by that key.
"""

from collections.abc import Callable, Mapping

from reconciler.compose.nodes import ComposeNode

Path = tuple[str, ...]
"""The keys that lead to a value from the top of a Compose file: ``("services", "web", "environment")``."""

Spend = Callable[[int], None]
"""Takes a number of entries from the budget of a conversion."""

REPLACED = frozenset({"command", "entrypoint", "healthcheck.test"})
"""Fields of a service that a later file replaces as a whole."""
PAIRS = frozenset({"environment", "labels", "sysctls", "annotations", "extra_hosts"})
"""Fields of a service that are a map, or a list of KEY=VALUE."""

NAMES = frozenset(
    {
        "cap_add",
        "cap_drop",
        "dns",
        "dns_opt",
        "dns_search",
        "env_file",
        "expose",
        "links",
        "profiles",
        "tmpfs",
    }
)
"""Lists whose items are equal if their whole values are."""


def key_of_mount(node: ComposeNode) -> str:
    """The folder in the container."""
    if node.is_map:
        target = node.get("target")
        return str(target.value) if target else ""
    parts = split_mount(str(node.value))
    return parts[1] if len(parts) > 1 else parts[0]


def split_mount(text: str) -> list[str]:
    """SOURCE:TARGET:OPTIONS of a short mount; the colon after a drive letter does not separate."""
    if len(text) > 2 and text[0].isalpha() and text[1] == ":" and text[2] in "\\/":
        head, *rest = text[2:].split(":")
        return [text[:2] + head, *rest]
    return text.split(":")


def key_of_reference(node: ComposeNode) -> str:
    """The place of a secret or config in the container: its target, else its name."""
    if not node.is_map:
        return str(node.value)
    found = node.get("target") or node.get("source")
    return str(found.value) if found else ""


def key_of_port(node: ComposeNode) -> str:
    """The key of a port: its whole value."""
    return repr(node.plain()) if node.is_map else str(node.value).removesuffix("/tcp")


def _key_of_device(node: ComposeNode) -> str:
    return key_of_mount(node)


KEYED: Mapping[str, Callable[[ComposeNode], str]] = {
    "volumes": key_of_mount,
    "ports": key_of_port,
    "secrets": key_of_reference,
    "configs": key_of_reference,
    "devices": _key_of_device,
}


def merge(
    base: ComposeNode | None, over: ComposeNode | None, path: Path = (), *, spend: Spend
) -> ComposeNode | None:
    """``over`` merged over ``base``; both are at ``path``. A field without a value in ``over`` keeps that of ``base``.

    ``spend`` gets the number of entries of each map and list of the result, and raises if there are too many.

    An environment variable, label or command without a value replaces that of ``base``, since it has its own meaning.
    """
    if over is None or over.tag == "reset":
        return base if over is None else None
    field = _field(path)
    if base is None or over.tag == "override" or field in REPLACED:
        return over
    if over.value is None and not _is_pair(path):
        return base
    if base.is_map and over.is_map:
        if field == "logging" and _driver(base) != _driver(over):
            return over
        return over._replace(value=_merged(base, over, path, spend))
    if base.is_list and over.is_list:
        return over._replace(value=_appended(base, over, path, spend))
    return over


def _field(path: Path) -> str:
    """The field of a service at ``path``, as in ``healthcheck.test``; "" for anything else."""
    return ".".join(path[2:]) if path[:1] == ("services",) else ""


def _is_pair(path: Path) -> bool:
    """Whether the value at ``path`` is that of an environment variable, a label or a similar pair."""
    return _field(path[:-1]) in {*PAIRS, "deploy.labels"}


def _merged(base: ComposeNode, over: ComposeNode, path: Path, spend: Spend) -> dict[str, ComposeNode]:
    spend(len(base.value) + len(over.value))
    built: dict[str, ComposeNode] = dict(base.items())
    for key, child in over.items():
        merged = merge(built.get(key), child, (*path, key), spend=spend)
        if merged is None:
            built.pop(key, None)
        else:
            built[key] = merged
    return built


def _appended(base: ComposeNode, over: ComposeNode, path: Path, spend: Spend) -> list[ComposeNode]:
    spend(len(base.value) + len(over.value))
    key = KEYED.get(_field(path))
    if key is None:
        seen = {repr(item.plain()) for item in base.value}
        return [*base.value, *(item for item in over.value if repr(item.plain()) not in seen)]
    built = {key(item): item for item in base.value}
    for item in over.value:
        merged = merge(built.get(key(item)), item, (*path, key(item)), spend=spend)
        if merged is not None:
            built[key(item)] = merged
    return list(built.values())


def _driver(node: ComposeNode) -> object:
    found = node.get("driver")
    return found.value if found else None


def without_repeats(service: ComposeNode) -> ComposeNode:
    """A service without repeated list items: of items with the same key the last one counts, as in Compose."""
    if not service.is_map:
        return service
    built = {key: _without_repeats(key, node) for key, node in service.items()}
    deploy = built.get("deploy")
    if deploy is not None and deploy.is_map:
        within = {key: _without_repeats(key, node) for key, node in deploy.items()}
        built["deploy"] = deploy._replace(value=within)
    return service._replace(value=built)


def _without_repeats(name: str, node: ComposeNode) -> ComposeNode:
    key = _key_of_pair if name in PAIRS else KEYED.get(name)
    if name in NAMES:
        key = _key_of_name
    if key is None or not node.is_list:
        return node
    return node._replace(value=list({key(item): item for item in node.value}.values()))


def _key_of_pair(node: ComposeNode) -> str:
    return str(node.value).partition("=")[0]


def _key_of_name(node: ComposeNode) -> str:
    return repr(node.plain())


def normalized(service: ComposeNode, resolve: Callable[[str], str]) -> ComposeNode:
    """A service with each field in a single form, so that equal items can be merged: pairs and names as maps.

    ``resolve`` returns a text with the values of its variables, for names that other parts of the file refer to.
    """
    if not service.is_map:
        return service
    built = {key: _one_form(key, field_node, resolve) for key, field_node in service.items()}
    deploy = built.get("deploy")
    if deploy is not None and deploy.is_map:
        labels = {key: _one_form(key, node, resolve) for key, node in deploy.items() if key == "labels"}
        built["deploy"] = deploy._replace(value={**deploy.value, **labels})
    return service._replace(value=built)


def _one_form(key: str, node: ComposeNode, resolve: Callable[[str], str]) -> ComposeNode:
    if not node.is_list:
        if key == "build" and isinstance(node.value, str):
            return node._replace(value={"context": node})
        if (
            key in ("env_file", "label_file", "tmpfs", "dns", "dns_search", "profiles")
            and node.value is not None
            and not node.is_map
        ):
            return node._replace(value=[node])
        return node
    if key in PAIRS:
        separator = ":" if key == "extra_hosts" else "="
        return node._replace(value=dict(_pair(item, separator) for item in node.value))
    if key in ("depends_on", "networks"):
        return node._replace(
            value={
                resolve(str(item.value)): item._replace(value=None, text=str(item.value))
                for item in node.value
            }
        )
    return node


def _pair(node: ComposeNode, separator: str) -> tuple[str, ComposeNode]:
    text = node.text if isinstance(node.value, bool | int | float) else str(node.value)
    key, found, value = text.partition(separator)
    return key, node._replace(value=value if found else None, text=value)
