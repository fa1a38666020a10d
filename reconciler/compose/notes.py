"""What of a Compose file does not come along as it is: said once each, with its place and what to do here."""

from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct, field

from reconciler.model import Location


class Effect(StrEnum):
    """What it means for the services that run. Sorted from grave to harmless."""

    CHANGES = "changes what runs"
    MATTERS = "may matter"
    HARMLESS = "harmless here"


class LeftOut(NamedTuple):
    """What is left out of the manifest, and why; "" where what it is says that already."""

    what: str
    why: str = ""
    verb: str = "is"

    def __str__(self) -> str:
        return f"{self.what} {self.verb} left out" + (f": {self.why}" if self.why else "")


class Note(NamedTuple):
    """One thing that does not come along as it is written.

    ``subject`` is where it belongs: ``("services", "web")``, or ``()`` for the whole. ``field`` is the field's name in
    the Compose file. ``message`` says what becomes of it, ``advice`` what to do on this platform.
    """

    place: Location
    effect: Effect
    subject: tuple[str, ...]
    field: str
    message: str | LeftOut
    advice: str = ""


class Notes(Struct):
    """Gathers notes; an equal one is kept once."""

    found: dict[tuple[Location, str, str | LeftOut], Note] = field(default_factory=dict)

    def add(self, note: Note) -> None:
        """Keep a note, unless the same stands there already."""
        self.found.setdefault((note.place, note.field, note.message), note)

    def sorted(self) -> tuple[Note, ...]:
        """All notes: the grave ones first, then by place."""
        rank = {effect: at for at, effect in enumerate(Effect)}
        return tuple(
            sorted(self.found.values(), key=lambda note: (rank[note.effect], note.place, note.field))
        )
