"""Exports configs, each with its content in a separate file, except content with a credential."""

from collections.abc import Mapping

from reconciler.credentials.text import find_credentials
from reconciler.export.base import Export, ExportSource
from reconciler.kinds.config import CONFIG
from reconciler.kinds.versions import split
from reconciler.loading.write import content_file, is_writable
from reconciler.model import Live

SECTION = CONFIG.section
LONGEST = 56
"""Characters of a config's name that leave room for a version."""


def export(source: ExportSource, manifest: Export) -> None:
    """Add every config with its content, if it can be declared; refer to those that a stack owns."""
    family: dict[str, int] = {}
    for config in source.live.objects[CONFIG.name]:
        if (CONFIG.name, config.name) not in source.owners:
            family[_logical(config)] = family.get(_logical(config), 0) + 1
    for config in source.live.objects[CONFIG.name]:
        if stack := source.owners.get((CONFIG.name, config.name)):
            manifest.refer_to(config, stack, source.names)
        elif not (why := _why_external(config, family)):
            manifest.sections[SECTION][config.name] = {"file": content_file(SECTION, config.name)}
            manifest.contents[SECTION, config.name] = config.spec["data"]
        elif (CONFIG.name, config.name) in manifest.mounted:
            manifest.sections[SECTION][config.name] = {"external": True}
            manifest.notes[SECTION, config.name].append(f"External, because {why}.")
        else:
            manifest.leave_out(SECTION, config.name, f"{why}, and no imported service mounts it")


def _logical(config: Live) -> str:
    return split(config.name)[0].lower()


def _why_external(config: Live, family: Mapping[str, int]) -> str:
    """Why a config cannot be declared with its content; "" if it can."""
    data = config.spec["data"]
    if split(config.name)[1]:
        return "its name is the name of a version"
    if family[_logical(config)] > 1:
        return "there are versions of it that no stack owns"
    if config.name.lower().startswith("reconciler."):
        return "names that begin with reconciler. are reserved for the record of this tool"
    if len(config.name) > LONGEST:
        return f"its name is longer than {LONGEST} characters, so that a version has no room"
    is_text = data and is_writable(data) and "\0" not in data
    if not is_text or len(data.encode()) >= CONFIG.most_bytes or find_credentials(data):
        return "its content is empty, too large, no text, or seems to contain a credential"
    return ""
