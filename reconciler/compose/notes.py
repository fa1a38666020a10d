"""Notes on parts of a Compose file that are not converted as they are: each once, with its place and advice."""

from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct, field

from reconciler.model import Location


class Effect(StrEnum):
    """The effect on the services that run, in order of severity."""

    CHANGES = "changes what runs"
    MATTERS = "may matter"
    HARMLESS = "harmless here"


class LeftOut(NamedTuple):
    """Something that is left out of the manifest, and why; ``why`` is "" if that is clear from what it is."""

    what: str
    why: str = ""
    verb: str = "is"

    def __str__(self) -> str:
        return f"{self.what} {self.verb} left out" + (f": {self.why}" if self.why else "")


class Note(NamedTuple):
    """A part of a Compose file that is not converted as it is.

    ``subject`` is where it belongs: ``("services", "web")``, or ``()`` for the whole file. ``field`` is the field
    in the Compose file. ``message`` says what happens to it, ``advice`` what to do on this platform.
    """

    place: Location
    effect: Effect
    subject: tuple[str, ...]
    field: str
    message: str | LeftOut
    advice: str = ""


class Notes(Struct):
    """Collects notes; equal notes are kept once."""

    found: dict[tuple[Location, str, str | LeftOut], Note] = field(default_factory=dict)

    def add(self, note: Note) -> None:
        """Add a note, unless there is an equal one."""
        self.found.setdefault((note.place, note.field, note.message), note)

    def sorted(self) -> tuple[Note, ...]:
        """All notes, sorted by severity, then by place."""
        rank = {effect: at for at, effect in enumerate(Effect)}
        return tuple(
            sorted(self.found.values(), key=lambda note: (rank[note.effect], note.place, note.field))
        )
