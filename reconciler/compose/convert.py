"""Converts a Compose model to the values of a manifest, and notes what concerns the whole file."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from reconciler.compose.context import Claim, Context, ConvertOptions
from reconciler.compose.credentials import values_of_credentials
from reconciler.compose.dependencies import dependencies
from reconciler.compose.files import Model
from reconciler.compose.nodes import ComposeNode
from reconciler.compose.notes import LeftOut, Note
from reconciler.compose.services import convert_service
from reconciler.compose.traefik import redirects
from reconciler.compose.unsupported import TOP
from reconciler.compose.variables import Reference
from reconciler.credentials.rules import is_sensitive_variable
from reconciler.kinds.service import is_platform_service
from reconciler.loading.interpolate import names
from reconciler.loading.write import Template


class Converted(NamedTuple):
    """The result of a conversion.

    ``sections`` are those of the manifest, ``data`` the contents of its configs by name. ``vars`` are the values
    that the env files give to the manifest's variables, except likely credentials. ``missing`` are the variables
    that need a value from outside, ``credentials`` those that hold a credential, ``sensitive`` those of them whose
    name does not show it. ``origins`` are the entries of the Compose files, by section and name in the manifest.
    """

    sections: Mapping[str, Mapping[str, Any]]
    data: Mapping[str, str]
    vars: Mapping[str, str]
    missing: tuple[str, ...]
    credentials: tuple[str, ...]
    sensitive: tuple[str, ...]
    notes: tuple[Note, ...]
    origins: Mapping[tuple[str, str], ComposeNode]


def convert(model: Model, options: ConvertOptions) -> Converted:
    """Convert a Compose model; ``notes`` of the result say what is not converted as it is."""
    taken = frozenset(map(_name, model.variables.references))
    context = _pass(model, options, taken, frozenset())
    if repeated := values_of_credentials(context):
        model.variables.replaced.clear()
        context = _pass(model, options, taken, repeated)
    return Converted(
        {section: entries for section, entries in context.sections.items() if entries},
        context.data,
        *_variables(context),
        tuple(_named_as_written(context, note) for note in context.notes.sorted()),
        _origins(context),
    )


def _pass(model: Model, options: ConvertOptions, taken: frozenset[str], repeated: frozenset[str]) -> Context:
    """One conversion of the whole model. ``repeated`` are the values of credentials that an earlier pass found."""
    root = model.root
    assert root is not None  # noqa: S101 - the caller passes only a model without errors
    context = Context(root, options, model.variables, taken=taken, repeated=repeated)
    services = root.get("services")
    context.redirects = redirects(services) if services is not None else frozenset()
    chosen = dict(_chosen(context, services)) if services is not None else {}
    for name, node in chosen.items():
        context.name("services", name, node.place)
    for name, node in chosen.items():
        context.sections["services"][context.names["services", name]] = convert_service(context, name, node)
    _whole(context, chosen)
    return context


def _origins(context: Context) -> dict[tuple[str, str], ComposeNode]:
    found = {}
    for (section, key), name in context.names.items():
        node = context.root.get(section, key)
        if node is not None:
            found[section, name] = node
    return found


def _named_as_written(context: Context, note: Note) -> Note:
    """The note with the manifest's name of its subject, and with variables by name."""
    shown = context.variables.shown
    message = note.message
    if isinstance(message, LeftOut):
        message = message._replace(what=shown(message.what), why=shown(message.why))
    else:
        message = shown(message)
    note = note._replace(field=shown(note.field), message=message, advice=shown(note.advice))
    if len(note.subject) < 2:
        return note
    section, name = note.subject[:2]
    return note._replace(subject=(section, context.names.get((section, name), name)))


def _chosen(context: Context, services: ComposeNode) -> Iterable[tuple[str, ComposeNode]]:
    """The services of active profiles, and the services that they depend on (Compose Specification, 15-profiles)."""
    wanted = {name for name, service in services.items() if _is_active(context, service)}
    waiting = list(wanted)
    while waiting:
        user = waiting.pop()
        for name, how in dependencies(context, services.value[user]).items():
            required = how.get("required")
            if required is not None and required.value is False:
                continue
            if name in services.value and name not in wanted:
                wanted.add(name)
                waiting.append(name)
                context.matters(
                    how.place,
                    ("services", name),
                    "profiles",
                    f"service {name!r} is converted although its profile is not active: {user!r} depends on it",
                    f"remove {user!r} from the Compose file, or activate the profile with --profile",
                )
    for name, service in services.items():
        image = service.get("image")
        if is_platform_service(name, context.known(image) if image else ""):
            context.matters(
                service.place,
                ("services", name),
                "image",
                LeftOut(f"service {name!r}", "the platform runs its own load balancer"),
                "set hosts and port on the other services",
            )
        elif name in wanted:
            yield name, service
        else:
            profiles = service.get("profiles")
            names = ", ".join(context.shown(profile) for profile in profiles.each()) if profiles else ""
            context.matters(
                service.place,
                ("services", name),
                "profiles",
                LeftOut(f"service {name!r}", f"it belongs to the profile {names}"),
                f"to convert it too, add --profile {names.split(', ')[0]}",
            )


def _is_active(context: Context, service: ComposeNode) -> bool:
    profiles = service.get("profiles")
    if profiles is None or not list(profiles.each()) or "*" in context.options.profiles:
        return True
    return any(context.known(profile) in context.options.profiles for profile in profiles.each())


