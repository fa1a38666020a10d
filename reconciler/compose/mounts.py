"""Mounts of a service: named volumes are kept, files become configs or secrets, other paths of the host are not
supported.
"""

import re
from pathlib import Path
from typing import Any, NamedTuple

from reconciler.compose.contents import add_config, add_secret, credential_line
from reconciler.compose.context import Context
from reconciler.compose.merge import split_mount
from reconciler.compose.nodes import ComposeNode
from reconciler.compose.notes import LeftOut
from reconciler.compose.objects import volume
from reconciler.compose.reading import read_exactly
from reconciler.loading.files import UnreadableFile

MAX_CONFIG = 500_000
"""The largest file that becomes a config, in bytes (API: configs; Docker documents 500 KB)."""
_HARMLESS_OPTIONS = frozenset(
    {"z", "Z", "cached", "delegated", "consistent", "rslave", "rshared", "rprivate"}
)
_NO_NAME = re.compile(r"[^A-Za-z0-9_.-]+")
_NO_VOLUME = "the platform can mount volumes only, not files or folders of a node"
_TIME_ZONE = frozenset({"/etc/localtime", "/etc/timezone"})
_SET_TZ = "set the environment variable TZ, as in TZ: Europe/Berlin; images without time zones run in UTC"
_OF_THE_NODE = (
    "/var/run/", "/run/", "/proc/", "/sys/", "/dev/", "/var/lib/docker/", "/lib/modules/", "/etc/hostname/",
    "/etc/machine-id/", "/var/log/", "/boot/",
)  # fmt: skip
"""Folders and files with information about the host itself."""
_KEY_FILE = re.compile(
    r"(?:.*\.(?:key|p12|pfx|jks)|\.env.*|id_[a-z0-9]+|acme\.json|.*htpasswd)", re.IGNORECASE
)


class _Mount(NamedTuple):
    """One mount in either form. ``source`` and ``target`` are encoded text."""

    node: ComposeNode
    kind: str
    source: str
    target: str
    readonly: bool


class MountedFiles(NamedTuple):
    """The references to secrets and configs that replace the mounted files of a service."""

    secrets: list[dict[str, Any]]
    configs: list[dict[str, Any]]


def mounts(context: Context, service: str, node: ComposeNode, files: MountedFiles) -> list[dict[str, Any]]:
    """The mounts of a service in the API's form. References for mounted files are added to ``files``."""
    found: list[dict[str, Any]] = []
    for item in node.each() if not node.is_list else node.value:
        mount = _long(context, service, item) if item.is_map else _short(context, service, item)
        if mount.source and not context.written_value(mount.source):
            _unknown(context, service, mount)
        elif mount.kind == "volume":
            found.append(_volume(context, service, mount))
        elif mount.kind == "bind":
            _bind(context, service, mount, files)
        elif mount.kind == "tmpfs":
            target = context.shown_text(mount.target)
            message = LeftOut(
                f"tmpfs at {target}", "the folder is on the container's disk, and is lost with it"
            )
            context.matters(item.place, ("services", service), "volumes", message)
        else:
            message = LeftOut(f"a mount of type {mount.kind}", _NO_VOLUME)
            context.changes(item.place, ("services", service), "volumes", message)
    return found


def _unknown(context: Context, service: str, mount: _Mount) -> None:
    """Add a note on a mount whose source is a variable without a known value, or with a credential."""
    withheld = context.withheld(mount.source)
    names = ", ".join(withheld or context.variables.names(mount.source))
    why = "looks like a credential, and its value is not written" if withheld else "has no value"
    context.changes(
        mount.node.place,
        ("services", service),
        "volumes",
        f"{names} {why}, so what is mounted at {context.shown_text(mount.target)} is unknown: the mount is left out",
        "write the volume's name in the Compose file, and convert again"
        if withheld
        else "set it in a file for --env-file, then convert again",
    )


