"""Exports secrets as external, since their values cannot be read."""

from reconciler.export.base import Export, ExportSource
from reconciler.kinds.secret import SECRET

SECTION = SECRET.section


def export(source: ExportSource, manifest: Export) -> None:
    """Add every secret as external; refer to those that a stack owns."""
    for secret in source.live.objects[SECRET.name]:
        if stack := source.owners.get((SECRET.name, secret.name)):
            manifest.refer_to(secret, stack, source.names)
        else:
            manifest.sections[SECTION][secret.name] = {"external": True}
    if manifest.sections[SECTION]:
        manifest.notes[SECTION,].append(
            "A secret's value cannot be read back, so each is external: it must exist and is never written. To manage "
            "one, write where its value is, such as {env: NAME}."
        )
