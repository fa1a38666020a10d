"""What is live as the plain values of a manifest: loading, backwards. Pure.

Nothing that may be a credential passes: no environment variable that looks like one, no webhook's URL.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.kinds import KINDS, VERSIONED
from reconciler.kinds.mounts import mounted as mounts_of
from reconciler.kinds.node import GOING, size_ids
from reconciler.kinds.sensitive import looks_like_credential
from reconciler.kinds.service import is_managed
from reconciler.kinds.unknown import unsupported
from reconciler.kinds.versions import split
from reconciler.load.plain import DEFAULTS, plain
from reconciler.load.sources import LIMITS
from reconciler.load.write import is_writable
from reconciler.model import Live, LiveState, Named

LONGEST = 56
"""Characters of a config's name that leave room for a version."""


@dataclass(slots=True)
class Portrait:
    """A manifest in the making. ``sections`` hold plain values, ``data`` the content of configs by name.

    ``notes`` are for whoever reads it: on a section, by ``(section,)``, or on one entry, by ``(section, name)``.
    """

    sections: dict[str, dict[str, Any]] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    notes: dict[tuple[str, ...], list[str]] = field(default_factory=lambda: defaultdict(list))

    def leave_out(self, section: str, name: str, why: str) -> None:
        """Take an entry out, if it is there, and say why."""
        self.sections.get(section, {}).pop(name, None)
        if section == "configs":
            self.data.pop(name, None)
        self.notes.pop((section, name), None)
        self.notes[section,].append(f"{name} is left out: {why}.")

    def leave_field_out(self, name: str, field: str, why: str) -> None:
        """Take a field of a service out, and say why."""
        self.sections["services"][name].pop(field, None)
        self.notes["services", name].append(
            f"{field} is left out, and so not managed until it is declared: {why}."
        )


def portray(
    live: LiveState, owners: Mapping[Named, str], shared: Mapping[Named, Mapping[str, str]] | None = None
) -> Portrait:
    """All that can be declared of what is live.

    ``live`` is without the configs of records; ``owners`` says, by kind and live name or id, which stack owns
    an object: those are left out, but for what imported services mount, which is ``external``. ``shared`` says, by
    kind and logical name, the live name that each stack has for it now: such are referred to by that name, so that
    their versions are followed.
    """
    portrait = Portrait(
        sections={section: {} for section in ("nodes", "volumes", "configs", "secrets", "services")}
    )
    names = _logical_names(live, shared or {})
    if owners:
        portrait.notes["nodes",].append(
            "Nodes are left out: stacks of this cluster are managed already. Declare nodes in one of them only."
        )
    else:
        _nodes(portrait, live)
    _services(portrait, live, owners, names)
    imported = [one for one in live.objects["service"] if one.name in portrait.sections["services"]]
    mounted = {(each.kind, each.name) for one in imported for each in mounts_of(one.spec)}
    _volumes(portrait, live, owners, mounted)
    _configs(portrait, live, owners, mounted, names)
    _secrets(portrait, live, owners, mounted, names)
    _webhooks(portrait, live)
    return portrait


def _logical_names(live: LiveState, shared: Mapping[Named, Mapping[str, str]]) -> dict[Named, str]:
    """By kind and live name: the logical name of what a stack owns, where it can stand for that alone."""
    taken = {(kind, one.name) for kind, objects in live.objects.items() for one in objects}
    return {
        (kind, live_name): name
        for (kind, name), stacks in shared.items()
        if kind in VERSIONED and len(stacks) == 1 and (kind, name) not in taken
        for live_name in stacks.values()
    }


def _external(
    portrait: Portrait, owned: Live, stack: str, names: Mapping[Named, str], mounted: Collection[Named]
) -> None:
    """What a stack owns: external where an imported service mounts it, else left out."""
    section = KINDS[owned.kind].section
    if (owned.kind, owned.name) not in mounted:
        portrait.leave_out(section, owned.name, f"the stack {stack} owns it")
        return
    name = names.get((owned.kind, owned.name), owned.name)
    portrait.sections[section][name] = {"external": True if name == owned.name else {"stack": stack}}
    portrait.notes[section, name].append(f"External, since the stack {stack} owns it.")


def _nodes(portrait: Portrait, live: LiveState) -> None:
    if "nodes" in live.missing or "node-sizes" in live.missing:
        portrait.notes["nodes",].append(
            "Nodes are left out: the API does not show them (a feature in preview)."
        )
        return
    counts: dict[str, int] = {}
    for node in live.objects.get("node", ()):
        if str(node.spec["status"]).lower() in GOING:
            continue
        ids = size_ids(live, node.spec["size"])
        if len(ids) != 1:
            portrait.notes["nodes",].append(
                f"Nodes are left out: {node.id} is of size {node.spec['size']}, which is not one of the node sizes."
            )
            return
        counts[ids[0]] = counts.get(ids[0], 0) + 1
    portrait.sections["nodes"] = dict(sorted(counts.items()))
    titles = {size.id: size.title for size in live.node_sizes}
    for size in counts:
        if titles.get(size):
            portrait.notes["nodes", size].append(titles[size])


def _services(
    portrait: Portrait, live: LiveState, owners: Mapping[Named, str], names: Mapping[Named, str]
) -> None:
    for service in live.objects["service"]:
        if is_managed(service.name, str(service.spec.get("image") or "")):
            continue
        if stack := owners.get(("service", service.name)):
            portrait.leave_out("services", service.name, f"the stack {stack} owns it")
        elif why := unsupported(service.body):
            portrait.leave_out("services", service.name, f"{why}, which an update would lose")
        elif not is_writable(service.name):
            portrait.leave_out("services", service.name, "its name is not text that can be written")
        else:
            portrait.sections["services"][service.name] = {}
            _service(portrait, service, names)


