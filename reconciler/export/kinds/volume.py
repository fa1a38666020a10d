"""Exports volumes, which have only a name."""

from reconciler.export.base import Export, ExportSource
from reconciler.kinds.volume import VOLUME


def export(source: ExportSource, manifest: Export) -> None:
    """Add every volume; refer to those that a stack owns."""
    for volume in source.live.objects[VOLUME.name]:
        if stack := source.owners.get((VOLUME.name, volume.name)):
            manifest.refer_to(volume, stack, {})
        else:
            manifest.sections[VOLUME.section][volume.name] = {}
