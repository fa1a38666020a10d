"""What is live as the plain values of a manifest: loading, backwards. Pure.

Nothing that may be a credential passes: no environment variable that looks like one, no webhook's URL.
"""

import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.kinds import image as images
from reconciler.kinds.node import GOING, size_ids
from reconciler.kinds.sensitive import looks_like_credential
from reconciler.kinds.service import REFERENCES, is_managed, unsupported
from reconciler.kinds.versions import split
from reconciler.load.sources import LIMITS
from reconciler.load.write import is_writable
from reconciler.model import Live, LiveState, Named

DEFAULTS: Mapping[str, Any] = {
    f"{when}_{field}": value
    for when in ("update", "rollback")
    for field, value in {
        "order": "stop-first",
        "parallelism": 1,
        "delay": 0,
        "max_failure_ratio": 0,
        "monitor": 5,
        "failure_action": "pause",
    }.items()
}
"""What the platform does where a service says nothing (MedStack: update strategy; Docker has the same)."""
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


def portray(live: LiveState, owners: Mapping[Named, str]) -> Portrait:
    """All that can be declared of what is live.

    ``live`` is without the configs of records; ``owners`` says, by kind and live name or id, which stack owns
    an object: those are left out, but for what imported services mount, which is ``external``.
    """
    portrait = Portrait(
        sections={section: {} for section in ("nodes", "volumes", "configs", "secrets", "services")}
    )
    _nodes(portrait, live)
    _services(portrait, live, owners)
    mounted = _mounted(portrait.sections["services"].values())
    _volumes(portrait, live, owners)
    _configs(portrait, live, owners, mounted["configs"])
    _secrets(portrait, live, owners, mounted["secrets"])
    _webhooks(portrait, live)
    return portrait


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


def _services(portrait: Portrait, live: LiveState, owners: Mapping[Named, str]) -> None:
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
            _service(portrait, service)


def _service(portrait: Portrait, service: Live) -> None:
    entry = portrait.sections["services"][service.name]
    for field_, value in service.spec.items():
        if field_ in DEFAULTS and value == DEFAULTS[field_]:
            continue
        entry[field_] = _plain(field_, value)
        if not is_writable(entry[field_]):
            portrait.leave_field_out(service.name, field_, "it holds what a manifest can't say")
        elif names := _credentials(field_, value):
            portrait.leave_field_out(service.name, field_, _advice(field_, names))


def _plain(field_: str, value: Any) -> Any:
    """A field as people write it: what a reference leaves out has its default, and a ratio has few digits."""
    if field_ in REFERENCES:
        return [_reference(one) for one in value]
    if field_ == "mounts":
        return [_mount(one) for one in value]
    if field_ == "image":
        return _unpinned(value)
    if field_.endswith("_max_failure_ratio"):
        return _shortest(value)
    return value


def _unpinned(image: Any) -> Any:
    """Without the digest that the platform adds to a tag: declared, it would forbid what a restart brings."""
    tagged, _, digest = str(image).partition("@")
    return tagged if digest and images.same(tagged, str(image)) and images.split(tagged)[1] else image


def _reference(one: Mapping[str, Any]) -> Any:
    defaults = {"file_name": one["name"], "uid": 0, "gid": 0, "mode": "0444"}
    kept = {key: value for key, value in one.items() if key == "name" or value != defaults[key]}
    return kept if len(kept) > 1 else one["name"]


def _mount(one: Mapping[str, Any]) -> Any:
    if ":" in one["source"] or ":" in one["target"] or not one["target"].startswith("/"):
        return dict(one)
    return f"{one['source']}:{one['target']}{':ro' if one['readonly'] else ''}"


def _shortest(value: Any) -> Any:
    """The shortest decimal that is the same 32-bit number (API: ratios are of format float)."""
    if not isinstance(value, float):
        return value
    for digits in range(1, 10):
        short = float(f"{value:.{digits}g}")
        if struct.pack("f", short) == struct.pack("f", value):
            return short
    return value


def _credentials(field_: str, value: Any) -> list[str]:
    if field_ == "environment_variables":
        return [key for key, text in value.items() if text and looks_like_credential(key, text)]
    return [field_] if isinstance(value, str) and looks_like_credential("", value) else []


def _advice(field_: str, names: list[str]) -> str:
    if field_ != "environment_variables":
        return "it holds what looks like a password"
    look = "looks like a credential" if len(names) == 1 else "look like credentials"
    return (
        f"{', '.join(names)} {look}. Declare such a value as a secret that the service reads from its file, then "
        "declare the other variables here; the list given is the whole list"
    )


def _mounted(services: Iterable[Mapping[str, Any]]) -> Mapping[str, frozenset[str]]:
    return {
        section: frozenset(
            one if isinstance(one, str) else one["name"]
            for entry in services
            for one in entry.get(section, ())
        )
        for section in REFERENCES
    }


def _volumes(portrait: Portrait, live: LiveState, owners: Mapping[Named, str]) -> None:
    for volume in live.objects["volume"]:
        if stack := owners.get(("volume", volume.name)):
            portrait.leave_out("volumes", volume.name, f"the stack {stack} owns it")
        else:
            portrait.sections["volumes"][volume.name] = {}


def _secrets(
    portrait: Portrait, live: LiveState, owners: Mapping[Named, str], mounted: frozenset[str]
) -> None:
    for secret in live.objects["secret"]:
        stack = owners.get(("secret", secret.name))
        if stack and secret.name not in mounted:
            portrait.leave_out("secrets", secret.name, f"the stack {stack} owns it")
            continue
        portrait.sections["secrets"][secret.name] = {"external": True}
        if stack:
            portrait.notes["secrets", secret.name].append(f"The stack {stack} owns it.")
    if portrait.sections["secrets"]:
        portrait.notes["secrets",].append(
            "A secret's value can't be read back, so each is external: it must exist and is never written. To manage "
            "one, say where its value is, such as {env: NAME}."
        )


def _configs(
    portrait: Portrait, live: LiveState, owners: Mapping[Named, str], mounted: frozenset[str]
) -> None:
    family: dict[str, int] = {}
    for config in live.objects["config"]:
        if ("config", config.name) not in owners:
            family[_logical(config)] = family.get(_logical(config), 0) + 1
    for config in live.objects["config"]:
        why = _why_external(config, owners, family)
        if not why:
            portrait.sections["configs"][config.name] = {"file": f"configs/{config.name}"}
            portrait.data[config.name] = config.spec["data"]
        elif config.name in mounted:
            portrait.sections["configs"][config.name] = {"external": True}
            portrait.notes["configs", config.name].append(f"External, since {why}.")
        else:
            portrait.leave_out("configs", config.name, f"{why}, and no imported service mounts it")


def _logical(config: Live) -> str:
    return split(config.name)[0].lower()


def _why_external(config: Live, owners: Mapping[Named, str], family: Mapping[str, int]) -> str:
    """Why a config can't be declared with its content; "" if it can."""
    data = config.spec["data"]
    if stack := owners.get(("config", config.name)):
        return f"the stack {stack} owns it"
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
            'webhooks: {LABEL: {url: "${URL}"}}, with the URL in the environment as RECONCILER_VAR_URL.'
        )
