"""What the exporters of all kinds share: what they read, and the manifest that they add to."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from reconciler.kinds import KINDS
from reconciler.model import Live, LiveState, Named


class ExportSource(NamedTuple):
    """What is exported from. ``owners`` are the stacks that own objects, by kind and live name or id; ``names`` the
    names by which a manifest refers to what a stack owns, by kind and live name."""

    live: LiveState
    owners: Mapping[Named, str]
    names: Mapping[Named, str]


@dataclass(slots=True)
class Export:
    """A manifest in the making. ``sections`` hold plain values, ``contents`` the text of entries that stand in files,
    by ``(section, name)``; ``mounted`` is what exported services mount, by kind and live name.

    ``notes`` are for whoever reads it: on a section, by ``(section,)``, or on one entry, by ``(section, name)``.
    """

    sections: dict[str, dict[str, Any]] = field(default_factory=dict)
    contents: dict[tuple[str, str], str] = field(default_factory=dict)
    mounted: set[Named] = field(default_factory=set)
    notes: dict[tuple[str, ...], list[str]] = field(default_factory=lambda: defaultdict(list))

    def leave_out(self, section: str, name: str, why: str) -> None:
        """Take an entry out, if it is there, and say why."""
        self.sections.get(section, {}).pop(name, None)
        self.contents.pop((section, name), None)
        self.notes.pop((section, name), None)
        self.notes[section,].append(f"{name} is left out: {why}.")

    def leave_field_out(self, section: str, name: str, field: str, why: str) -> None:
        """Take a field of an entry out, and say why."""
        self.sections[section][name].pop(field, None)
        self.notes[section, name].append(
            f"{field} is left out, and so not managed until it is declared: {why}."
        )

    def refer_to(self, owned: Live, stack: str, names: Mapping[Named, str]) -> None:
        """What a stack owns: external where an exported service mounts it, else left out."""
        section = KINDS[owned.kind].section
        if (owned.kind, owned.name) not in self.mounted:
            self.leave_out(section, owned.name, f"the stack {stack} owns it")
            return
        name = names.get((owned.kind, owned.name), owned.name)
        self.sections[section][name] = {"external": True if name == owned.name else {"stack": stack}}
        self.notes[section, name].append(f"External, since the stack {stack} owns it.")
