"""Exporting secrets: no value can be read back, so each is external."""

from reconciler.export.base import Export, ExportSource
from reconciler.kinds.secret import SECRET

SECTION = SECRET.section


def export(source: ExportSource, made: Export) -> None:
    """Every secret, as one that must exist and is never written; what a stack owns is referred to."""
    for secret in source.live.objects[SECRET.name]:
        if stack := source.owners.get((SECRET.name, secret.name)):
            made.refer_to(secret, stack, source.names)
        else:
            made.sections[SECTION][secret.name] = {"external": True}
    if made.sections[SECTION]:
        made.notes[SECTION,].append(
            "A secret's value can't be read back, so each is external: it must exist and is never written. To manage "
            "one, say where its value is, such as {env: NAME}."
        )
