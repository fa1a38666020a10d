"""Converts the values of a service's fields in a manifest, with their shorthands, to canonical form. Pure."""

import re
import shlex
from collections.abc import Mapping
from typing import Any


def octal(text: str) -> str:
    """A file mode in the usual octal form, ``0400``."""
    return f"{int(text, 8):04o}"


def reference(item: Any) -> dict[str, Any]:
    """A secret or config of a service, given by name or as a map; missing fields get their defaults."""
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
    """A mount, given as ``VOLUME:/FOLDER`` with an optional ``:ro`` or ``:rw``, or as a map."""
    if isinstance(item, str):
        source, target, *options = item.split(":")
        return {"source": source, "target": target, "readonly": options == ["ro"]}
    return {"source": item["source"], "target": item["target"], "readonly": bool(item.get("readonly"))}


def variables(value: Any) -> list[tuple[str, str | None]]:
    """Environment variables, given as a map, or as a list of ``{key, value}`` and ``KEY=VALUE``.

    The value None is null.
    """
    written = value.items() if isinstance(value, Mapping) else map(_variable, value)
    return [(key, None if text is None else str(text)) for key, text in written]


def _variable(item: Any) -> tuple[str, Any]:
    if isinstance(item, str):
        key, _, value = item.partition("=")
        return key, value
    return item["key"], item.get("value")


def words(value: Any) -> str:
    """A command as one text; the words of a list are quoted as for a shell (Docker Compose: command)."""
    return value if isinstance(value, str) else shlex.join(map(str, value))


def split(text: str | None) -> list[str]:
    """The words of a command, split as in a shell; the whole text if its quotes are not closed."""
    try:
        return shlex.split(text or "")
    except ValueError:
        return [text or ""]


_UNITS = {"h": 3600, "m": 60, "s": 1}


def seconds(value: Any) -> Any:
    """Seconds as a number, given as one or as ``1m30s`` (Docker Compose: durations)."""
    if not isinstance(value, str):
        return value
    if value.isdecimal():
        return int(value)
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall("([0-9]{1,9})([hms])", value))
