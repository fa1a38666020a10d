"""The notes and refusals of a plan as text."""

from collections.abc import Iterable
from typing import Protocol

from reconciler.model.note import Note
from reconciler.model.refusal import Refusal
from reconciler.render.notes import note_text
from reconciler.render.refusals import refusal_text


class Noted(Protocol):
    @property
    def notes(self) -> tuple[Note, ...]: ...


class HasRefusals(Protocol):
    @property
    def refusals(self) -> tuple[Refusal, ...]: ...


def notes_of(plan: Noted) -> tuple[str, ...]:
    return tuple(map(note_text, plan.notes))


def refusals_of(plan: HasRefusals) -> tuple[str, ...]:
    return in_words(plan.refusals)


def in_words(refusals: Iterable[Refusal]) -> tuple[str, ...]:
    return tuple(map(refusal_text, refusals))