def _service(portrait: Portrait, service: Live, names: Mapping[Named, str]) -> None:
    entry = portrait.sections["services"][service.name]
    for field_, value in service.spec.items():
        if field_ in DEFAULTS and value == DEFAULTS[field_]:
            continue
        entry[field_] = plain(field_, value, names)
        if field_ == "environment_variables":
            _variables(portrait, service.name, value)
        elif not is_writable(entry[field_]):
            portrait.leave_field_out(service.name, field_, "it holds what a manifest can't say")
        elif isinstance(value, str) and looks_like_credential("", value):
            portrait.leave_field_out(service.name, field_, "it holds what looks like a password")


def _variables(portrait: Portrait, service: str, variables: Mapping[str, str]) -> None:
    """All variables but those that may be credentials or can't be written: these stay as they are live."""
    secret = [key for key, text in variables.items() if text and looks_like_credential(key, text)]
    strange = [key for key, text in variables.items() if key not in secret and not is_writable({key: text})]
    entry = portrait.sections["services"][service]
    if not all(key and "=" not in key and is_writable(key) for key in (*secret, *strange)):
        portrait.leave_field_out(service, "environment_variables", "it holds what a manifest can't say")
        return
    left = {*secret, *strange}
    entry["environment_variables"] = {key: text for key, text in variables.items() if key not in left}
    if left:
        entry["lifecycle"] = {"ignore_changes": [f"environment_variables.{key}" for key in sorted(left)]}
    if secret:
        portrait.notes["services", service].append(_advice(secret))
    if strange:
        portrait.notes["services", service].append(
            f"{', '.join(strange)} can't be written in a manifest: the live value stays."
        )


def _advice(names: list[str]) -> str:
    look = "looks like a credential" if len(names) == 1 else "look like credentials"
    return (
        f"{', '.join(names)} {look}, so no value is written here and the live one stays (ignore_changes); a service "
        "that is made anew would lack it. Better is a secret that the service reads from its file."
    )


def _volumes(
    portrait: Portrait, live: LiveState, owners: Mapping[Named, str], mounted: Collection[Named]
) -> None:
    for volume in live.objects["volume"]:
        if stack := owners.get(("volume", volume.name)):
            _external(portrait, volume, stack, {}, mounted)
        else:
            portrait.sections["volumes"][volume.name] = {}


def _secrets(
    portrait: Portrait,
    live: LiveState,
    owners: Mapping[Named, str],
    mounted: Collection[Named],
    names: Mapping[Named, str],
) -> None:
    for secret in live.objects["secret"]:
        if stack := owners.get(("secret", secret.name)):
            _external(portrait, secret, stack, names, mounted)
        else:
            portrait.sections["secrets"][secret.name] = {"external": True}
    if portrait.sections["secrets"]:
        portrait.notes["secrets",].append(
            "A secret's value can't be read back, so each is external: it must exist and is never written. To manage "
            "one, say where its value is, such as {env: NAME}."
        )


def _configs(
    portrait: Portrait,
    live: LiveState,
    owners: Mapping[Named, str],
    mounted: Collection[Named],
    names: Mapping[Named, str],
) -> None:
    family: dict[str, int] = {}
    for config in live.objects["config"]:
        if ("config", config.name) not in owners:
            family[_logical(config)] = family.get(_logical(config), 0) + 1
    for config in live.objects["config"]:
        if stack := owners.get(("config", config.name)):
            _external(portrait, config, stack, names, mounted)
        elif not (why := _why_external(config, family)):
            portrait.sections["configs"][config.name] = {"file": f"configs/{config.name}"}
            portrait.data[config.name] = config.spec["data"]
        elif ("config", config.name) in mounted:
            portrait.sections["configs"][config.name] = {"external": True}
            portrait.notes["configs", config.name].append(f"External, since {why}.")
        else:
            portrait.leave_out("configs", config.name, f"{why}, and no imported service mounts it")


def _logical(config: Live) -> str:
    return split(config.name)[0].lower()


def _why_external(config: Live, family: Mapping[str, int]) -> str:
    """Why a config can't be declared with its content; "" if it can."""
    data = config.spec["data"]
    if split(config.name)[1]:
        return "its name is that of a version"
    if family[_logical(config)] > 1:
        return "there are versions of it that no stack owns"
    if config.name.lower().startswith("reconciler."):
        return "names that begin with reconciler. are kept for the record of what is ours"
    if len(config.name) > LONGEST:
        return f"its name is longer than {LONGEST} characters, so that a version has no room"
    if not data or not is_writable(data) or "\0" in data or len(data.encode()) >= LIMITS["configs"]:
        return "its content is empty, too large, or no text"
    return ""


def _webhooks(portrait: Portrait, live: LiveState) -> None:
    hooks = live.objects.get("webhook", ())
    portrait.notes["webhooks",] += [
        *_hooks("This cluster has", [one for one in hooks if one.spec["cluster_id"] == live.cluster_id], ""),
        *_hooks(
            "The whole company has",
            [one for one in hooks if not one.spec["cluster_id"]],
            ", in a file without cluster",
        ),
    ]


def _hooks(who: str, hooks: list[Live], where: str) -> Iterator[str]:
    if hooks:
        names = ", ".join(one.name or f"{one.id} (no label)" for one in hooks)
        yield (
            f"{who} these webhooks: {names}. A URL is a credential, so none is written here. To manage one{where}: "
            "webhooks: {LABEL: {url: {env: URL}}}, with the URL in the environment as RECONCILER_SECRET_URL."
        )
