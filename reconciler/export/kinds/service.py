"""Exports services: every field that is set and no credential, in its short form."""

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.credentials.rules import looks_like_credential
from reconciler.export.base import Export, ExportSource
from reconciler.export.plain import plain
from reconciler.kinds.mounts import mounted
from reconciler.kinds.service import POLICY_DEFAULTS, SERVICE, is_platform_service
from reconciler.kinds.unknown import unsupported
from reconciler.loading.write import is_writable
from reconciler.model import Live, Named

SECTION = SERVICE.section


def export(source: ExportSource, manifest: Export) -> None:
    """Add every service that a manifest can declare completely, except those that a stack owns."""
    for service in source.live.objects[SERVICE.name]:
        if is_platform_service(service.name, str(service.spec.get("image") or "")):
            continue
        if stack := source.owners.get((SERVICE.name, service.name)):
            manifest.leave_owned_out(SECTION, service.name, stack)
        elif why := unsupported(service.body):
            manifest.leave_out(SECTION, service.name, f"{why}, which an update would lose")
        elif not is_writable(service.name):
            manifest.leave_out(SECTION, service.name, "its name is not text that can be written")
        else:
            manifest.sections[SECTION][service.name] = {}
            manifest.mounted.update((mount.kind, mount.name) for mount in mounted(service.spec))
            _service(manifest, service, source.names)


def _service(manifest: Export, service: Live, names: Mapping[Named, str]) -> None:
    entry = manifest.sections[SECTION][service.name]
    for field, value in service.spec.items():
        if field in POLICY_DEFAULTS and value == POLICY_DEFAULTS[field]:
            continue
        entry[field] = plain(field, value, names)
        if field == "environment_variables":
            _variables(manifest, service.name, value)
        elif not is_writable(entry[field]):
            manifest.leave_field_out(
                SECTION, service.name, field, "it contains text that a manifest cannot express"
            )
        elif any(looks_like_credential("", text) for text in _texts(value)):
            manifest.leave_field_out(SECTION, service.name, field, "it seems to contain a password")


def _texts(value: Any) -> Iterable[Any]:
    """A text, or the items of a list of texts such as hosts and placement constraints."""
    return value if isinstance(value, list | tuple) else (value,)


def _variables(manifest: Export, service: str, variables: Mapping[str, str]) -> None:
    """Add all variables except possible credentials and those that cannot be written, whose live values stay."""
    secret = [key for key, text in variables.items() if text and looks_like_credential(key, text)]
    unwritable = [
        key for key, text in variables.items() if key not in secret and not is_writable({key: text})
    ]
    entry = manifest.sections[SECTION][service]
    if not all(key and "=" not in key and is_writable(key) for key in (*secret, *unwritable)):
        manifest.leave_field_out(
            SECTION, service, "environment_variables", "it contains text that a manifest cannot express"
        )
        return
    left = {*secret, *unwritable}
    entry["environment_variables"] = {key: text for key, text in variables.items() if key not in left}
    if left:
        entry["lifecycle"] = {"ignore_changes": [f"environment_variables.{key}" for key in sorted(left)]}
    if secret:
        manifest.notes[SECTION, service].append(_advice(secret))
    if unwritable:
        manifest.notes[SECTION, service].append(
            f"{', '.join(unwritable)} cannot be written in a manifest: the live value is kept."
        )


def _advice(names: list[str]) -> str:
    verb = "looks like a credential" if len(names) == 1 else "look like credentials"
    return (
        f"{', '.join(names)} {verb}, so no value is written here and the live value is kept (ignore_changes). A "
        "service that is created again would not have it. Better: a secret that the service reads from its file."
    )
