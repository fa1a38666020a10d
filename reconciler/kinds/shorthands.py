"""What a manifest may write in a service's fields, shorthands and all, in canonical form. Pure."""

import re
import shlex
from collections.abc import Mapping
from typing import Any


def octal(text: str) -> str:
    """A file mode as people write it, ``0400``."""
    return f"{int(text, 8):04o}"


def reference(item: Any) -> dict[str, Any]:
    """A secret or config of a service, by its name or as a map; what is left out has its default."""
    given = {"name": item} if isinstance(item, str) else item
    name = given["name"]
    return {
        "name": name,
        "file_name": given.get("file_name") or name,
        "uid": int(given.get("uid") or 0),
        "gid": int(given.get("gid") or 0),
        "mode": octal(given.get("mode") or "0444"),
    }


def mount(item: Any) -> dict[str, Any]:
    """A mount, as ``VOLUME:/FOLDER``, with ``:ro`` or ``:rw`` or without, or as a map."""
    if isinstance(item, str):
        source, target, *options = item.split(":")
        return {"source": source, "target": target, "readonly": options == ["ro"]}
    return {"source": item["source"], "target": item["target"], "readonly": bool(item.get("readonly"))}


def variables(value: Any) -> list[tuple[str, str | None]]:
    """Environment variables as written: a map, or a list of ``{key, value}`` and ``KEY=VALUE``. None is null."""
    written = value.items() if isinstance(value, Mapping) else map(_variable, value)
    return [(key, None if text is None else str(text)) for key, text in written]


def _variable(item: Any) -> tuple[str, Any]:
    if isinstance(item, str):
        key, _, value = item.partition("=")
        return key, value
    return item["key"], item.get("value")


def words(value: Any) -> str:
    """A command as one text; the words of a list are quoted as a shell needs them (Docker Compose: command)."""
    return value if isinstance(value, str) else shlex.join(map(str, value))


def split(text: str | None) -> list[str]:
    """The words of a command, as a shell has them; the whole text where its quotes are not closed."""
    try:
        return shlex.split(text or "")
    except ValueError:
        return [text or ""]


_UNITS = {"h": 3600, "m": 60, "s": 1}


def seconds(value: Any) -> Any:
    """Seconds as a number, written so or as ``1m30s`` (Docker Compose: durations)."""
    if not isinstance(value, str):
        return value
    if value.isdecimal():
        return int(value)
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall("([0-9]{1,9})([hms])", value))
