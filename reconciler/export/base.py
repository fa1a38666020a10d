"""What all exporters share: their input, and the manifest that they add to."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec import Struct, field

from reconciler.kinds import KINDS
from reconciler.model import Live, LiveState, Named


class ExportSource(NamedTuple):
    """The input of an export.

    ``owners`` are the stacks that own objects, by kind and live name or id; ``names`` are the names by which a
    manifest refers to these objects, by kind and live name.
    """

    live: LiveState
    owners: Mapping[Named, str]
    names: Mapping[Named, str]


class Export(Struct):
    """The exported manifest. ``sections`` hold plain values, ``contents`` the text of entries in separate files, by
    ``(section, name)``; ``mounted`` is what exported services mount, by kind and live name.

    ``notes`` become comments: on a section, by ``(section,)``, or on an entry, by ``(section, name)``.
    """

    sections: dict[str, dict[str, Any]] = field(default_factory=dict)
    contents: dict[tuple[str, str], str] = field(default_factory=dict)
    mounted: set[Named] = field(default_factory=set)
    notes: dict[tuple[str, ...], list[str]] = field(default_factory=lambda: defaultdict(list))

    def leave_out(self, section: str, name: str, why: str) -> None:
        """Remove an entry, if it exists, and add a note with the reason."""
        self.sections.get(section, {}).pop(name, None)
        self.contents.pop((section, name), None)
        self.notes.pop((section, name), None)
        self.notes[section,].append(f"{name} is left out: {why}.")

    def leave_owned_out(self, section: str, name: str, stack: str) -> None:
        """Leave out an entry, since a stack owns it."""
        self.leave_out(section, name, f"the stack {stack} owns it")

    def leave_field_out(self, section: str, name: str, field: str, why: str) -> None:
        """Remove a field of an entry, and add a note with the reason."""
        self.sections[section][name].pop(field, None)
        self.notes[section, name].append(
            f"{field} is left out, so it is not managed until it is declared: {why}."
        )

    def refer_to(self, owned: Live, stack: str, names: Mapping[Named, str]) -> None:
        """Add an object that a stack owns: as external if an exported service mounts it; else leave it out."""
        section = KINDS[owned.kind].section
        if (owned.kind, owned.name) not in self.mounted:
            self.leave_owned_out(section, owned.name, stack)
            return
        name = names.get((owned.kind, owned.name), owned.name)
        self.sections[section][name] = {"external": True if name == owned.name else {"stack": stack}}
        self.notes[section, name].append(f"External, because the stack {stack} owns it.")
