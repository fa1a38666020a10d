"""The notes of a conversion from Compose files, as text and JSON."""

import json
from collections.abc import Sequence

from reconciler.compose import Effect, Note
from reconciler.render.visible import visible


def report_as_text(notes: Sequence[Note]) -> str:
    """The notes by effect, each as ``file:line:column: message``; the last line counts them."""
    lines: list[str] = []
    for effect in Effect:
        found = [note for note in notes if note.effect is effect]
        if found:
            lines.append(f"{effect.capitalize()}:")
        for note in found:
            of = f"{note.subject[-1]}: " if note.subject else ""
            lines.append(f"  {visible(str(note.place))}: {visible(f'{of}{note.message}')}")
            if note.advice:
                lines.append(f"      {visible(note.advice)}")
    counts = ", ".join(f"{sum(1 for note in notes if note.effect is effect)} {effect}" for effect in Effect)
    return "\n".join([*lines, counts]) + "\n"


def report_as_json(notes: Sequence[Note], files: Sequence[str]) -> str:
    """``{"format_version": 1, "files": [...], "notes": [{"path", "line", "column", "effect", ...}]}``."""
    return json.dumps(
        {
            "format_version": 1,
            "files": list(files),
            "notes": [
                {
                    "path": note.place.path,
                    "line": note.place.line,
                    "column": note.place.column,
                    "effect": str(note.effect),
                    "subject": list(note.subject),
                    "field": note.field,
                    "message": str(note.message),
                    "advice": note.advice,
                }
                for note in notes
            ],
        },
        indent=2,
        ensure_ascii=False,
    )
