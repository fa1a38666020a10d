"""Exporting volumes: a name is all there is to one."""

from reconciler.export.base import Export, ExportSource
from reconciler.kinds.volume import VOLUME


def export(source: ExportSource, made: Export) -> None:
    """Every volume; what a stack owns is referred to."""
    for volume in source.live.objects[VOLUME.name]:
        if stack := source.owners.get((VOLUME.name, volume.name)):
            made.refer_to(volume, stack, {})
        else:
            made.sections[VOLUME.section][volume.name] = {}
