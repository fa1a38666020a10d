"""Exporting services: every field that is set and no credential, as people write it."""

from collections.abc import Mapping

from reconciler.export.base import Export, ExportSource
from reconciler.export.plain import plain
from reconciler.kinds.mounts import mounted
from reconciler.kinds.sensitive import looks_like_credential
from reconciler.kinds.service import POLICY_DEFAULTS, SERVICE, is_platform_service
from reconciler.kinds.unknown import unsupported
from reconciler.loading.write import is_writable
from reconciler.model import Live, Named

SECTION = SERVICE.section


def export(source: ExportSource, made: Export) -> None:
    """Every service that a manifest can declare without losing something; none that a stack owns."""
    for service in source.live.objects[SERVICE.name]:
        if is_platform_service(service.name, str(service.spec.get("image") or "")):
            continue
        if stack := source.owners.get((SERVICE.name, service.name)):
            made.leave_out(SECTION, service.name, f"the stack {stack} owns it")
        elif why := unsupported(service.body):
            made.leave_out(SECTION, service.name, f"{why}, which an update would lose")
        elif not is_writable(service.name):
            made.leave_out(SECTION, service.name, "its name is not text that can be written")
        else:
            made.sections[SECTION][service.name] = {}
            made.mounted.update((one.kind, one.name) for one in mounted(service.spec))
            _service(made, service, source.names)


def _service(made: Export, service: Live, names: Mapping[Named, str]) -> None:
    entry = made.sections[SECTION][service.name]
    for field_, value in service.spec.items():
        if field_ in POLICY_DEFAULTS and value == POLICY_DEFAULTS[field_]:
            continue
        entry[field_] = plain(field_, value, names)
        if field_ == "environment_variables":
            _variables(made, service.name, value)
        elif not is_writable(entry[field_]):
            made.leave_field_out(SECTION, service.name, field_, "it holds what a manifest can't say")
        elif isinstance(value, str) and looks_like_credential("", value):
            made.leave_field_out(SECTION, service.name, field_, "it holds what looks like a password")


def _variables(made: Export, service: str, variables: Mapping[str, str]) -> None:
    """All variables but those that may be credentials or can't be written: these stay as they are live."""
    secret = [key for key, text in variables.items() if text and looks_like_credential(key, text)]
    strange = [key for key, text in variables.items() if key not in secret and not is_writable({key: text})]
    entry = made.sections[SECTION][service]
    if not all(key and "=" not in key and is_writable(key) for key in (*secret, *strange)):
        made.leave_field_out(SECTION, service, "environment_variables", "it holds what a manifest can't say")
        return
    left = {*secret, *strange}
    entry["environment_variables"] = {key: text for key, text in variables.items() if key not in left}
    if left:
        entry["lifecycle"] = {"ignore_changes": [f"environment_variables.{key}" for key in sorted(left)]}
    if secret:
        made.notes[SECTION, service].append(_advice(secret))
    if strange:
        made.notes[SECTION, service].append(
            f"{', '.join(strange)} can't be written in a manifest: the live value stays."
        )


def _advice(names: list[str]) -> str:
    look = "looks like a credential" if len(names) == 1 else "look like credentials"
    return (
        f"{', '.join(names)} {look}, so no value is written here and the live one stays (ignore_changes); a service "
        "that is made anew would lack it. Better is a secret that the service reads from its file."
    )