def _whole(context: Context, services: Mapping[str, ComposeNode]) -> None:
    """Add the notes about the whole file, about unused objects, and about changed names."""
    for field, node in context.root.items():
        if missing := TOP.get(field):
            message = LeftOut(field, missing.why)
            context.notes.add(Note(node.place, missing.effect, (), field, message, missing.advice))
        elif field == "networks":
            _networks(context, node)
        elif field.startswith("x-"):
            context.harmless(
                node.place, (), field, LeftOut(field, "its content is copied to where it is used")
            )
        elif field in ("secrets", "configs", "volumes"):
            for name, entry in node.items():
                if (field, name) not in context.names:
                    context.harmless(
                        entry.place,
                        (field, name),
                        f"{field}.{name}",
                        LeftOut(f"{field[:-1]} {name!r}", "no service here uses it"),
                    )
    for at in sorted(context.variables.replaced):
        reference = context.variables.references[at]
        context.matters(
            reference.place,
            (),
            reference.name,
            f"the variable {reference.name} is replaced by its current value: a manifest cannot use it in this form",
            "write ${NAME} or ${NAME:-default} with no variable in the default",
        )
    _part_hosts(context)
    if context.shared:
        names = ", ".join(context.shared)
        context.matters(
            next(iter(context.shared.values())),
            (),
            "name",
            f"other stacks often use these names too, and a name can be used only once in a cluster: {names}",
            "add a prefix with --prefix; if this stack is live already, convert with --project",
        )
    _lost_names(context, services)


def _lost_names(context: Context, services: Mapping[str, ComposeNode]) -> None:
    """Note the services that get another name: other services can no longer reach them by the short name."""
    for name, node in services.items():
        new = context.names["services", name]
        if new != name:
            context.changes(
                node.place,
                ("services", name),
                "name",
                f"the short name {name!r} is lost: the service is named {new!r}, and no service has the name "
                f"{name!r}",
                f"write {new} where other services use {name} as a host name{_where(context, name)}",
            )


def _part_hosts(context: Context) -> None:
    """Assign each host to one service: to the one whose rule has only hosts, else to the first one."""
    owners: dict[str, Claim] = {}
    for claim in sorted(context.claims, key=lambda claim: not claim.is_plain):
        owners.setdefault(claim.host.lower(), claim)
    for claim in context.claims:
        owner = owners[claim.host.lower()]
        if owner.service == claim.service:
            continue
        hosts = context.sections["services"][context.names["services", claim.service]].get("hosts", [])
        if claim.host not in hosts:
            continue
        hosts.remove(claim.host)
        if not hosts:
            del context.sections["services"][context.names["services", claim.service]]["hosts"]
        context.changes(
            claim.place,
            ("services", claim.service),
            "hosts",
            LeftOut(
                f"host {claim.shown}",
                f"service {owner.service!r} has it, and only one service can have a host",
            ),
            "give it another host name",
        )


def _where(context: Context, name: str) -> str:
    users = [
        service
        for service, entry in context.sections["services"].items()
        for text in [
            *(entry.get("environment_variables") or {}).values(),
            entry.get("args"),
            entry.get("command"),
        ]
        if isinstance(text, str) and _mentions(text, name)
    ]
    return f": in {', '.join(dict.fromkeys(users))}" if users else ""


def _mentions(text: str, name: str) -> bool:
    """Whether a text contains the name as a separate word."""
    words = "".join(
        character if character.isalnum() or character in "-_" else " " for character in text
    ).split()
    return name in words


def _networks(context: Context, node: ComposeNode) -> None:
    for name, network in node.items():
        internal = network.get("internal")
        if internal is not None and internal.value is True:
            context.changes(
                internal.place,
                (),
                "networks",
                f"network {name!r} is internal, but on this platform its services can reach the Internet",
            )
        for field in ("ipam", "driver_opts"):
            if (found := network.get(field)) is not None:
                context.matters(found.place, (), "networks", LeftOut(f"{field} of network {name!r}"))
        context.harmless(
            network.place,
            (),
            "networks",
            LeftOut(f"network {name!r}", "all services of a cluster share a network"),
        )


class _Names(NamedTuple):
    """The manifest's variables: with a value, without one, with a credential, and those to list as ``sensitive``."""

    kept: dict[str, str]
    missing: tuple[str, ...]
    credentials: tuple[str, ...]
    listed: tuple[str, ...]


def _variables(context: Context) -> _Names:
    """The variables of the manifest, with their values."""
    used = dict.fromkeys(_used(context.sections))
    kept: dict[str, str] = {}
    missing: dict[str, None] = {}
    for reference in context.variables.references:
        name, value = reference.name, context.variables.values.get(reference.name)
        if name not in used:
            continue
        if value is not None and context.is_credential(name, value):
            context.hidden.add(name)
        if value is not None and name not in {*context.hidden, *context.credentials}:
            kept[name] = value
        elif value is not None or reference.operator not in (":-", "-", ":+", "+"):
            missing[name] = None
    hidden = tuple(name for name in used if name in context.hidden or name in context.credentials)
    listed = tuple(name for name in hidden if not is_sensitive_variable(name))
    return _Names(kept, tuple(missing), hidden, listed)


def _used(value: Any) -> Iterator[str]:
    """The variables in the values of a manifest, in order."""
    match value:
        case Template():
            yield from sorted(names(value))
        case Mapping():
            for item in value.values():
                yield from _used(item)
        case list():
            for item in value:
                yield from _used(item)


def _name(reference: Reference) -> str:
    return reference.name