def _short(context: Context, service: str, node: ComposeNode) -> _Mount:
    parts = split_mount(context.text(node))
    if len(parts) == 1:
        return _Mount(node, "volume", "", parts[0], readonly=False)
    source, target, *options = parts
    names = {flag for option in options for flag in option.split(",")}
    for option in sorted(names - {"ro", "rw"}):
        subject = ("services", service)
        if option in _HARMLESS_OPTIONS:
            context.harmless(
                node.place, subject, f"mount option {option}", LeftOut(f"the option {option} of a mount")
            )
        else:
            context.matters(node.place, subject, "volumes", LeftOut(f"the option {option} of a mount"))
    kind = "bind" if _is_path(context.known_text(source)) else "volume"
    return _Mount(node, kind, source, target, readonly="ro" in names)


def _long(context: Context, service: str, node: ComposeNode) -> _Mount:
    def text(key: str) -> str:
        found = node.get(key)
        return context.text(found) if found else ""

    for key, say in (("nocopy", context.matters), ("subpath", context.changes)):
        option = node.get("volume", key)
        if option is not None and option.value is not False:
            message = LeftOut(f"{key} of a mount", "the API has no field for it")
            say(option.place, ("services", service), "volumes", message)
    kind = text("type") or "volume"
    return _Mount(node, kind, text("source"), text("target"), readonly=text("read_only") == "true")


def _is_path(source: str) -> bool:
    if source.startswith(("/", ".", "~")):
        return True
    return bool(re.match(r"[A-Za-z]:[\\/]", source))


def _volume(context: Context, service: str, mount: _Mount) -> dict[str, Any]:
    if mount.source:
        source = context.needed(
            mount.source, mount.node.place, ("services", service), "the source of a mount"
        )
        name = volume(context, source, mount.node.place)
    else:
        slug = _NO_NAME.sub("-", context.written_value(mount.target)).strip("-._") or "data"
        name = volume(context, f"{service}-{slug}", mount.node.place)
        target = context.shown_text(mount.target)
        message = f"the anonymous volume at {target} becomes the volume {name!r}, and its data is kept"
        context.matters(mount.node.place, ("services", service), "volumes", message)
    found: dict[str, Any] = {"source": name, "target": context.written(mount.target)}
    return {**found, "readonly": True} if mount.readonly else found


def _bind(context: Context, service: str, mount: _Mount, files: MountedFiles) -> None:
    """Convert a mounted file beside the Compose file to a config or secret; add a note on any other path of the
    host.
    """
    subject, place = ("services", service), mount.node.place
    shown = context.shown_text(mount.source)
    what = f"the bind mount {shown}:{context.shown_text(mount.target)}"
    path = Path(mount.node.folder) / context.known_text(mount.source)
    content = _content(context, path, Path(mount.node.folder))
    if content is None:
        if shown in _TIME_ZONE:
            context.matters(place, subject, "volumes", LeftOut(what, _NO_VOLUME), _SET_TZ)
        else:
            advice = _advice(path, context.known_text(mount.source), context.known_text(mount.target))
            context.changes(place, subject, "volumes", LeftOut(what, _NO_VOLUME), advice)
        return
    reference = {"file_name": context.written(mount.target)}
    if _KEY_FILE.fullmatch(path.name) or credential_line(content):
        files.secrets.append({"name": add_secret(context, path.name, place), **reference})
        return
    name = add_config(context, path.name, content, place)
    files.configs.append({"name": name, **reference})
    say = context.harmless if mount.readonly else context.matters
    say(
        place,
        subject,
        f"bind mount {shown} (a config)",
        f"{what} becomes the config {name}" + ("" if mount.readonly else ": containers cannot write to it"),
        "change the file in git: each new content becomes a new version",
    )


def _advice(path: Path, source: str, target: str) -> str:
    folder = f"{source.rstrip('/')}/"
    is_socket = source.endswith((".sock", ".pipe")) or target.endswith(".sock")
    if folder == "/" or is_socket or folder.startswith(_OF_THE_NODE):
        return "containers cannot reach Docker or the node: run what needs this outside the cluster"
    if path.is_dir() or not path.suffix:
        return "put fixed files into the image, and files that change into a volume"
    return "put a text file below the Compose file's folder and convert again: it becomes a config"


def _content(context: Context, path: Path, folder: Path) -> str | None:
    """The text of a file inside the folder that can become a config; None for anything else."""
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(folder.resolve()) or not real.is_file():
            return None
        if not 0 < real.stat().st_size < MAX_CONFIG:
            return None
        return context.budget.take_text(read_exactly(real))
    except (OSError, UnreadableFile, RuntimeError):
        return None
